/** `fold`, the part about pools: their settings, their golden disks, their generations. */
import type { Event } from "./events.ts";
import { fileSettings, withCreated } from "./created_pools.ts";
import { isHot, type Pool, type State } from "./state.ts";
import { isAgentPool, isHolding } from "./leases/lease.ts";
import { WHOLE_HOST } from "./maintenance.ts";
import { preparedFrom } from "./preparation.ts";
import { isRegistered, present, resolved, type TemplateDisk } from "./rollout.ts";
import { hash32 } from "./ids.ts";
import { templateNamed } from "./templates.ts";
import type { PoolSettings, Settings } from "./settings.ts";

/** Hash of what machines are made from: everything of a pool but how many there are, and how it comes to newer ones. */
export function generationOf(pool: PoolSettings, disk?: { readonly identity: string }): string {
  const { runnerVersion: _, canary: _c, jobTimeoutMs: _j, holdOnFailureMs: _h, agent, ...rest } = pool;
  // Of leases only what its machines have to show before they are saved.
  const shown = agent === undefined ? {} : { desktop: agent.desktop };
  const made = { ...rest, ...shown, size: 0, hot: 0, disk: disk?.identity };
  return hash32(JSON.stringify(made)).toString(16).padStart(8, "0");
}

/** A new generation begins, goes on, or ends. */
export function foldRollout(pool: Pool, event: Extract<Event, { type: `rollout.${string}` }>): void {
  switch (event.type) {
    case "rollout.started": {
      const { to } = event.data;
      const phase = pool.settings.canary === 0 ? "rolling" : "canary";
      pool.rollout = { to, startedAt: event.at, phase, paused: false, failures: 0, served: 0, came: 0 };
      return;
    }
    case "rollout.finished":
      pool.good = present(pool);
      delete pool.rollout;
      return;
    case "rollout.advanced":
      if (pool.rollout !== undefined) pool.rollout.phase = "rolling";
      return;
    case "rollout.reverted":
      if (pool.rollout === undefined) return;
      pool.rollout.phase = "reverted";
      pool.rollout.cause = event.data.cause;
      return;
    case "rollout.paused":
      if (pool.rollout !== undefined) pool.rollout.paused = true;
      return;
    case "rollout.resumed":
      if (pool.rollout === undefined) return;
      pool.rollout.paused = false;
      if (pool.rollout.phase !== "reverted") return;
      pool.rollout.phase = pool.settings.canary === 0 ? "rolling" : "canary";
      Object.assign(pool.rollout, { failures: 0, served: 0, came: 0 });
      delete pool.rollout.cause;
      return;
    default:
      return event satisfies never;
  }
}

/** Another golden disk makes another generation. */
export function setDisk(pool: Pool, disk: TemplateDisk): void {
  if (pool.disk?.identity !== disk.identity) delete pool.seenRunner;
  pool.disk = disk;
  pool.generation = generationOf(pool.settings, disk);
  if (pool.rollout?.to !== pool.generation) delete pool.rollout;
}

/** Pools that name a registered template follow it. */
export function followTemplate(s: State, name: string): void {
  for (const written of s.settings.pools) {
    const pool = s.pools.get(written.name);
    const same = written.template.name.toLowerCase() === name.toLowerCase();
    if (pool === undefined || !isRegistered(written) || !same) continue;
    const template = templateNamed(s.templates, name);
    pool.settings = sized(s, resolved(s, written));
    if (template !== undefined) setDisk(pool, preparedFrom(s, pool, template.disk) ?? template.disk);
  }
}

/** A pool in the size that was asked for, as long as the configuration says what it said then. */
function sized(s: State, pool: PoolSettings): PoolSettings {
  const asked = s.sizes.get(pool.name);
  if (asked === undefined || asked.configured !== pool.size) return pool;
  const { hot, ...rest } = pool;
  return { ...rest, size: asked.size, ...(hot === undefined ? {} : { hot: Math.min(hot, asked.size) }) };
}

/** Somebody asks for another size of a pool. */
export function resize(
  s: State,
  { pool: name, size, configured }: { pool: string; size?: number; configured: number },
): void {
  if (size === undefined) s.sizes.delete(name);
  else s.sizes.set(name, { size, configured });
  const pool = s.pools.get(name);
  const written = s.settings.pools.find((one) => one.name === name);
  if (pool === undefined || written === undefined) return;
  pool.settings = sized(s, resolved(s, written));
  forgetSlots(s);
}

