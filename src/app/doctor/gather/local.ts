/** Looks at the data directory and asks a running controller. Changes nothing; the lock is tried for a moment only. */
import { statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { Client, NotRunning } from "../../../client/mod.ts";
import { recover } from "../../../controller/keeper.ts";
import { type ControllerFile, readController } from "../../../journal/controller_file.ts";
import { DataDirError } from "../../../journal/datadir_error.ts";
import { journalFile } from "../../../journal/datadir.ts";
import { openJournal } from "../../../journal/journal.ts";
import { judgeJournal } from "../../../journal/journal_age.ts";
import { JournalError } from "../../../journal/journal_error.ts";
import { networkShare } from "../../../journal/network_share.ts";
import { quickCheck } from "../../../journal/quick_check.ts";
import type { Settings } from "../../../model/settings.ts";
import type { LocalFacts } from "../facts.ts";

/** What the data directory of a controller says of it; `undefined`: no controller was here. */
export function controllerOf(dataDir: string): string | undefined {
  try {
    return readController(dataDir, Deno.hostname())?.id;
  } catch (error) {
    if (error instanceof DataDirError) return undefined; // said by the check `journal`
    throw error;
  }
}

/** Gathers it. Without `settings` a journal is not compared with what `controller.json` knows of it. */
export async function gatherLocal(
  dataDir: string,
  env: (name: string) => string | undefined,
  settings?: Settings,
): Promise<LocalFacts> {
  const api = await askApi(dataDir);
  const share = networkShare(dataDir);
  const freeMb = await freeOf(dataDir);
  return {
    dataDir,
    ...(share === undefined ? {} : { share }),
    // An answer says enough: trying the lock could get into a start's way.
    lock: api.state === "answers" ? "held" : lockOf(dataDir),
    journal: journalOf(dataDir, settings),
    ...(freeMb === undefined ? {} : { freeMb }),
    api,
    defender: await hasDefender(env),
  };
}

async function askApi(dataDir: string): Promise<LocalFacts["api"]> {
  try {
    return { state: "answers", status: await Client.forDataDir(dataDir, { name: "hvpool doctor" }).status() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return error instanceof NotRunning ? { state: "not running", why } : { state: "refused", why };
  }
}

function lockOf(dataDir: string): LocalFacts["lock"] {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(join(dataDir, "lock"), { read: true, write: true });
  } catch (error) {
    return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory
      ? "none"
      : "unreadable";
  }
  try {
    return file.tryLockSync(true) ? "free" : "held";
  } finally {
    file.close();
  }
}

function journalOf(dataDir: string, settings: Settings | undefined): LocalFacts["journal"] {
  let controller: ControllerFile | undefined;
  try {
    // Before the journal: beside one that is written to, it must not be the newer of the two.
    controller = readController(dataDir, Deno.hostname());
    const findings = quickCheck(journalFile(dataDir));
    if (findings.length === 0) return ageOf(dataDir, controller, settings);
    const { remedy } = new JournalError("corrupt", "");
    return { state: "damaged", why: findings.join("; "), remedy };
  } catch (error) {
    if (error instanceof JournalError) {
      if (error.code === "missing" || error.code === "empty") {
        return missing(controller, error.code === "empty");
      }
      const state = error.code === "corrupt" ? "damaged" : "unreadable";
      return { state, why: error.message, remedy: error.remedy };
    }
    if (error instanceof DataDirError) {
      return { state: "unreadable", why: error.message, remedy: error.remedy };
    }
    throw error;
  }
}

function missing(controller: ControllerFile | undefined, empty: boolean): LocalFacts["journal"] {
  const upTo = controller?.issuedUpTo ?? 0;
  return upTo === 0 ? { state: "missing" } : { state: "missing", lost: { upTo, empty } };
}

/** Whether a sound journal is the one that `controller.json` knows, as a start judges it. */
function ageOf(
  dataDir: string,
  controller: ControllerFile | undefined,
  settings: Settings | undefined,
): LocalFacts["journal"] {
  using journal = openJournal(journalFile(dataDir), { readOnly: true });
  const seq = journal.lastSeq();
  // One without an event was made by a start that came to nothing.
  if (seq === 0 && (controller?.issuedUpTo ?? 0) > 0) return missing(controller, true);
  if (seq === 0 || settings === undefined) return { state: "healthy" };
  const { run, lostUpTo, reserved } = recover(journal, settings);
  if (judgeJournal(controller?.journal, { run, seq }) === "older") {
    return { state: "older", lostUpTo: Math.max(reserved, controller?.issuedUpTo ?? 0) };
  }
  return lostUpTo === 0 ? { state: "healthy" } : { state: "healthy", lostUpTo };
}

/** Megabytes that this account may still write there, or where it will be; `undefined` where the system does not say. */
async function freeOf(dataDir: string): Promise<number | undefined> {
  for (let at = resolve(dataDir);; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize / 1_048_576;
    } catch {
      // No such directory yet: its parent lies on the same disk. Or there is no permission to ask.
      if (dirname(at) === at) return undefined;
    }
  }
}

async function hasDefender(env: (name: string) => string | undefined): Promise<boolean> {
  if (Deno.build.os !== "windows") return false;
  const folder = env("ProgramFiles") ?? "C:\\Program Files";
  try {
    return (await Deno.stat(join(folder, "Windows Defender", "MsMpEng.exe"))).isFile;
  } catch {
    return false; // not there, or not to be seen: then nothing is claimed
  }
}
