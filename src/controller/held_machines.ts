/** What somebody has of a pool: it stays when the pool is made smaller or goes. */
import { parkedMachines } from "../model/created_pools.ts";
import type { Ms } from "../model/ids.ts";
import { isHolding } from "../model/leases/lease.ts";
import type { State } from "../model/state.ts";

/** Most names of holders in a message. */
const MAX_HOLDERS = 5;

/** A machine that somebody has, or that waits for its holder. */
export interface HeldMachine {
  readonly slot: number;
  readonly holder: string;
  /** It is parked until then; without it, it is leased. */
  readonly until?: Ms;
}

/** What of a pool somebody has. */
export interface Held {
  readonly machines: readonly HeldMachine[];
  /** Leases that wait for a machine. */
  readonly waiting: number;
}

/** Of a pool of which nobody has anything. */
export const NOTHING_HELD: Held = { machines: [], waiting: 0 };

/** What somebody has of a pool now. */
export function heldOf(s: State, pool: string): Held {
  const leases = [...s.leases.values()].filter((lease) => lease.pool === pool);
  const leased = leases.filter(isHolding).map(({ holder, cycle }): HeldMachine => ({
    holder,
    slot: (cycle === undefined ? undefined : s.cycles.get(cycle)?.slot) ?? 0,
  }));
  const parked = parkedMachines(s, pool).map(({ slot, parked: { holder, until } }): HeldMachine => ({
    slot,
    holder,
    until,
  }));
  return { machines: [...leased, ...parked], waiting: leases.length - leased.length };
}

/** How many are leased, and how many are parked. */
export function countsOf({ machines }: Held): { leases: number; parked: number } {
  const parked = machines.filter(({ until }) => until !== undefined).length;
  return { leases: machines.length - parked, parked };
}

/** Names of holders, each once: `ann, bob and 3 more`. */
export function holdersText(holders: readonly string[]): string {
  const names = [...new Set(holders)];
  const more = names.length > MAX_HOLDERS ? ` and ${names.length - MAX_HOLDERS} more` : "";
  return names.slice(0, MAX_HOLDERS).join(", ") + more;
}

/** What is said of machines that stay although their pool has no place for them: who has them, and until when. */
export function staysTexts(machines: readonly HeldMachine[]): string[] {
  const texts: string[] = [];
  const leased = machines.filter(({ until }) => until === undefined);
  const parked = machines.filter(({ until }) => until !== undefined);
  const by = holdersText(leased.map(({ holder }) => holder));
  if (leased.length === 1) texts.push(`1 machine is leased (${by}) and stays until its lease ends`);
  if (leased.length > 1) {
    texts.push(`${leased.length} machines are leased (${by}) and stay until their leases end`);
  }
  const last = new Date(Math.max(0, ...parked.map(({ until = 0 }) => until))).toISOString();
  const whom = holdersText(parked.map(({ holder }) => holder));
  if (parked.length === 1) texts.push(`1 machine is parked for ${whom} until ${last} and stays until then`);
  if (parked.length > 1) {
    texts.push(
      `${parked.length} machines are parked (${whom}) and stay until their time is over, at the latest ${last}`,
    );
  }
  return texts;
}
