/** Counts machines that were resumed and did not go on, by how often in a row that was. */
import type { Event } from "../model/events.ts";
import { type CycleId, parseCycleId } from "../model/ids.ts";
import type { ControllerFigures } from "../ports/metrics.ts";

type Row = ControllerFigures["resumeFailures"][number];

/** Counts from the start of the program. */
export class ResumeFailures {
  readonly #counts = new Map<string, Row>();
  /** Machines that failed and have not gone on since, with how often in a row. */
  readonly #failing = new Map<CycleId, number>();

  /** Takes what was committed, in its order. */
  note(events: readonly Event[]): void {
    for (const event of events) {
      switch (event.type) {
        case "cycle.resume_failed":
          this.#count(event.data.cycle, event.data.rung);
          this.#failing.set(event.data.cycle, event.data.rung);
          break;
        case "cycle.phase":
          if (event.data.proven !== undefined) this.#failing.delete(event.data.cycle);
          break;
        // The last failure has no event of its own: the machine is made anew.
        case "cycle.failed":
        case "cycle.quarantined": {
          const rung = this.#failing.get(event.data.cycle);
          if (rung !== undefined) this.#count(event.data.cycle, rung + 1);
          this.#failing.delete(event.data.cycle);
          break;
        }
        case "cycle.retired":
        case "cycle.ended":
          this.#failing.delete(event.data.cycle);
      }
    }
  }

  /** All that was counted. */
  rows(): readonly Row[] {
    return [...this.#counts.values()];
  }

  #count(cycle: CycleId, rung: number): void {
    const pool = parseCycleId(cycle)?.pool ?? "";
    const key = `${pool}/${rung}`;
    this.#counts.set(key, { pool, rung, count: (this.#counts.get(key)?.count ?? 0) + 1 });
  }
}