/** Nothing that failed is remembered of slots that are not wanted any more. */
function forgetSlots(s: State): void {
  for (const slot of s.slots.values()) {
    const at = slot.id.lastIndexOf("/");
    const size = s.pools.get(slot.id.slice(0, at))?.settings.size ?? 0;
    if (Number(slot.id.slice(at + 1)) <= size) continue;
    slot.failures = 0;
    delete slot.cause;
    if (slot.live === undefined && slot.retiring === 0) s.slots.delete(slot.id);
  }
}

/** A pool that is in no configuration, or one of them less. */
export function foldCreated(
  s: State,
  event: Extract<Event, { type: "pool.created" | "pool.deleted" }>,
): void {
  const file = fileSettings(s);
  const { pool } = event.data;
  if (event.type === "pool.created") s.created.set(pool, event.data.settings);
  else s.created.delete(pool);
  configure(s, file);
  // Whoever deletes it has ended its leases, and wants nothing of it back.
  if (event.type === "pool.deleted") s.gone.delete(pool);
}

/** An agent pool that is not configured any more: whoever has a machine of it keeps that, by its settings of now. */
function keepGone(s: State, name: string, pool: Pool): void {
  const now = s.pools.get(name);
  if (!isAgentPool(pool.settings) || (now !== undefined && isAgentPool(now.settings))) return;
  const isHeld = s.leases.values().some((lease) => lease.pool === name && isHolding(lease)) ||
    s.cycles.values().some((cycle) => cycle.pool === name && cycle.parked !== undefined);
  if (isHeld) s.gone.set(name, { ...pool, goneUpTo: s.issued });
}

/** The last machine of a pool that is not configured any more went. */
export function forgetGone(s: State, name: string): void {
  const upTo = s.gone.get(name)?.goneUpTo;
  if (upTo === undefined || s.cycles.values().some(({ pool, n }) => pool === name && n <= upTo)) return;
  s.gone.delete(name);
}

/** New settings of the configuration. */
export function configure(s: State, file: Settings): void {
  const settings = withCreated(s.created, file);
  s.settings = settings;
  const before = new Map(s.pools);
  s.pools.clear();
  for (const written of settings.pools) {
    const pool = sized(s, resolved(s, written));
    const back = isAgentPool(pool) ? s.gone.get(pool.name) : undefined;
    if (back !== undefined) s.gone.delete(pool.name);
    const old = before.get(pool.name) ?? back;
    const same = old?.settings.template.path === pool.template.path ? old.disk : undefined;
    const registered = isRegistered(written)
      ? templateNamed(s.templates, pool.template.name)?.disk
      : undefined;
    const disk = registered === undefined
      ? same
      : preparedFrom(s, { ...old, settings: pool }, registered) ?? registered;
    const fresh: Pool = {
      settings: pool,
      generation: generationOf(pool, disk),
      quarantined: 0,
      hot: 0,
      reaped: [],
    };
    if (old?.seenRunner !== undefined && disk !== undefined) fresh.seenRunner = old.seenRunner;
    if (old?.degraded !== undefined) fresh.degraded = old.degraded;
    if (disk !== undefined) fresh.disk = disk;
    // One that was gone, and comes back as another one, is new.
    const isNew = back !== undefined && back.good?.generation !== fresh.generation;
    if (old?.good !== undefined && !isNew) fresh.good = old.good;
    if (old?.rollout?.to === fresh.generation) fresh.rollout = old.rollout;
    s.pools.set(pool.name, fresh);
  }
  for (const [name, pool] of before) keepGone(s, name, pool);
  for (const cycle of s.cycles.values()) {
    const pool = s.pools.get(cycle.pool);
    if (pool === undefined) continue;
    if (cycle.phase === "quarantined" && cycle.hold === undefined) pool.quarantined++;
    if (isHot(cycle)) pool.hot++;
  }
  forgetSlots(s);
  for (const [name, { configured }] of s.sizes) {
    if (settings.pools.find((pool) => pool.name === name)?.size !== configured) s.sizes.delete(name);
  }
  for (const name of s.cordons.keys()) if (name !== WHOLE_HOST && !s.pools.has(name)) s.cordons.delete(name);
}
