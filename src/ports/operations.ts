/** What the API, and so every command, can ask of a running controller. `controller` answers it. */
import type { RolloutAction } from "../model/decide.ts";
import type { Ms, Seq } from "../model/ids.ts";
import type { RolloutStatus, Status } from "../model/status.ts";

export type { RolloutAction };

/** One event as people and programs read it. */
export interface EventRow {
  /** Position in the journal. */
  readonly seq: Seq;
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** `host`, `pool/<name>` or `cycle/<pool>/<slot>.<n>`. */
  readonly stream: string;
  /** Such as `cycle.opened`. */
  readonly type: string;
  /** What the event says; never a secret. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** Which events are wanted; what is absent does not narrow. */
export interface EventFilter {
  /** Only events after this one. */
  readonly after?: Seq;
  /** Only events at or after this time. */
  readonly since?: Ms;
  /** Display name of a VM (`<prefix><slot>`) or a cycle id. */
  readonly vm?: string;
  /** Only events of this pool and its cycles. */
  readonly pool?: string;
  /** Event type, or its beginning: `op` finds `op.opened` and `op.closed`. */
  readonly type?: string;
}

/** What is asked of a pool's new generation. */
export interface RolloutRequest {
  /** Name of the pool. */
  readonly pool: string;
  /** What is asked. */
  readonly action: RolloutAction;
  /** Who asks; goes into the journal. */
  readonly source: string;
}

/** What came of a {@linkcode RolloutRequest}. */
export type RolloutAnswer =
  /** It is recorded with the next turn; `rollout` is how that leaves it. */
  | { readonly ok: true; readonly rollout: RolloutStatus }
  | {
    readonly ok: false;
    /** `not_found`: there is no such pool. */
    readonly code: "not_found" | "nothing_rolled_out";
    /** For people: what was asked, why it is refused, what to do. */
    readonly message: string;
  };

/** A running controller, as seen from outside. */
export interface Operations {
  /** Everything at this moment. */
  status(): Status;
  /**
   * Oldest first; `reset` says that older events than the first were asked for and are no longer kept.
   * `upTo`, where it is known, is the newest event that was looked at, whether it matched or not: a follower goes
   * on from there instead of looking at the same events again. It is below `after` when the journal never came so far.
   */
  events(filter: EventFilter, limit: number): { events: EventRow[]; reset: boolean; upTo?: Seq };
  /** Hears of every commit until the returned function is called: a reason to ask `events`. */
  onCommit(listener: () => void): () => void;
  /** Recorded at once; the program ends when work in flight has ended. */
  stop(request: { drain: boolean; source: string }): void;
  /** Pauses, goes on with or takes back a pool's new generation. Asking for what already is changes nothing. */
  rollout(request: RolloutRequest): RolloutAnswer;
}
