/** Events of the journal, of a hvpool that runs and of one that does not. */
import { eventPages } from "../../cli/view/event_pages.ts";
import { openJournalEvents } from "../journal_events.ts";
import { missingPart, type Part, reasonOf } from "./part.ts";

const NAME = "events.jsonl";
/** The newest of a journal that is larger. */
export const MAX_EVENT_CHARACTERS = 32_000_000;

/** Reads the events since a time, oldest first. */
export async function eventParts(
  dataDir: string,
  since: string,
  maxCharacters: number = MAX_EVENT_CHARACTERS,
): Promise<Part> {
  try {
    const journal = await openJournalEvents(dataDir);
    if (journal === undefined) return missingPart(NAME, `there is no journal in ${dataDir}`);
    try {
      const lines: string[] = [];
      let characters = 0;
      let first = 0;
      for await (const page of eventPages((query) => journal.events(query), { since })) {
        for (const event of page.events) {
          const line = JSON.stringify(event) + "\n";
          lines.push(line);
          characters += line.length;
        }
        for (; characters > maxCharacters && first < lines.length; first++) {
          characters -= lines[first]?.length ?? 0;
          lines[first] = "";
        }
      }
      const text = lines.slice(first).join("");
      const missing = first === 0 ? [] : [{ name: NAME, why: `the ${first} oldest events are not in it` }];
      return { files: [{ name: NAME, text }], missing };
    } finally {
      journal.close();
    }
  } catch (error) {
    return missingPart(NAME, reasonOf(error));
  }
}
