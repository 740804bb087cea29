/**
 * Whether the journal is the one that `controller.json` knows, or an older copy that somebody put back.
 *
 * `controller.json` has a mark of how far the journal had got. It is written *after* the journal's commit: at the
 * beginning of a run before anything is done in it, once a minute while it commits, and at its end. So a journal
 * that has got less far than its mark is never what a crash leaves behind.
 */
import type { JournalMark } from "./controller_file.ts";

/**
 * `present`: not one event is missing. `older`: events are missing, so machines were made that it does not know.
 * `unsure`: nothing contradicts it, but its last run did not end in order; a copy of its last minute looks alike.
 */
export type JournalAge = "present" | "older" | "unsure";

/** Judges a journal that has got so far. */
export function judgeJournal(
  mark: JournalMark | undefined,
  { run, seq }: { readonly run: number; readonly seq: number },
): JournalAge {
  // A later run than the mark's: it was written by a version that leaves no mark, or the file itself is a copy.
  if (mark === undefined || run > mark.run) return "unsure";
  if (run < mark.run || seq < mark.seq) return "older";
  return mark.ended && seq === mark.seq ? "present" : "unsure";
}
