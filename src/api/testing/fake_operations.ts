/** A controller for tests of the API and its clients: a list of events and a status, kept in memory. */
import type { RolloutStatus, Status } from "../../model/status.ts";
import type {
  EventFilter,
  EventRow,
  Operations,
  RolloutAnswer,
  RolloutRequest,
} from "../../ports/operations.ts";

/** A status with one pool of one VM. */
export const SAMPLE_STATUS: Status = {
  controller: { id: "0".repeat(32), version: "0.1.0", state: "running", since: "2026-03-01T10:00:00.000Z" },
  pools: [{
    name: "linux",
    kind: "runner",
    size: 2,
    ready: 1,
    claimed: 0,
    standby: 0,
    starting: 1,
    failed: 0,
    why: null,
    rollout: null,
  }],
  vms: [{
    id: "6f9619ff-8b86-4011-b42d-00cf4fc964ff",
    name: "linux-1",
    pool: "linux",
    slot: 1,
    cycle: "linux/1.7",
    phase: "online",
    power: "running",
    since: "2026-03-01T10:00:00.000Z",
    runner: "linux-1-00000000-7.1",
    failures: 0,
    why: null,
  }],
  github: { state: "ok", rate: { limit: 5000, remaining: 4990, reset: "2026-03-01T11:00:00.000Z" } },
};

/** A new generation that one machine tries. */
export const SAMPLE_ROLLOUT: RolloutStatus = {
  to: "e5f6a7b8",
  from: "1a2b3c4d",
  phase: "canary",
  paused: false,
  failures: 1,
  served: 0,
  since: "2026-03-01T10:00:00.000Z",
  why: "its first machine has no job yet",
};

/** {@linkcode Operations} over memory. */
export class FakeOperations implements Operations {
  /** Kept events, oldest first. */
  rows: EventRow[] = [];
  /** What `stop` was asked. */
  readonly stops: { drain: boolean; source: string }[] = [];
  /** What `rollout` was asked. */
  readonly rollouts: RolloutRequest[] = [];
  current: Status = SAMPLE_STATUS;
  /** How often `events` was asked. */
  reads = 0;
  readonly #listeners = new Set<() => void>();
  #seq = 0;

  status(): Status {
    return this.current;
  }

  events(filter: EventFilter, limit: number): ReturnType<Operations["events"]> {
    this.reads++;
    const { after = 0, since = 0, pool, type, vm } = filter;
    const matching = this.rows.filter((row) =>
      row.seq > after && Date.parse(row.at) >= since &&
      (pool === undefined || row.stream === `pool/${pool}` || row.stream.startsWith(`cycle/${pool}/`)) &&
      (type === undefined || row.type.startsWith(type)) &&
      (vm === undefined || row.stream === `cycle/${vm}`)
    );
    const events = matching.slice(0, limit);
    const upTo = matching.length > limit ? events.at(-1)?.seq ?? this.#seq : this.#seq;
    return { events, reset: after + 1 < (this.rows[0]?.seq ?? 1), upTo };
  }

  onCommit(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many streams listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  stop(request: { drain: boolean; source: string }): void {
    this.stops.push(request);
  }

  /** Gives the one pool a rollout. */
  rollOut(rollout: Partial<RolloutStatus> = {}): void {
    const pools = SAMPLE_STATUS.pools.map((pool) => ({
      ...pool,
      rollout: { ...SAMPLE_ROLLOUT, ...rollout },
    }));
    this.current = { ...SAMPLE_STATUS, pools };
  }

  rollout(request: RolloutRequest): RolloutAnswer {
    const pool = this.current.pools.find(({ name }) => name === request.pool);
    if (pool === undefined) return { ok: false, code: "not_found", message: "There is no such pool." };
    if (pool.rollout === null) {
      return { ok: false, code: "nothing_rolled_out", message: "Nothing is rolled out." };
    }
    this.rollouts.push(request);
    const { action } = request;
    const phase = action === "revert" ? "reverted" : pool.rollout.phase;
    return { ok: true, rollout: { ...pool.rollout, phase, paused: action === "pause" } };
  }

  /** Commits an event. */
  commit(event: Partial<Omit<EventRow, "seq">> = {}): EventRow {
    const row: EventRow = {
      seq: ++this.#seq,
      at: new Date(Date.UTC(2026, 2, 1, 10) + this.#seq * 1000).toISOString(),
      stream: "cycle/linux/1.7",
      type: "op.opened",
      data: { call: "vm.start" },
      ...event,
    };
    this.rows.push(row);
    for (const listener of this.#listeners) listener();
    return row;
  }

  /** Forgets all but the newest events, as compaction does. */
  keep(count: number): void {
    this.rows = this.rows.slice(-count);
  }
}
