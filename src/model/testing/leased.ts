/** A cycle under a lease, for tests of the core. */
import { completed, type Lease, type LeaseChange, type LeaseId } from "../leases/lease.ts";
import type { PoolSettings } from "../settings.ts";
import type { Cycle, State } from "../state.ts";
import type { Stage } from "./stage.ts";

/** The lease of tests. */
export const LEASE = "l-00000000000000000000000000" as LeaseId;

/** A pool whose machines are leased, and need neither desktop nor address to be ready. */
export const AGENT_POOL: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 0,
  scope: "" as PoolSettings["scope"],
  agent: { desktop: false, addressless: true, idleMs: 600_000, totalMs: 3_600_000 },
};

/** Gives a cycle a lease of `ann`, in some state. */
export function lease(s: State, cycle: Cycle, at: number, over: Partial<Lease> = {}): Lease {
  const made = completed({
    id: LEASE,
    pool: cycle.pool,
    holder: "ann",
    priority: 0,
    labels: {},
    requestedAt: at,
    waitUntil: at + 3_600_000,
    idleMs: 600_000,
    totalMs: 3_600_000,
    touchedAt: at,
    grantedAt: at,
    release: "reset",
    state: "active",
    cycle: cycle.id,
    ...over,
  });
  s.leases.set(made.id, made);
  cycle.lease = made.id;
  cycle.used = true;
  return made;
}

/** In a case of a rule: it is leased. */
export function leased(over: Partial<Lease> = {}, doing?: Partial<Cycle["doing"]>) {
  return (stage: Stage, cycle: Cycle): void => {
    lease(stage.s, cycle, stage.now, over);
    if (over.state === "changing" || over.state === "starting") {
      cycle.doing = { since: stage.now, ...doing };
    }
  };
}

/** In a case of a rule: this is being done with it. */
export function changing(change: LeaseChange, doing?: Partial<Cycle["doing"]>, over: Partial<Lease> = {}) {
  return leased({ state: "changing", change, ...over }, doing);
}
