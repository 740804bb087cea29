/**
 * Leases: a time-bounded, exclusive right to one machine of an agent pool. At most one lease holds a machine, and a
 * machine that was held is put back to its clean checkpoint, or made anew, before it is held by anybody else.
 */
import type { Brand, CycleId, Ms } from "../ids.ts";
import type { PoolSettings } from "../settings.ts";
import type { State } from "../state.ts";

/** `l-` and 26 letters and digits. */
export type LeaseId = Brand<string, "LeaseId">;

/** What becomes of a machine after its lease. */
export type Release =
  /** Back to its clean checkpoint. */
  | "reset"
  /** Made anew. */
  | "destroy"
  /** Saved as it is, for its holder's next lease of the pool, until {@linkcode Parked.until}; then `reset`. */
  | "save"
  /** As `save`, but it runs on. */
  | "keep";

/** What is done with a leased machine, at its holder's wish or because it is silent. Until it is over nobody uses it. */
export type LeaseChange =
  /** Saved with its memory. */
  | { readonly kind: "pause" }
  /** Resumed, and ready again. */
  | { readonly kind: "resume" }
  /** Back to its clean checkpoint, and ready again. */
  | { readonly kind: "reset" }
  /** A checkpoint under a name; the machine goes on. */
  | { readonly kind: "checkpoint"; readonly name: string }
  /** Back to a checkpoint of this lease, and ready again. */
  | { readonly kind: "restore"; readonly name: string };

/** A checkpoint of a leased machine. It goes with the machine, which is made anew after its lease. */
export interface LeaseCheckpoint {
  /** Unique within the lease. */
  readonly name: string;
  /** Hyper-V's id. */
  readonly id: string;
  readonly at: Ms;
}

/** A machine that waits for its holder's next lease. */
export interface Parked {
  readonly holder: string;
  readonly pool: string;
  /** `save`: it is saved · `keep`: it runs on. */
  readonly how: "save" | "keep";
  readonly until: Ms;
  /** Checkpoints that were made under the lease. */
  readonly checkpoints: readonly LeaseCheckpoint[];
}

/** Where a lease's machine came from. */
export type Origin =
  /** It was running and ready. */
  | "hot"
  /** It was resumed from its clean saved state. */
  | "standby"
  /** It was parked after an earlier lease of the same holder. */
  | "restored"
  /** None was there: it was made, or put back, first. */
  | "cold";

/** A lease that has not ended. */
export interface Lease {
  readonly id: LeaseId;
  readonly pool: string;
  /** Who has it: whose machines count together. */
  readonly holder: string;
  /** The higher is served first. */
  readonly priority: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly purpose?: string;
  readonly requestedAt: Ms;
  /** Until then it may wait for a machine. */
  readonly waitUntil: Ms;
  /** It ends when its holder says nothing for so long. */
  readonly idleMs: Ms;
  /** It ends so long after it began, whatever its holder does. */
  totalMs: Ms;
  /**
   * `queued`: it waits for a machine · `starting`: a machine was chosen and is being resumed · `active`: its holder has
   * the machine · `changing`: something is done with it, see `change` · `paused`: it is saved, and holds no memory.
   */
  state: "queued" | "starting" | "active" | "changing" | "paused";
  /** What is done with its machine now. */
  change?: LeaseChange;
  /** Why the last change came to nothing; until the next one begins. */
  failed?: { readonly change: LeaseChange; readonly message: string };
  /** Since when it is paused, and for how long it was before: that time is not charged to it. */
  pausedAt?: Ms;
  pausedMs: Ms;
  /** What happens when its holder is silent for too long. */
  readonly onIdle: "release" | "save";
  /** How long its machine is parked after `save` and `keep`. */
  readonly keepMs: Ms;
  /** Checkpoints that its holder made. */
  checkpoints: readonly LeaseCheckpoint[];
  cycle?: CycleId;
  origin?: Origin;
  /** Times of its steps. */
  assignedAt?: Ms;
  grantedAt?: Ms;
  /** The last sign of its holder that is in the journal. */
  touchedAt: Ms;
  /** What becomes of its machine. */
  readonly release: Release;
}

/** An answer that is kept for whoever asks again with the same key. */
export interface LeaseKey {
  readonly lease: LeaseId;
  /** Of the request: the same key with another one is refused. */
  readonly hash: string;
  readonly at: Ms;
}

/** Keys are remembered for so long. */
export const KEYS_FOR_MS: Ms = 86_400_000;

/** Whether a pool's machines are leased. */
export function isAgentPool({ kind }: Pick<PoolSettings, "kind">): boolean {
  return kind === "agent";
}

/** When an active lease ends by itself; `touched`: the last sign of its holder that is only in memory. */
export function leaseEnd(
  s: State,
  { idleMs, totalMs, grantedAt, touchedAt, requestedAt }: Lease,
  touched: Ms | undefined,
): { at: Ms; cause: string } {
  // A restart of the program starts the idle clock anew: nobody could be heard meanwhile.
  const idle = Math.max(touchedAt, touched ?? 0, s.startedAt) + idleMs;
  const total = (grantedAt ?? requestedAt) + totalMs;
  return total <= idle
    ? { at: total, cause: "its time was over" }
    : { at: idle, cause: "its holder was silent for too long" };
}

/** How many machines a holder has, or is about to have. */
export function heldBy(s: State, holder: string): number {
  let count = 0;
  for (const lease of s.leases.values()) {
    if (lease.holder === holder && lease.state !== "queued") count++;
  }
  return count;
}

/** Who is served next: by priority, then the holder with the fewest machines, then whoever came first. */
export function nextInLine(s: State, pool: string): Lease | undefined {
  const held = new Map<string, number>();
  for (const { holder, state } of s.leases.values()) {
    if (state !== "queued") held.set(holder, (held.get(holder) ?? 0) + 1);
  }
  const fewer = (a: Lease, b: Lease) => (held.get(a.holder) ?? 0) < (held.get(b.holder) ?? 0);
  let best: Lease | undefined;
  for (const lease of s.leases.values()) {
    if (lease.pool !== pool || lease.state !== "queued") continue;
    const before = best === undefined || lease.priority > best.priority ||
      (lease.priority === best.priority && fewer(lease, best));
    if (before) best = lease;
  }
  return best;
}
