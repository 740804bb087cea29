/** What a holder may have at once: machines, memory, places in the queue. Tasks and leases count together. */
import { poolFor } from "../rollout.ts";
import type { Quota } from "../settings.ts";
import { type Cycle, isLive, type State } from "../state.ts";
import type { Lease } from "./lease.ts";

/** Whether an entry is about a holder: by its name, or by a beginning of it with `*`. */
export function quotaFits({ holder: pattern }: Pick<Quota, "holder">, holder: string): boolean {
  return pattern.endsWith("*") ? holder.startsWith(pattern.slice(0, -1)) : pattern === holder;
}

/** The entry that counts for a holder: the first that is about it. It is the limit of each such holder, not of all together. */
export function quotaOf(
  { settings: { quotas = [] } }: Pick<State, "settings">,
  holder: string,
): Quota | undefined {
  return quotas.find((quota) => quotaFits(quota, holder));
}

/** What a holder has. */
export interface Holding {
  /** Machines on their way to it, its own, paused and parked ones. */
  readonly machines: number;
  /** Of these the parked ones. */
  readonly parked: number;
  /** Memory of those that are not saved. */
  readonly memoryMb: number;
  /** Memory of those that were paused, and wait to be started again. */
  readonly awaitedMb: number;
}

function memoryOf(s: State, cycle: Cycle | undefined, pool: string): number {
  const { settings } = (cycle === undefined ? s.pools.get(pool) : poolFor(s, cycle)) ?? {};
  return settings?.template.memoryMb ?? 0;
}

/** Whether a lease's machine holds no memory: it is paused, or was and has not been started again. */
export function isSaved({ state }: Pick<Lease, "state">, machine: Cycle | undefined): boolean {
  if (state === "paused") return true;
  const { saved, startedAt } = machine?.doing ?? {};
  return state === "changing" && saved === true && startedAt === undefined;
}

/** What a holder has, without one lease and the machine that this one is about to take. */
export function holding(
  s: State,
  holder: string,
  without: { readonly lease?: Lease; readonly machine?: Cycle } = {},
): Holding {
  let machines = 0;
  let parked = 0;
  let memoryMb = 0;
  let awaitedMb = 0;
  for (const lease of s.leases.values()) {
    if (lease.holder !== holder || lease.state === "queued" || lease.id === without.lease?.id) continue;
    machines++;
    const cycle = lease.cycle === undefined ? undefined : s.cycles.get(lease.cycle);
    const needs = memoryOf(s, cycle, lease.pool);
    if (!isSaved(lease, cycle)) memoryMb += needs;
    else if (lease.state === "changing" && lease.change?.kind !== "pause") awaitedMb += needs;
  }
  for (const cycle of parkedOf(s, holder)) {
    if (cycle.id === without.machine?.id) continue;
    machines++;
    parked++;
    if (cycle.parked?.how === "keep") memoryMb += memoryOf(s, cycle, cycle.pool);
  }
  return { machines, parked, memoryMb, awaitedMb };
}

function* parkedOf(s: State, holder: string): Iterable<Cycle> {
  for (const cycle of s.cycles.values()) {
    if (cycle.parked?.holder === holder && cycle.lease === undefined && isLive(cycle)) yield cycle;
  }
}

/**
 * Why a lease has to wait: its holder has as many machines as it may have, or as much memory. `undefined`: it may go on.
 *
 * Of a queued lease: whether it may be given a machine, `machine` where that is known: one that is parked for its holder
 * counts already. Of a paused lease: whether it may be resumed; such ones come before those that are queued. To be asked again before each assignment, since the one
 * before it counts.
 */
export function quotaAllows(s: State, lease: Lease, machine?: Cycle): string | undefined {
  const quota = quotaOf(s, lease.holder);
  if (quota === undefined) return undefined;
  const own = lease.cycle === undefined ? undefined : s.cycles.get(lease.cycle);
  const taken = machine ?? own;
  const has = holding(s, lease.holder, { lease, ...(taken === undefined ? {} : { machine: taken }) });
  if (quota.leases !== undefined && has.machines + 1 > quota.leases) {
    const parked = has.parked === 0 ? "" : `, ${has.parked} of them parked`;
    return `${lease.holder} has ${counted(has.machines, "machine")}${parked}, and ${
      limits(quota)
    } ${quota.leases}`;
  }
  const needs = memoryOf(s, taken, lease.pool);
  const awaitedMb = lease.state === "queued" ? has.awaitedMb : 0;
  if (quota.memoryMb !== undefined && has.memoryMb + awaitedMb + needs > quota.memoryMb) {
    const awaited = awaitedMb === 0 ? "" : ` and ${awaitedMb} MB waiting to be resumed`;
    return `${lease.holder} has ${has.memoryMb} MB running${awaited}, another ${needs} MB are needed, and ` +
      `${limits(quota)} ${quota.memoryMb} MB`;
  }
  return undefined;
}

/**
 * Why a request of a holder is refused: too many of its leases wait already, or with its quota it would wait for ever
 * for a machine of this pool. To be refused with the code `conflict`; asked again by whoever records the request, since
 * several may come in one turn.
 */
export function queueRefusal(s: State, holder: string, pool?: string): string | undefined {
  const quota = quotaOf(s, holder);
  if (quota === undefined) return undefined;
  const { leases, memoryMb, queued } = quota;
  if (leases === 0) return `${holder} can have no machine: ${limits(quota)} 0. ${REMEDY}`;
  const needs = pool === undefined ? 0 : memoryOf(s, undefined, pool);
  if (memoryMb !== undefined && needs > memoryMb) {
    return `A machine of pool ${pool} has ${needs} MB of memory, and ${
      limits(quota)
    } ${memoryMb} MB for ${holder}. ` +
      REMEDY;
  }
  if (queued === undefined) return undefined;
  let waiting = 0;
  for (const lease of s.leases.values()) if (lease.holder === holder && lease.state === "queued") waiting++;
  if (waiting < queued) return undefined;
  return `${counted(waiting, "lease")} of ${holder} ${waiting === 1 ? "waits" : "wait"} already, and ` +
    `${limits(quota)} ${queued}. Wait for one of them, or release it.`;
}

const REMEDY = "Change it in the configuration, or ask under another holder.";

function limits({ holder }: Quota): string {
  return `the quota ${JSON.stringify(holder)} allows`;
}

function counted(count: number, what: string): string {
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
