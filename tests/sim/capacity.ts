/**
 * The law of capacity, all the time: whenever nothing disturbed a pool for longer than the bound, each of its
 * slots has served since. "Serves" is GitHub's truth: a runner of the slot that is online.
 */
import { type ControllerId, type Ms, parseRunnerName, shortId } from "../../src/model/ids.ts";
import type { Runner, SimulatedForge } from "../../src/simulator/forge.ts";
import type { Timeline } from "../../src/simulator/timeline.ts";
import { LawBroken } from "./law_broken.ts";
import { MINUTE } from "./settings.ts";

/** A pool whose capacity is watched. */
export interface CapacityOf {
  readonly id: ControllerId;
  /** Name of the pool. */
  readonly pool: string;
  /** Its machines are called so, with the slot after it. */
  readonly prefix: string;
  /** Slots that are wanted now. */
  readonly size: () => number;
  /** How long it may take. */
  readonly boundMs: () => Ms;
}

/** With a slot behind it, what is served is counted under. */
function keyOf({ id, prefix }: CapacityOf): string {
  return `${shortId(id)} ${prefix}`;
}

interface Live {
  readonly runner: Runner;
  readonly key: string;
}

/** The watch. */
export class Capacity {
  readonly #timeline: Timeline;
  readonly #forge: SimulatedForge;
  readonly #pools: CapacityOf[] = [];
  readonly #disturbedUntil = new Map<string, Ms>();
  readonly #served = new Map<string, Ms>();
  #live: Live[] = [];
  #known = 0;
  /** Minutes in which a whole pool was due to be full: shows that the watch looks at something. */
  minutesWatched = 0;

  constructor(timeline: Timeline, forge: SimulatedForge) {
    this.#timeline = timeline;
    this.#forge = forge;
  }

  /** Watches a pool, once a minute. */
  add(pool: CapacityOf): void {
    if (this.#pools.length === 0) this.#lookLater();
    this.#pools.push(pool);
    this.disturb(pool.id, this.#timeline.now, pool.pool);
  }

  /** Something disturbs a pool until then; without a name, each of the controller's. */
  disturb(id: ControllerId, until: Ms, name?: string): void {
    for (const pool of this.#pools) {
      if (pool.id !== id || (name !== undefined && pool.pool !== name)) continue;
      const key = keyOf(pool);
      this.#disturbedUntil.set(key, Math.max(this.#disturbedUntil.get(key) ?? 0, until));
    }
  }

  #lookLater(): void {
    this.#timeline.at(this.#timeline.now + MINUTE, () => {
      this.#look();
      this.#lookLater();
    });
  }

  #look(): void {
    const { now } = this.#timeline;
    const { runners } = this.#forge.truth();
    for (; this.#known < runners.length; this.#known++) {
      const runner = runners[this.#known];
      const parts = runner === undefined ? undefined : parseRunnerName(runner.name);
      if (runner === undefined || parts === undefined) continue;
      this.#live.push({ runner, key: `${parts.controller} ${parts.prefixAndSlot}` });
    }
    this.#live = this.#live.filter(({ runner }) => runner.removedAt === null);
    for (const { runner, key } of this.#live) {
      if (runner.status === "online") this.#served.set(key, now);
    }
    for (const pool of this.#pools) this.#lookAt(pool, now);
  }

  #lookAt(pool: CapacityOf, now: Ms): void {
    const key = keyOf(pool);
    const calmSince = this.#disturbedUntil.get(key) ?? 0;
    const boundMs = pool.boundMs();
    if (now - calmSince <= boundMs) return;
    this.minutesWatched++;
    for (let slot = 1; slot <= pool.size(); slot++) {
      const since = Math.max(calmSince, this.#served.get(`${key}${slot}`) ?? 0);
      if (now - since <= boundMs) continue;
      const minutes = Math.round((now - since) / MINUTE);
      throw new LawBroken(
        `Slot ${slot} of ${pool.pool} at ${
          shortId(pool.id)
        } has not served for ${minutes} undisturbed minutes`,
        `${pool.pool}/${slot}.`,
      );
    }
  }
}
