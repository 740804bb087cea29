/** How leases are shown. */
import { endpointsOf } from "./endpoints.ts";
import { stepsOf } from "./lease_steps.ts";
import { freshAddress } from "../model/guest_address.ts";
import type { Ms } from "../model/ids.ts";
import { type Lease, leaseEnd, pauseMsOf } from "../model/leases/lease.ts";
import { lastSign } from "../model/leases/last_sign.ts";
import { whyLeaseWaits } from "../model/leases/why_lease_waits.ts";
import { poolFor, vmName } from "../model/rollout.ts";
import type { State } from "../model/state.ts";
import type { LeaseStatus } from "../model/status.ts";
import type { View } from "../model/view.ts";

function iso(at: Ms): string {
  return new Date(at).toISOString();
}

/** One lease, as it is shown. */
export function describeLease(s: State, v: View, lease: Lease, now: Ms): LeaseStatus {
  const { requestedAt, assignedAt, grantedAt, pausedAt, pausedFrom, change } = lease;
  const cycle = lease.cycle === undefined ? undefined : s.cycles.get(lease.cycle);
  const pool = cycle === undefined ? undefined : poolFor(s, cycle);
  const address = cycle === undefined || lease.state !== "active" ? undefined : freshAddress(v, cycle);
  return {
    id: lease.id,
    pool: lease.pool,
    holder: lease.holder,
    state: lease.state,
    change: change === undefined ? null : { kind: change.kind, name: "name" in change ? change.name : null },
    pausedAt: pausedAt === undefined ? null : iso(pausedFrom ?? pausedAt),
    onIdle: lease.onIdle,
    checkpoints: lease.checkpoints.map(({ name, at }) => ({ name, at: iso(at) })),
    priority: lease.priority,
    labels: lease.labels,
    purpose: lease.purpose ?? null,
    requestedAt: iso(requestedAt),
    assignedAt: assignedAt === undefined ? null : iso(assignedAt),
    grantedAt: grantedAt === undefined ? null : iso(grantedAt),
    steps: stepsOf(lease),
    expiresAt: iso(endOf(s, v, lease, now)),
    idleSeconds: lease.idleMs / 1000,
    totalSeconds: lease.totalMs / 1000,
    position: lease.state === "queued" ? positionOf(s, lease) : null,
    origin: lease.origin ?? null,
    vm: cycle === undefined ? null : {
      name: vmName(pool, cycle),
      id: cycle.vmId ?? null,
      cycle: cycle.id,
      address: address ?? null,
    },
    endpoints: endpointsOf(address, pool?.settings.template.probe),
    release: lease.release,
    ...(lease.lacks === undefined ? {} : { lacks: lease.lacks }),
    why: whyLeaseWaits(s, v, lease, now) ?? null,
  };
}

/** When it ends if its holder says nothing more. */
function endOf(s: State, v: View, lease: Lease, now: Ms): Ms {
  if (lease.state === "queued" || lease.state === "starting") return lease.waitUntil;
  const { at, pause } = leaseEnd(s, lease, lastSign(v, lease.id, now));
  return pause === true ? at + pauseMsOf(s, lease) : at;
}

/** By what is known now: somebody with fewer machines may still come before. */
function positionOf(s: State, lease: Lease): number {
  let before = 1;
  // They are kept in the order in which they came.
  let earlier = true;
  for (const other of s.leases.values()) {
    if (other.id === lease.id) earlier = false;
    if (other.pool !== lease.pool || other.state !== "queued" || other.id === lease.id) continue;
    if (other.priority > lease.priority || (other.priority === lease.priority && earlier)) before++;
  }
  return before;
}
