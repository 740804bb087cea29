/** An agent pool on a simulated host, with holders and an operator who asks for things by name. */
import assert from "node:assert/strict";
import { prepareMaintenance } from "../../src/controller/maintenance_request.ts";
import type { Command } from "../../src/model/decide.ts";
import type { Event } from "../../src/model/events.ts";
import type { Lease, LeaseChange, LeaseId, Release } from "../../src/model/leases/lease.ts";
import type { AgentSettings, PoolSettings, Quota } from "../../src/model/settings.ts";
import type { Cycle } from "../../src/model/state.ts";
import type { MaintenanceAnswer, MaintenanceRequest } from "../../src/ports/operations.ts";
import type { HostTruth } from "../../src/simulator/host_truth.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { HOUR, MINUTE, POOL } from "./settings.ts";

/** What a lease lasts, and how long a holder may be silent. */
const LASTS = { idleMs: HOUR, totalMs: 4 * HOUR } as const;

/** What agent pools of tests are like. */
export const AGENT: AgentSettings = { desktop: false, addressless: true, ...LASTS };

/** What is not as in every other. */
export interface OperatedOptions extends Partial<PlantOptions> {
  readonly quotas?: readonly Quota[];
}

/** One pool of desktops, its holders and its operator. */
export class OperatedPlant {
  readonly plant: Plant;
  readonly events: Event[] = [];
  #leases = 0;

  constructor(pool: Partial<PoolSettings> = {}, { quotas = [], ...options }: OperatedOptions = {}) {
    this.plant = new Plant({
      seed: 1,
      controllers: 1,
      slots: 3,
      hints: true,
      memoryMb: 65_536,
      pool: {
        kind: "agent",
        recycle: "restore",
        hot: 0,
        scope: "" as PoolSettings["scope"],
        agent: AGENT,
        ...pool,
      },
      onTurn: ({ events }) => this.events.push(...events),
      ...options,
    });
    this.controller.settings = { ...this.controller.settings, quotas };
    this.plant.start();
  }

  /** All machines are ready. */
  static ready(pool: Partial<PoolSettings> = {}, options: OperatedOptions = {}): OperatedPlant {
    const there = new OperatedPlant(pool, options);
    there.until("all machines are ready", () => {
      const cycles = there.cycles();
      return cycles.length === (options.slots ?? 3) &&
        cycles.every(({ phase, op }) => (phase === "standby" || phase === "online") && op === undefined);
    });
    there.events.length = 0;
    return there;
  }

  get controller(): Plant["first"]["controller"] {
    return this.plant.first.controller;
  }

  get state(): NonNullable<Plant["first"]["controller"]["state"]> {
    return this.controller.state ?? assert.fail("the controller is not running");
  }

  /** Live machines, by their slot. */
  cycles(): Cycle[] {
    return this.plant.cyclesOf(this.plant.first)
      .filter(({ phase }) => phase !== "retiring" && phase !== "quarantined")
      .toSorted((a, b) => a.slot - b.slot);
  }

  /** The machine that fills a slot. */
  machine(slot = 1): Cycle {
    return this.cycles().find((cycle) => cycle.slot === slot) ?? assert.fail(`nothing fills slot ${slot}`);
  }

  /** What the host knows of a machine. */
  truth({ vmId }: Cycle): HostTruth["vms"][number] {
    const truth = this.plant.first.host.truth().vms.find(({ id }) => id === vmId);
    return truth ?? assert.fail(`the host has no VM ${vmId}`);
  }

  until(what: string, condition: () => boolean, withinMs = 30 * MINUTE): void {
    if (this.plant.advanceUntil(condition, withinMs)) return;
    const machines = this.cycles().map(({ id, phase, op }) => {
      return `${id} ${phase} ${op?.call ?? ""} ${this.controller.view?.why.get(id) ?? ""}`;
    });
    assert.fail(`${what}: not in time. ${machines.join("; ")}`);
  }

  /** Hands a command in. */
  command(command: Command): void {
    this.controller.push({ type: "command", command });
    this.plant.advance(0);
  }

  acquire(holder: string, more: { release?: Release } = {}): LeaseId {
    const lease = `l-${String(++this.#leases).padStart(26, "0")}` as LeaseId;
    this.command({
      type: "lease.acquire",
      lease,
      pool: POOL,
      holder,
      priority: 0,
      labels: {},
      waitMs: HOUR,
      ...LASTS,
      release: "reset",
      onIdle: "release",
      keepMs: HOUR,
      source: holder,
      ...more,
    });
    return lease;
  }

  lease(id: LeaseId): Lease | undefined {
    return this.state.leases.get(id);
  }

  /** A lease that has its machine. */
  hold(holder: string, more: { release?: Release } = {}): { lease: LeaseId; cycle: Cycle } {
    const lease = this.acquire(holder, more);
    this.until(`${holder} has a machine`, () => this.lease(lease)?.state === "active");
    const cycle = this.lease(lease)?.cycle;
    return { lease, cycle: this.cycles().find(({ id }) => id === cycle) ?? assert.fail("no machine") };
  }

  release(lease: LeaseId, release: Release = "reset"): void {
    this.command({ type: "lease.release", lease, release, cause: "done", source: "holder" });
  }

  change(lease: LeaseId, change: LeaseChange): void {
    this.command({ type: "lease.change", lease, change, source: "holder" });
  }

  /** Asks for something as an operator would, and answers what is answered. */
  ask(request: { action: string; vm: string; force?: boolean }): MaintenanceAnswer {
    const { answer, command } = prepareMaintenance(
      this.state,
      { ...request, source: "ann" } as MaintenanceRequest,
      this.plant.timeline.now,
    );
    if (command !== undefined) this.command(command);
    return answer;
  }

  /** Types of events so far of one machine. */
  types(cycle: Cycle): string[] {
    return this.events.filter(({ data }) => "cycle" in data && data.cycle === cycle.id).map(({ type }) =>
      type
    );
  }
}
