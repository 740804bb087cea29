/** What a lease waits for, in words. */
import type { Ms } from "../ids.ts";
import { slotId } from "../ids.ts";
import { cordonOf, cordonText } from "../maintenance.ts";
import type { Cycle, State } from "../state.ts";
import { leasesKey, type View } from "../view.ts";
import { changeText } from "./change.ts";
import { type Lease, leaseOf } from "./lease.ts";
import { quotaAllows } from "./quotas.ts";

/** What it waits for, or why its last change came to nothing; `undefined`: there is nothing to say. */
export function whyLeaseWaits(s: State, v: View, lease: Lease, now: Ms): string | undefined {
  const { state, cycle, failed, lacks } = lease;
  switch (state) {
    case "queued":
      return whyQueued(s, v, lease, now);
    case "starting":
    case "changing":
      return (cycle === undefined ? undefined : v.why.get(cycle)) ?? "its machine is being made ready";
    case "active":
    case "paused":
      if (lacks !== undefined) return `it goes on, but ${lacks}`;
      return failed === undefined
        ? lease.silent === true ? "its holder was silent: the next heartbeat resumes it" : undefined
        : `its ${changeText(failed.change)} came to nothing: ${failed.message}`;
    default:
      return state satisfies never;
  }
}

function whyQueued(s: State, v: View, lease: Lease, now: Ms): string {
  const { pool: name } = lease;
  const cordon = cordonOf(s, name);
  if (cordon?.drain === true) return `pool ${name} is ${cordonText(cordon)}`;
  const quota = quotaAllows(s, lease);
  if (quota !== undefined) return `its quota: ${quota}`;
  if (s.pausedUntil > now) return `the host has no room: ${s.pauseCause ?? ""}`;
  const room = v.why.get(leasesKey(name));
  if (room !== undefined) return room;
  const machines = machinesOf(s, name);
  // The one that comes next is the first of those that nobody has.
  const coming = machines.find((cycle) => cycle.phase !== "claimed" && leaseOf(s, cycle) === undefined);
  const cannot = v.why.get(`pool/${name}`);
  if (coming !== undefined) {
    const why = v.why.get(coming.id);
    return `no machine is ready: slot ${coming.slot} is ${coming.phase}${
      why === undefined ? "" : `, ${why}`
    }`;
  }
  if (cannot !== undefined) return `pool ${name} makes no machine: ${cannot}`;
  if (machines.length === 0) return `pool ${name} has no machine yet`;
  const parkedCount =
    machines.filter(({ parked, lease }) => parked !== undefined && lease === undefined).length;
  const parked = parkedCount === 0 ? "" : `, ${parkedCount} of them parked for their holders`;
  return `no machine is free: all ${machines.length} of pool ${name} are in use${parked}`;
}

/** The machines that fill the pool's slots. */
function machinesOf(s: State, pool: string): Cycle[] {
  const { size = 0 } = s.pools.get(pool)?.settings ?? {};
  const machines: Cycle[] = [];
  for (let slot = 1; slot <= size; slot++) {
    const live = s.slots.get(slotId(pool, slot))?.live;
    const cycle = live === undefined ? undefined : s.cycles.get(live);
    if (cycle !== undefined) machines.push(cycle);
  }
  return machines;
}
