/**
 * Leases: a time-bounded, exclusive right to one machine of an agent pool. At most one lease holds a machine, and a
 * machine that was held is put back to its clean checkpoint, or made anew, before it is held by anybody else.
 */
import type { Brand, CycleId, Ms } from "../ids.ts";
import type { PoolSettings } from "../settings.ts";
import type { State } from "../state.ts";

/** `l-` and 26 letters and digits. */
export type LeaseId = Brand<string, "LeaseId">;

/** What becomes of a machine after its lease: back to its clean checkpoint, or made anew. */
export type Release = "reset" | "destroy";

/** Where a lease's machine came from. */
export type Origin =
  /** It was running and ready. */
  | "hot"
  /** It was resumed from its clean saved state. */
  | "standby"
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
   * the machine.
   */
  state: "queued" | "starting" | "active";
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
