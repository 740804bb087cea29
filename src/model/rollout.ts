/**
 * Generations: what a pool's machines are made from. A changed one is tried by one machine first, through its
 * registration and one job; then the others follow, idle ones only and a few at a time. Two failures put the pool
 * back on the last good one.
 */
import { asTemplateAllows } from "./agent_pool.ts";
import type { NewEvent } from "./events.ts";
import { type Ms, slotId } from "./ids.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle, Pool, State } from "./state.ts";
import { preparationPool } from "./preparation.ts";
import { type ImageManifest, PREPARE_POOL, templateNamed } from "./templates.ts";

/** The golden disk that is at a template's path now, and where machines find it. */
export interface TemplateDisk {
  /** Another one when the file is another disk, or was written. */
  readonly identity: string;
  /** In the store: the file at the template's path may be replaced while children live. */
  readonly path: string;
  /** Of a prepared image: the identity of the disk that it was made from, which is at the template's path. */
  readonly from?: string;
  /** What the image says of itself, where it could be asked. */
  readonly image?: ImageManifest;
}

/** A generation that served. */
export interface GoodGeneration {
  readonly generation: string;
  readonly settings: PoolSettings;
  readonly disk?: TemplateDisk;
}

/** A new generation on its way. */
export interface Rollout {
  readonly to: string;
  readonly startedAt: Ms;
  /** `canary`: one machine tries it · `rolling`: the others follow · `reverted`: the pool is back on the last good one. */
  phase: "canary" | "rolling" | "reverted";
  paused: boolean;
  /** Machines of it that came to nothing. */
  failures: number;
  /** Jobs that ran on it. */
  served: number;
  /** How often a machine of it became ready. */
  came: number;
  /** Why it was taken back. */
  cause?: string;
}

/** So many failures take a generation back. */
export const FAILURES_TO_REVERT = 2;
/** At most this share of a pool, or one machine, is made of the new generation at once. */
const ROLLOUT_SHARE = 0.25;

/** How many machines of a new generation may be on their way at once. */
export function rolloutWidth({ size }: PoolSettings): number {
  return Math.max(1, Math.floor(size * ROLLOUT_SHARE));
}

/** Whether a pool as written names a registered template. */
export function isRegistered({ template }: PoolSettings): boolean {
  return template.path === "";
}

/** A pool with the hardware and the disk of the registered template that it names, where there is one. */
export function resolved(s: State, pool: PoolSettings): PoolSettings {
  const template = isRegistered(pool) ? templateNamed(s.templates, pool.template.name) : undefined;
  return template === undefined ? pool : asTemplateAllows({ ...pool, template: template.settings });
}

/** The pool as a cycle's generation has it: while a new one is rolled out, older machines keep their settings. */
export function poolFor(
  s: State,
  cycle: Pick<Cycle, "pool" | "generation"> & Partial<Pick<Cycle, "id" | "n">>,
): Pool | undefined {
  if (cycle.pool === PREPARE_POOL) return preparationPool(s, cycle);
  const gone = s.gone.get(cycle.pool);
  const pool = (cycle.n ?? Infinity) <= (gone?.goneUpTo ?? 0) ? gone : s.pools.get(cycle.pool);
  const good = pool?.good;
  if (pool === undefined || good === undefined || cycle.generation === pool.generation) return pool;
  if (cycle.generation !== good.generation) return pool;
  const { hot: _, ...settings } = good.settings;
  const { size, hot } = pool.settings;
  const { disk: _d, ...rest } = pool;
  return {
    ...rest,
    settings: { ...settings, size, ...(hot === undefined ? {} : { hot }) },
    ...(good.disk === undefined ? {} : { disk: good.disk }),
  };
}

/** What Hyper-V calls a machine of a pool; by its cycle where the pool is not known any more. */
export function vmName(
  pool: Pick<Pool, "settings"> | undefined,
  { id, slot }: Pick<Cycle, "id" | "slot">,
): string {
  return pool === undefined ? id : `${pool.settings.prefix}${slot}`;
}

/** Live cycles of a generation that fill a slot of their pool, in the order of the slots. */
export function machinesOf(s: State, { settings: { name, size } }: Pool, generation: string): Cycle[] {
  const machines: Cycle[] = [];
  for (let slot = 1; slot <= size; slot++) {
    const live = s.slots.get(slotId(name, slot))?.live;
    const cycle = live === undefined ? undefined : s.cycles.get(live);
    if (cycle?.generation === generation) machines.push(cycle);
  }
  return machines;
}

/** What a pool makes machines from now, should it prove good. */
export function present({ generation, settings, disk }: Pool): GoodGeneration {
  return { generation, settings, ...(disk === undefined ? {} : { disk }) };
}

/**
 * Golden disks that something is made from, or may be made from. Not known once a journal was lost: machines of that
 * time are left alone, and nobody knows what they are made from.
 */
export function disksInUse(s: State): Set<string> | undefined {
  if (s.lostUpTo > 0 || s.parentsUnknown === true) return undefined;
  const paths = new Set<string>();
  for (const { disk, good } of s.pools.values()) {
    for (const path of [disk?.path, good?.disk?.path]) if (path !== undefined) paths.add(path);
  }
  for (const { parent, vm, pool } of s.cycles.values()) {
    if (pool === PREPARE_POOL) continue;
    if (parent !== undefined) paths.add(parent);
    // Something that was found: it may be made from any of them.
    else if (vm === "known") return undefined;
  }
  for (const { disk } of s.templates.values()) paths.add(disk.path);
  for (const disk of s.refreshed.values()) paths.add(disk.path);
  return paths;
}

/** Why a cycle's generation is not wanted any more, if it is not. */
export function unwantedGeneration({ generation }: Cycle, pool: Pool): string | undefined {
  const { rollout, good } = pool;
  if (rollout === undefined || good === undefined) {
    return generation === pool.generation ? undefined : "the pool's settings changed";
  }
  if (generation === good.generation) return undefined;
  if (generation !== rollout.to) return "the pool's settings changed";
  return rollout.phase === "reverted" ? "its generation was taken back" : undefined;
}

/** Whether a cycle is the one that tries a new generation. */
export function isCanary({ generation }: Cycle, { rollout }: Pool): boolean {
  return rollout?.phase === "canary" && generation === rollout.to;
}

/** Whether a cycle makes room for a new generation after its job. */
export function isReplaced({ generation }: Cycle, { rollout }: Pool): boolean {
  return rollout?.phase === "rolling" && !rollout.paused && generation !== rollout.to;
}

/** The generation of the next machine; `tried`: a machine of the new one is there already. */
export function generationToMake({ generation, rollout, good }: Pool, tried: boolean): string {
  if (rollout === undefined || good === undefined) return generation;
  if (rollout.paused || rollout.phase === "reverted") return good.generation;
  return rollout.phase === "canary" && tried ? good.generation : rollout.to;
}

/** Rollouts that follow from new settings. */
export function rolloutsAfter(s: State): NewEvent[] {
  const events: NewEvent[] = [];
  for (const [pool, { generation, good, rollout }] of s.pools) {
    if (good === undefined || good.generation === generation || rollout?.to === generation) continue;
    events.push({ type: "rollout.started", data: { pool, from: good.generation, to: generation } });
  }
  return events;
}
