/**
 * Leases: a time-bounded, exclusive right to one machine of an agent pool. At most one lease holds a machine, and a
 * machine that was held is put back to its clean checkpoint, or made anew, before it is held by anybody else.
 */
import type { Brand, CycleId, Ms } from "../ids.ts";
import type { PoolSettings } from "../settings.ts";
import type { Cycle, Pool, State } from "../state.ts";
import { whyCold } from "./cold.ts";
import { quotaAllows } from "./quotas.ts";
import type { LeaseChange, Release } from "./terms.ts";

export type { LeaseChange, Release };

/** `l-` and 26 letters and digits. */
export type LeaseId = Brand<string, "LeaseId">;

/** A checkpoint of a leased machine. It goes with the machine, which is made anew after its lease. */
export interface LeaseCheckpoint {
  /** Unique within the lease. */
  readonly name: string;
  /** Hyper-V's id. */
  readonly id: string;
  readonly at: Ms;
}

/** How far a machine is with what is done for its lease. */
export interface Doing {
  /** Since when. */
  since: Ms;
  /** It was paused before: until it is started it holds no memory. */
  saved?: true;
  /** It was turned off for it, or may have been put back: what was in its memory is gone. */
  stopped?: true;
  /** It was put back to the checkpoint. */
  restored?: true;
  /** When it was started. */
  startedAt?: Ms;
  /** The checkpoint that was made. */
  made?: string;
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
  /** It was paused because its holder was silent: the next heartbeat resumes it. */
  silent?: true;
  /**
   * Since when it is paused, or waits to be started again after that; and for how long it did before: that time is not
   * charged to it.
   */
  pausedAt?: Ms;
  pausedMs: Ms;
  /** Since when its holder has not had its machine, which was paused: the limit of a pause counts from there, whatever was tried meanwhile. */
  pausedFrom?: Ms;
  /** It was not ready in time when its holder had it again, and this is what it lacked; until the next change begins. */
  lacks?: string;
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
  /** Of a cold machine: how long of the wait it was made, booted or put back. */
  madeMs?: Ms;
  /** When its machine was started for it, and its network renewed. */
  startedAt?: Ms;
  networkAt?: Ms;
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

/** Keys are remembered for so long, and why leases ended. */
export const KEYS_FOR_MS: Ms = 86_400_000;

/** The end of a lease, for whoever asks later. */
export interface EndedLease {
  readonly at: Ms;
  readonly cause: string;
}

/** Of so many leases at most it is remembered why they ended. */
export const ENDED_KEPT = 1_000;

/** Whether a pool's machines are leased. */
export function isAgentPool({ kind }: Pick<PoolSettings, "kind">): boolean {
  return kind === "agent";
}

/** Where a pool does not say it: how long a lease may be paused, and a machine parked. */
export const PAUSE_MS: Ms = 86_400_000;
/** See {@linkcode PAUSE_MS}. */
export const KEEP_MS: Ms = 3_600_000;

/** A lease of a journal that was written before leases could be paused, with what it lacks. */
export function completed(
  lease: Omit<Lease, "onIdle" | "keepMs" | "pausedMs" | "checkpoints"> & Partial<Lease>,
): Lease {
  return { onIdle: "release", keepMs: KEEP_MS, pausedMs: 0, checkpoints: [], ...lease };
}

/** The pool of a lease: also one that is not configured any more. */
export function poolOfLease(s: State, { pool }: Pick<Lease, "pool">): Pool | undefined {
  return s.gone.get(pool) ?? s.pools.get(pool);
}

/** Whether its holder has a machine, or had it and has it again once a change is over. */
export function isHolding({ state }: Pick<Lease, "state">): boolean {
  return state === "active" || state === "changing" || state === "paused";
}

/** The lease that holds a machine, or is about to. */
export function leaseOf(s: State, { lease }: Pick<Cycle, "lease">): Lease | undefined {
  return lease === undefined ? undefined : s.leases.get(lease);
}

/** When a lease that has its machine ends by itself, or is paused. */
export interface LeaseEnd {
  readonly at: Ms;
  readonly cause: string;
  /** Its holder is silent, and it is paused instead. */
  readonly pause?: true;
}

/** How long a lease of a pool may be paused. */
export function pauseMsOf(s: State, lease: Pick<Lease, "pool">): Ms {
  return poolOfLease(s, lease)?.settings.agent?.pauseMs ?? PAUSE_MS;
}

/** How much of its total time is over: since it was granted, without what it was paused. */
export function chargedMs({ grantedAt, pausedAt, pausedMs }: Lease, now: Ms): Ms {
  if (grantedAt === undefined) return 0;
  return Math.max(0, (pausedAt ?? now) - grantedAt - pausedMs);
}

/** Of a lease that has its machine; `touched`: the last sign of its holder that is only in memory, or since when one is heard. */
export function leaseEnd(s: State, lease: Lease, touched: Ms | undefined): LeaseEnd {
  // Also while it waits to be started again: its holder has nothing of it, and it holds no memory.
  if (lease.state === "paused" || lease.pausedAt !== undefined) {
    const at = (lease.pausedFrom ?? lease.pausedAt ?? lease.requestedAt) + pauseMsOf(s, lease);
    return { at, cause: "it was paused for too long" };
  }
  const total = (lease.grantedAt ?? lease.requestedAt) + lease.totalMs + lease.pausedMs;
  const over = { at: total, cause: "its time was over" };
  // While something is done with its machine its holder cannot do anything.
  if (lease.state === "changing") return over;
  // A restart of the program starts the idle clock anew: nobody could be heard meanwhile.
  const idle = Math.max(lease.touchedAt, touched ?? 0, s.startedAt) + lease.idleMs;
  if (total <= idle) return over;
  const pause = lease.onIdle === "save" && whyCold(poolOfLease(s, lease)?.settings) === undefined;
  return { at: idle, cause: "its holder was silent for too long", ...(pause ? { pause } : {}) };
}

/** How many machines each holder has, is about to have, or has parked. */
function machinesOfHolders(s: State): Map<string, number> {
  const held = new Map<string, number>();
  const add = (holder: string) => held.set(holder, (held.get(holder) ?? 0) + 1);
  for (const { holder, state } of s.leases.values()) if (state !== "queued") add(holder);
  for (const id of s.claimed) {
    const { parked, lease } = s.cycles.get(id) ?? {};
    if (parked !== undefined && lease === undefined) add(parked.holder);
  }
  return held;
}

/** How many machines a holder has, is about to have, or has parked. */
export function heldBy(s: State, holder: string): number {
  return machinesOfHolders(s).get(holder) ?? 0;
}

/**
 * Who is served next: by priority, then the holder with the fewest machines, then whoever came first. Whoever has a
 * quota that is used up is passed over.
 */
export function nextInLine(s: State, pool: string): Lease | undefined {
  const held = machinesOfHolders(s);
  const fewer = (a: Lease, b: Lease) => (held.get(a.holder) ?? 0) < (held.get(b.holder) ?? 0);
  const passed = new Set<Lease>();
  for (;;) {
    let best: Lease | undefined;
    for (const lease of s.leases.values()) {
      if (lease.pool !== pool || lease.state !== "queued" || passed.has(lease)) continue;
      const before = best === undefined || lease.priority > best.priority ||
        (lease.priority === best.priority && fewer(lease, best));
      if (before) best = lease;
    }
    if (best === undefined || quotaAllows(s, best) === undefined) return best;
    // What a holder may not have now, none of its leases of this pool may.
    for (const lease of s.leases.values()) if (lease.holder === best.holder) passed.add(lease);
  }
}
