/** A pool whose machines are ready on an invented host, and those who ask for them. */
import assert from "node:assert/strict";
import type { Command } from "../decide.ts";
import type { Ms } from "../ids.ts";
import { type Lease, type LeaseChange, leaseEnd, type LeaseId, type Release } from "../leases/lease.ts";
import type { AgentSettings, PoolSettings, Settings } from "../settings.ts";
import type { Cycle } from "../state.ts";
import { AGENT_POOL } from "./leased.ts";
import { type Fate, LeaseWorld, type Machine } from "./lease_world.ts";
import { testSettings } from "./stage.ts";

export const SECOND: Ms = 1_000;
export const MINUTE: Ms = 60_000;
const AGENT: AgentSettings = {
  desktop: false,
  addressless: true,
  idleMs: 30 * MINUTE,
  totalMs: 60 * MINUTE,
  pauseMs: 120 * MINUTE,
  keepMs: 30 * MINUTE,
};

/** The pool, and how it is asked. */
export class Desk {
  readonly world: LeaseWorld;
  #next = 0;

  constructor(pool: Partial<PoolSettings> = {}, rest: Partial<Settings> = {}) {
    const settings = testSettings({ ...AGENT_POOL, size: 1, hot: 1, agent: AGENT, ...pool }, rest);
    this.world = new LeaseWorld(settings);
    this.world.run(MINUTE);
  }

  acquire(over: Partial<Extract<Command, { type: "lease.acquire" }>> = {}): LeaseId {
    const lease = `l-${String(this.#next++).padStart(26, "0")}` as LeaseId;
    this.world.command({
      type: "lease.acquire",
      lease,
      pool: "ci",
      holder: "ann",
      priority: 0,
      labels: {},
      waitMs: 60 * MINUTE,
      idleMs: 30 * MINUTE,
      totalMs: 60 * MINUTE,
      release: "reset",
      onIdle: "release",
      keepMs: 10 * MINUTE,
      source: "test",
      ...over,
    });
    return lease;
  }

  change(lease: LeaseId, change: LeaseChange): void {
    this.world.command({ type: "lease.change", lease, change, source: "test" });
  }

  release(lease: LeaseId, release: Release): void {
    const until = release === "save" || release === "keep" ? { until: this.world.now + 10 * MINUTE } : {};
    const command = {
      type: "lease.release",
      lease,
      release,
      ...until,
      cause: "done",
      source: "test",
    } as const;
    this.world.command(command);
  }

  lease(id: LeaseId): Lease | undefined {
    return this.world.state.leases.get(id);
  }

  /** The machine of a lease. */
  machine(id: LeaseId): { machine: Machine; cycle: Cycle } {
    const cycle = this.world.state.cycles.get(this.lease(id)?.cycle ?? assert.fail("it has no machine"));
    const machine = cycle?.vmId === undefined ? undefined : this.world.machines.get(cycle.vmId);
    if (cycle === undefined || machine === undefined) return assert.fail("there is no machine");
    return { machine, cycle };
  }

  /** The next call of this name goes so. */
  next(call: string, fate: Fate): void {
    this.world.fate = (effect) => {
      if (effect.call !== call) return "ok";
      this.world.fate = () => "ok";
      return fate;
    };
  }

  /** Every call of this name goes so. */
  always(call: string, fate: Fate): void {
    this.world.fate = (effect) => effect.call === call ? fate : "ok";
  }

  cause(id: LeaseId): string | undefined {
    const ended = this.world.events.find((event) => event.type === "lease.ended" && event.data.lease === id);
    return ended?.type === "lease.ended" ? ended.data.cause : undefined;
  }

  /** When it ends by itself, from now. */
  left(id: LeaseId): Ms {
    const lease = this.lease(id) ?? assert.fail("it has ended");
    const { state, turns, now } = this.world;
    return leaseEnd(state, lease, turns.view.touches.get(id)).at - now;
  }
}
