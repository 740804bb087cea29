/** Keeps the journal: commits turns, snapshots now and then, and lets go of what is old. */
import { type Event, streamOf } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import type { Ms } from "../model/ids.ts";
import type { Settings } from "../model/settings.ts";
import { isReadable, openStreams, readSnapshot, SNAPSHOT_SCHEMA, writeSnapshot } from "../model/snapshot.ts";
import { emptyState, type State } from "../model/state.ts";
import type { Journal } from "../journal/journal.ts";

/** Events between two snapshots, for each machine of a large pool and at the least. */
const EVENTS_PER_CYCLE = 10;
const EVENTS_AT_LEAST = 1_000;

/**
 * The state that a journal tells: its last snapshot and the events after it.
 * @throws JournalError `corrupt` when an event is missing or no JSON.
 */
export function recover(journal: Pick<Journal, "latestSnapshot" | "replay">, settings: Settings): State {
  const snapshot = journal.latestSnapshot();
  const usable = snapshot !== undefined && isReadable(snapshot.schema);
  const state = usable ? readSnapshot(snapshot.data) : emptyState(settings);
  journal.replay(usable ? snapshot.seq : 0, ({ seq, at, type, data }) => {
    // Our own journal holds only what `commit` below wrote.
    fold(state, { type, data, seq, at } as Event);
  });
  return state;
}

/** The writer's side of a journal. */
export class Keeper {
  readonly #journal: Journal;
  readonly #state: State;
  #sinceSnapshot = 0;

  constructor(journal: Journal, state: State) {
    this.#journal = journal;
    this.#state = state;
  }

  /** One durable commit of a turn whose events are already folded. */
  commit(events: readonly Event[]): void {
    const entries = events.map((event) => {
      const { seq, at, type, data } = event;
      return { seq, at, type, data, stream: streamOf(event) };
    });
    this.#sinceSnapshot += entries.length;
    const due = this.#sinceSnapshot >= Math.max(EVENTS_AT_LEAST, this.#state.cycles.size * EVENTS_PER_CYCLE);
    const last = entries.at(-1);
    if (due && last !== undefined) {
      const snapshot = { at: last.at, schema: SNAPSHOT_SCHEMA, data: writeSnapshot(this.#state) };
      this.#journal.commit(entries, { snapshot });
      this.#sinceSnapshot = 0;
    } else {
      this.#journal.commit(entries);
    }
    for (const event of events) {
      if (event.type === "cycle.ended" || event.type === "job.result") this.#journal.forget(streamOf(event));
    }
  }

  /** Deletes one bite of what is older than its days; false when there is more. */
  compact(keep: { keepDays: number; keepJobsDays: number }, now: Ms): boolean {
    const snapshotSeq = this.#journal.latestSnapshot()?.seq ?? 0;
    const request = { ...keep, now, openStreams: openStreams(this.#state), snapshotSeq };
    return this.#journal.compact(request).done;
  }
}
