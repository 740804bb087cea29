/** What is said of a journal that is lost, to whoever looks before hvpool starts again without it. */

/** A journal that is missing, or has no event, beside a `controller.json` that has given out numbers. */
export interface LostJournal {
  /** Numbers up to this one may have been given out. */
  readonly upTo: number;
  /** A file is there, without an event: as a start leaves it that came to nothing, or a copy without its -wal. */
  readonly empty: boolean;
}

/** What to do about what a lost journal knew. */
export const TAKE_UP =
  "`hvpool reconcile --dry-run` lists what it made before; then `hvpool reconcile --adopt` lets " +
  "machines that serve go on, or `--retire` removes all of it.";

/** What is wrong, and what to do. */
export function lostJournalText(
  dataDir: string,
  { upTo, empty }: LostJournal,
): { readonly message: string; readonly remedy: string } {
  return {
    message:
      `The journal in ${dataDir} is lost: controller.json says that numbers up to ${upTo} may have been ` +
      `given out, and ${empty ? "journal.sqlite has no event" : "there is no journal.sqlite"}.`,
    remedy: `${
      empty
        ? "Put it back, together with its -wal file, if you have it."
        : "Put it back if it was only moved."
    } Otherwise leave controller.json where it is and start hvpool, which goes on with higher numbers: ${TAKE_UP}`,
  };
}
