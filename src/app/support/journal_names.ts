/** Organizations and repositories that a journal knows, also those of days whose events are not in the bundle. */
import { eventPages } from "../../cli/view/event_pages.ts";
import { openJournalEvents } from "../journal_events.ts";
import { namesIn, type PrivateName } from "./private_names.ts";

/** Events that name them: those that jobs came from, and accounts of settings. */
const NAMING = ["job.named", "settings.applied"];

/** Reads them; none of a journal that cannot be read. */
export async function namesInJournal(dataDir: string): Promise<PrivateName[]> {
  const names = new Map<string, PrivateName>();
  try {
    const journal = await openJournalEvents(dataDir);
    if (journal === undefined) return [];
    try {
      for (const type of NAMING) {
        for await (const { events } of eventPages((query) => journal.events(query), { type })) {
          for (const { data } of events) {
            for (const found of namesIn(JSON.stringify(data))) {
              names.set(`${found.kind} ${found.name}`, found);
            }
          }
        }
      }
    } finally {
      journal.close();
    }
  } catch {
    // It is damaged: then its events are not in the bundle either, which says why.
  }
  return [...names.values()];
}
