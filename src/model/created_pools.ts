/** Pools that are in no configuration: somebody made them while hvpool ran, and the journal keeps them. */
import { type By, by } from "./by.ts";
import type { NewEvent } from "./events.ts";
import { prefixesOverlap } from "./pool_names.ts";
import type { PoolSettings, Settings } from "./settings.ts";
import type { Parked } from "./leases/lease.ts";
import { type Cycle, isLive, type State } from "./state.ts";

/** Why two pools cannot be there together. */
export interface Clash {
  /** The pool that is in the way. */
  readonly other: PoolSettings;
  /** `name`: both are called so, but for case · `machines`: two machines could get one name. */
  readonly what: "name" | "machines";
}

/** The first of some pools that cannot be there together with another one. */
export function clashOf(
  { name, prefix }: Pick<PoolSettings, "name" | "prefix">,
  others: Iterable<PoolSettings>,
): Clash | undefined {
  for (const other of others) {
    if (other.name.toLowerCase() === name.toLowerCase()) return { other, what: "name" };
    if (prefixesOverlap(other.prefix, prefix)) return { other, what: "machines" };
  }
  return undefined;
}

/** What the configuration says: the settings without the pools that were made at run time. */
export function fileSettings(s: Pick<State, "settings" | "created">): Settings {
  if (s.created.size === 0) return s.settings;
  return { ...s.settings, pools: s.settings.pools.filter(({ name }) => !s.created.has(name)) };
}

/** What a configuration says, with the pools that were made at run time behind its own. */
export function withCreated(created: State["created"], file: Settings): Settings {
  if (created.size === 0) return file;
  // Whoever applies settings has refused a name that is in both; a journal of which this is not true counts as the file.
  const own = [...created.values()].filter((pool) => clashOf(pool, file.pools)?.what !== "name");
  return { ...file, pools: [...file.pools, ...own.map((pool) => asTheFileHasIt(pool, file))] };
}

/** A template of the configuration is followed: it may have changed since the pool was made. */
function asTheFileHasIt(pool: PoolSettings, { poolDefaults }: Settings): PoolSettings {
  const known = poolDefaults?.templates.find(({ settings: { name } }) =>
    name.toLowerCase() === pool.template.name.toLowerCase()
  );
  return known === undefined ? pool : { ...pool, template: known.settings };
}

/** The events of `pool.create`: none when the name is not free any more. */
export function createPool(
  s: State,
  command: By & { readonly settings: PoolSettings },
): NewEvent[] {
  const { settings } = command;
  if (clashOf(settings, s.settings.pools) !== undefined) return [];
  return [{ type: "pool.created", data: { pool: settings.name, settings, ...by(command) } }];
}

/** Why leases of a pool end that is deleted. */
const DELETED = "its pool was deleted";

/** Leases of a pool that have a machine, or are about to get one. */
export function leasesWithMachine(
  s: State,
  pool: string,
): { readonly id: string; readonly holder: string }[] {
  return [...s.leases.values()].filter((lease) => lease.pool === pool && lease.state !== "queued");
}

/** A machine that waits for its holder. */
export type ParkedMachine = Cycle & { readonly parked: Parked };

/** Machines of a pool that are parked for their holders, and that nobody has. */
export function parkedMachines(s: State, pool: string): ParkedMachine[] {
  return [...s.cycles.values()].filter((cycle): cycle is ParkedMachine =>
    cycle.pool === pool && cycle.parked !== undefined && cycle.lease === undefined && isLive(cycle)
  );
}

/** Whether a pool is in no configuration any more, and somebody has a machine of it still, or had one. */
export function isGone(s: State, pool: string): boolean {
  return s.gone.has(pool) && !s.pools.has(pool);
}

/**
 * The events of `pool.delete`: none while somebody has a machine of it, or one is parked, unless that is to end. Of a
 * pool that is not configured any more what is left is ended.
 */
export function deletePool(
  s: State,
  command: By & { readonly pool: string; readonly force: boolean },
): NewEvent[] {
  const { pool, force } = command;
  if (!s.created.has(pool) && !isGone(s, pool)) return [];
  const isHeld = leasesWithMachine(s, pool).length > 0 || parkedMachines(s, pool).length > 0;
  if (isHeld && !force) return [];
  const ended = [...s.leases.values()].filter((lease) => lease.pool === pool).map(
    ({ id: lease, cycle }): NewEvent => ({
      type: "lease.ended",
      data: {
        lease,
        cause: DELETED,
        release: "destroy",
        ...by(command),
        ...(cycle === undefined ? {} : { cycle }),
      },
    }),
  );
  return [...ended, { type: "pool.deleted", data: { pool, ...by(command) } }];
}

/** The first pool that was made at run time and cannot be there together with one of a configuration. */
export function anyClash(
  created: State["created"],
  pools: readonly PoolSettings[],
): { readonly created: PoolSettings; readonly clash: Clash } | undefined {
  for (const pool of created.values()) {
    const clash = clashOf(pool, pools);
    if (clash !== undefined) return { created: pool, clash };
  }
  return undefined;
}
