/** The data directory with the journal, and the controller that may run with it. */
import { lostJournalText, TAKE_UP } from "../../../journal/lost_journal.ts";
import { type Check, fail, gigabytes, ok, sentence, warn } from "../check.ts";
import type { LocalFacts } from "../facts.ts";

/** Below this a journal soon cannot be written. */
export const LOW_DISK_MB = 1_024;
/** Below this it may stop at any moment. */
export const FULL_DISK_MB = 100;

/** A journal that is not there, or not as new as it was. */
function checkLost({ dataDir, journal }: Pick<LocalFacts, "dataDir" | "journal">): Check | undefined {
  if (journal.state === "healthy" && journal.lostUpTo !== undefined) {
    return warn(
      "journal",
      `Sound, but one before it was lost: what has a number up to ${journal.lostUpTo} is left alone until you say so.`,
      TAKE_UP,
    );
  }
  if (journal.state === "older") {
    return fail(
      "journal",
      `The journal in ${dataDir} is an older copy: controller.json, beside it, knows of later events.`,
      `Put the newest one back if it is there. Otherwise start hvpool, which then counts what it made as lost: ${TAKE_UP}`,
    );
  }
  if (journal.state !== "missing" || journal.lost === undefined) return undefined;
  const { message, remedy } = lostJournalText(dataDir, journal.lost);
  return fail("journal", message, remedy);
}

/** `journal` */
export function checkJournal({ dataDir, share, lock, journal, freeMb, api }: LocalFacts): Check {
  if (share !== undefined) {
    return fail(
      "journal",
      `The data directory ${dataDir} is on the network share ${share}, where the journal is not safe.`,
      "Choose a directory on a local disk with data_dir.",
    );
  }
  if (journal.state === "damaged" || journal.state === "unreadable") {
    const words = `${
      journal.state === "damaged" ? "The journal is damaged" : "The journal cannot be read"
    }: ${sentence(journal.why)}`;
    return fail("journal", words, journal.remedy);
  }
  const lost = checkLost({ dataDir, journal });
  if (lost !== undefined && lost.status === "fail") return lost;
  if (lock === "unreadable") {
    return warn(
      "journal",
      `The lock of ${dataDir} cannot be read by this account.`,
      "Use the account that hvpool runs under.",
    );
  }
  if (freeMb !== undefined && freeMb < LOW_DISK_MB) {
    const words = `The disk of ${dataDir} has ${Math.round(freeMb)} MB left.`;
    const remedy = "Free space there: without it the journal cannot be written, and hvpool ends.";
    return freeMb < FULL_DISK_MB ? fail("journal", words, remedy) : warn("journal", words, remedy);
  }
  if (lost !== undefined) return lost;
  const free = freeMb === undefined ? "free space not known" : `${gigabytes(freeMb)} free`;
  if (journal.state === "missing") return ok("journal", `None yet in ${dataDir}; ${free}.`);
  const holder = lock === "held"
    ? api.state === "answers" ? "held by the running controller" : "held by another hvpool"
    : "held by nobody";
  return ok("journal", `Sound, in ${dataDir}; ${free}; ${holder}.`);
}

/** `api` */
export function checkApi({ api, lock, dataDir }: Pick<LocalFacts, "api" | "lock" | "dataDir">): Check {
  if (api.state === "answers") {
    const { version, state, since } = api.status.controller;
    return ok("api", `hvpool ${version} answers: ${state} since ${since}.`);
  }
  if (api.state === "refused") {
    return fail("api", sentence(api.why), "Use the account that hvpool runs under, or an administrator.");
  }
  if (lock === "held") {
    return fail(
      "api",
      `Another hvpool holds ${dataDir}, but does not answer: ${sentence(api.why)}`,
      "Look at its log. If it hangs, end its process; the next start finds its machines again.",
    );
  }
  return ok("api", "No controller runs with this data directory.");
}
