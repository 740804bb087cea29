/**
 * Machines of an agent pool that are made and stay off: `hot` run, `warm` are saved, the rest is started once a lease
 * waits that finds no other machine, or once fewer than that are left.
 */
import { waiting } from "./admission.ts";
import { slotId } from "./ids.ts";
import { isAgentPool } from "./leases/lease.ts";
import { isCanary } from "./rollout.ts";
import { hotWanted } from "./rules/lease.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle, Pool, State } from "./state.ts";

/** How many of a pool's machines are to be ready, beside those that somebody has; nothing: all. */
function readyWanted(settings: PoolSettings): number | undefined {
  const { agent, recycle, size } = settings;
  if (!isAgentPool(settings) || recycle !== "restore" || agent?.warm === undefined) return undefined;
  return Math.min(size, hotWanted(settings) + agent.warm);
}

function isBeingStarted({ op, retrying }: Cycle): boolean {
  return op?.call === "vm.start" || retrying === "vm.start";
}

/** Whether an operator had it turned off: it stays so, whoever waits. */
export function isKeptOff({ wish, phase, op }: Cycle): boolean {
  return wish?.what === "off" && (phase === "provisioning" || phase === "sealing") && op === undefined;
}

/** Whether a machine is made and off, and is left so for now. */
export function isOff(cycle: Cycle, pool: Pick<Pool, "settings"> | undefined): boolean {
  if (isKeptOff(cycle)) return true;
  if (pool === undefined || readyWanted(pool.settings) === undefined) return false;
  return cycle.phase === "provisioning" && cycle.vm === "known" && cycle.op === undefined &&
    !isBeingStarted(cycle);
}

/** Whether a machine that is made is started now. */
export function isWantedOn(s: State, pool: Pool, cycle: Cycle): boolean {
  if (cycle.wish !== undefined) return cycle.wish.what !== "off";
  const { settings } = pool;
  const ready = readyWanted(settings);
  if (ready === undefined || isBeingStarted(cycle) || isCanary(cycle, pool)) return true;
  let on = 0;
  for (let slot = 1; slot <= settings.size; slot++) {
    const live = s.slots.get(slotId(settings.name, slot))?.live;
    const other = live === undefined ? undefined : s.cycles.get(live);
    if (other === undefined || other.lease !== undefined || other.phase === "claimed") continue;
    if (other.wish?.what === "off") continue;
    if (other.phase !== "provisioning" || isBeingStarted(other)) on++;
  }
  return on < ready || on < waiting(s, settings.name, settings.size);
}
