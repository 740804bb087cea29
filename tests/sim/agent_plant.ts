/** A plant with one pool of agents, and what its leases show. */
import assert from "node:assert/strict";
import { freshAddress } from "../../src/model/guest_address.ts";
import type { Ms, ScopeKey } from "../../src/model/ids.ts";
import type { Lease, LeaseId } from "../../src/model/leases/lease.ts";
import type { AgentSettings, PoolSettings, Settings } from "../../src/model/settings.ts";
import type { Cycle } from "../../src/model/state.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { HOUR, MINUTE, POOL } from "./settings.ts";

/** What an agent pool is like here. */
export interface AgentPlantOptions extends Partial<PlantOptions> {
  readonly pool?: Partial<PoolSettings>;
  readonly agent?: Partial<AgentSettings>;
  readonly rest?: Partial<Settings>;
}

/** One controller whose only pool has agents. */
export class AgentPlant {
  readonly plant: Plant;
  #leases = 0;

  constructor({ pool, agent, rest, ...options }: AgentPlantOptions = {}) {
    this.plant = new Plant({
      seed: 1,
      controllers: 1,
      slots: 2,
      hints: true,
      ...options,
      pool: {
        kind: "agent",
        recycle: "restore",
        hot: 1,
        scope: "" as ScopeKey,
        ...pool,
        agent: { desktop: false, idleMs: HOUR, totalMs: 2 * HOUR, ...agent },
      },
    });
    const { controller } = this.plant.first;
    controller.settings = { ...controller.settings, ...rest };
    this.plant.start();
  }

  /** Asks for a machine. */
  acquire(waitMs: Ms = HOUR): LeaseId {
    const lease = `l-${String(++this.#leases).padStart(26, "0")}` as LeaseId;
    this.plant.first.controller.push({
      type: "command",
      command: {
        type: "lease.acquire",
        lease,
        pool: POOL,
        holder: `holder-${this.#leases}`,
        priority: 0,
        labels: {},
        waitMs,
        idleMs: HOUR,
        totalMs: 2 * HOUR,
        onIdle: "release",
        keepMs: HOUR,
        release: "reset",
        source: "test",
      },
    });
    return lease;
  }

  release(lease: LeaseId): void {
    const command = {
      type: "lease.release",
      lease,
      release: "reset",
      cause: "done",
      source: "test",
    } as const;
    this.plant.first.controller.push({ type: "command", command });
  }

  /** Has its machine paused, or go on. */
  change(lease: LeaseId, kind: "pause" | "resume"): void {
    const command = { type: "lease.change", lease, change: { kind }, source: "test" } as const;
    this.plant.first.controller.push({ type: "command", command });
  }

  lease(id: LeaseId): Lease | undefined {
    return this.plant.first.controller.state?.leases.get(id);
  }

  /** Its holder has a machine within so long. */
  granted(id: LeaseId, withinMs: Ms = 10 * MINUTE): boolean {
    return this.plant.advanceUntil(() => this.lease(id)?.state === "active", withinMs);
  }

  /** Machines in a phase. */
  inPhase(phase: Cycle["phase"]): Cycle[] {
    return this.plant.cyclesOf(this.plant.first).filter((cycle) => cycle.phase === phase);
  }

  /** So many run and are ready, and so many are saved, within so long. */
  assertReady(online: number, standby: number, withinMs: Ms = HOUR): void {
    const so = () => this.inPhase("online").length === online && this.inPhase("standby").length === standby;
    const came = this.plant.advanceUntil(so, withinMs);
    const phases = this.plant.cyclesOf(this.plant.first).map(({ id, phase }) =>
      `${id} ${phase}: ${this.why(id)}`
    );
    assert.ok(came, `not ${online} ready and ${standby} saved, but ${phases.join(", ")}`);
  }

  /** What something waits for. */
  why(key: string): string {
    return this.plant.first.controller.view?.why.get(key) ?? "";
  }

  /** The address that the holder is told, and where the machine is. */
  addresses(id: LeaseId): { told: string | undefined; truth: string | null | undefined } {
    const { controller, host } = this.plant.first;
    const machine = controller.state?.cycles.get(this.lease(id)?.cycle ?? "" as Cycle["id"]);
    assert.ok(machine !== undefined && controller.view !== undefined);
    return {
      told: freshAddress(controller.view, machine),
      truth: host.truth().vms.find((vm) => vm.id === machine.vmId)?.address,
    };
  }

  /** How far the clock of the holder's machine is behind the host's. */
  clockBehindMs(id: LeaseId): Ms | null | undefined {
    const { controller, host } = this.plant.first;
    const machine = controller.state?.cycles.get(this.lease(id)?.cycle ?? "" as Cycle["id"]);
    return host.truth().vms.find((vm) => vm.id === machine?.vmId)?.clockBehindMs;
  }

  /** Memory of everything that runs on the host. */
  usedMb(): number {
    const { memoryMb } = this.plant.settings.pools[0]?.template ?? { memoryMb: 0 };
    const ours = this.plant.first.host.truth().vms.filter(({ foreign, power }) => {
      return !foreign && power !== "off" && power !== "saved" && power !== "absent";
    });
    return ours.length * memoryMb;
  }
}
