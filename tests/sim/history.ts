/** Keeps what the journals said of each cycle, so that a broken law comes with its history. */
import type { Event } from "../../src/model/events.ts";
import { type ControllerId, shortId } from "../../src/model/ids.ts";

/** Lines of the whole program that are shown beside those of a cycle. */
const GENERAL_LINES = 20;

/** Events as lines, by controller and cycle. Costs memory: kept only when a seed is played again. */
export class History {
  readonly #lines = new Map<string, string[]>();

  note(controller: ControllerId, events: readonly Event[]): void {
    for (const event of events) {
      const about = "cycle" in event.data ? event.data.cycle : "general";
      const key = `${shortId(controller)} ${about}`;
      const data = event.type === "settings.applied" ? event.data.settings.pools : event.data;
      const line = `${new Date(event.at).toISOString()} ${event.seq} ${event.type} ${JSON.stringify(data)}`;
      const lines = this.#lines.get(key);
      if (lines === undefined) this.#lines.set(key, [line]);
      else lines.push(line);
    }
  }

  /** What is known of a cycle, slot (`ci/1.`) or VM; beside it, what happened last to the whole programs. */
  of(about: string | undefined): string {
    const parts: string[] = [];
    for (const [key, lines] of this.#lines) {
      if (key.endsWith(" general")) parts.push(key, ...lines.slice(-GENERAL_LINES));
      else if (
        about !== undefined && (key.includes(` ${about}`) || lines.some((line) => line.includes(about)))
      ) {
        parts.push(key, ...lines);
      }
    }
    return parts.join("\n");
  }
}
