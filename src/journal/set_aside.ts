/** Puts a damaged journal out of the way, so that a new one can be begun and the old one looked into. */
import type { Ms } from "../model/ids.ts";
import { JournalError } from "./journal_error.ts";

/**
 * Renames the journal and SQLite's files beside it to `<path>.corrupt-<time>`. Nothing does this by itself: it
 * gives up the history, so a person has to want it. Call it with the data directory locked and no journal open.
 * @returns the new name, and a sentence that names it.
 */
export function setJournalAside(path: string, now: Ms): { path: string; message: string } {
  const time = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const aside = `${path}.corrupt-${time}`;
  try {
    Deno.statSync(path);
    // The log files first: a journal that is left behind without them is still there for the next try.
    for (const suffix of ["-wal", "-shm"]) renameIfThere(path + suffix, aside + suffix);
    Deno.renameSync(path, aside);
  } catch (error) {
    throw new JournalError(
      error instanceof Deno.errors.NotFound ? "missing" : "io",
      `Cannot set the journal ${path} aside: ${error instanceof Error ? error.message : String(error)}.`,
      { cause: error },
    );
  }
  return {
    path: aside,
    message: `The journal ${path} was set aside as ${aside}. The next start begins an empty one; ` +
      "delete the old file when nobody needs to look into it.",
  };
}

function renameIfThere(from: string, to: string): void {
  try {
    Deno.renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // a clean close leaves no log files
  }
}
