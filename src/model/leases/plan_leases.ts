/** What becomes of a pool's leases now: which end, which lost their machine, and who gets the next free one. */
import { cordonOf } from "../maintenance.ts";
import { type CycleId, type Ms, slotId } from "../ids.ts";
import type { Phase } from "../phases.ts";
import type { Emit } from "../plan.ts";
import { type Cycle, isLive, type State } from "../state.ts";
import type { View } from "../view.ts";
import { type Lease, leaseEnd, nextInLine, type Origin } from "./lease.ts";

/** What came of it. Events are folded already. */
export interface PlannedLeases {
  readonly events: number;
  /** Machines that are to be looked at. */
  readonly changed: ReadonlySet<CycleId>;
  /** When to look again at the latest. */
  readonly nextAt: Ms | undefined;
}

/** Phases on the way from a chosen machine to its holder. */
const ON_THE_WAY: ReadonlySet<Phase> = new Set(["standby", "resuming", "waiting", "online"]);

class Leases {
  readonly #s: State;
  readonly #v: View;
  readonly #pool: string;
  readonly #now: Ms;
  readonly #emit: Emit;
  readonly changed = new Set<CycleId>();
  events = 0;
  nextAt: Ms | undefined;

  constructor(s: State, v: View, pool: string, now: Ms, emit: Emit) {
    this.#s = s;
    this.#v = v;
    this.#pool = pool;
    this.#now = now;
    this.#emit = emit;
  }

  run(): void {
    for (const lease of [...this.#s.leases.values()]) if (lease.pool === this.#pool) this.#look(lease);
    this.#serve();
    for (const lease of this.#s.leases.values()) if (lease.pool === this.#pool) this.#remember(lease);
  }

  #event(...args: Parameters<Emit>): void {
    this.#emit(...args);
    this.events++;
  }

  #end({ id: lease, cycle, release }: Lease, cause: string): void {
    this.#event({
      type: "lease.ended",
      data: { lease, cause, release, ...(cycle === undefined ? {} : { cycle }) },
    });
    this.#v.touches.delete(lease);
    if (cycle !== undefined) this.changed.add(cycle);
  }

  #look(lease: Lease): void {
    switch (lease.state) {
      case "queued":
        if (this.#now >= lease.waitUntil) this.#end(lease, "no machine was free in time");
        return;
      case "starting":
        return this.#lookAtStarting(lease);
      case "active":
        return this.#lookAtActive(lease);
      default:
        return lease.state satisfies never;
    }
  }

  #lookAtStarting(lease: Lease): void {
    const cycle = this.#machineOf(lease);
    if (cycle !== undefined && ON_THE_WAY.has(cycle.phase)) return;
    const data = {
      lease: lease.id,
      cycle: lease.cycle as CycleId,
      cause: cycle?.cause ?? "it did not go on",
    };
    this.#event({ type: "lease.moved", data });
    this.changed.add(data.cycle);
    if (this.#now >= lease.waitUntil) this.#end(lease, "no machine was ready in time");
  }

  #lookAtActive(lease: Lease): void {
    if (this.#machineOf(lease)?.phase !== "claimed") return this.#end(lease, "its machine was lost");
    const { at, cause } = leaseEnd(this.#s, lease, this.#v.touches.get(lease.id));
    if (this.#now >= at) this.#end(lease, cause);
  }

  /** The machine that is this lease's, and no other's. */
  #machineOf({ id, cycle }: Lease): Cycle | undefined {
    const machine = cycle === undefined ? undefined : this.#s.cycles.get(cycle);
    return machine?.lease === id && isLive(machine) ? machine : undefined;
  }

  /** Whoever is next gets a machine that runs, else one that is saved; where neither is, they wait. */
  #serve(): void {
    if (cordonOf(this.#s, this.#pool)?.drain === true) return;
    for (;;) {
      const lease = nextInLine(this.#s, this.#pool);
      const free = lease === undefined ? undefined : this.#free();
      if (lease === undefined || free === undefined) return;
      const { cycle, origin } = free;
      this.#event({ type: "lease.assigned", data: { lease: lease.id, cycle: cycle.id, origin } });
      this.changed.add(cycle.id);
    }
  }

  #free(): { cycle: Cycle; origin: Origin } | undefined {
    const { size = 0 } = this.#s.pools.get(this.#pool)?.settings ?? {};
    let saved: Cycle | undefined;
    for (let slot = 1; slot <= size; slot++) {
      const live = this.#s.slots.get(slotId(this.#pool, slot))?.live;
      const cycle = live === undefined ? undefined : this.#s.cycles.get(live);
      if (cycle === undefined || cycle.lease !== undefined || cycle.used) continue;
      if (cycle.phase === "online") return { cycle, origin: "hot" };
      const proven = cycle.phase === "standby" && cycle.clean && cycle.proven === this.#v.vms?.bootId;
      if (proven && cycle.op === undefined) saved ??= cycle;
    }
    return saved === undefined ? undefined : { cycle: saved, origin: "standby" };
  }

  /** The earliest time at which something ends by itself. */
  #remember(lease: Lease): void {
    const at = lease.state === "active"
      ? leaseEnd(this.#s, lease, this.#v.touches.get(lease.id)).at
      : lease.waitUntil;
    if (at > this.#now && (this.nextAt === undefined || at < this.nextAt)) this.nextAt = at;
  }
}

/** Plans until nothing is left to do or everybody waits. */
export function planLeases(s: State, v: View, pool: string, now: Ms, emit: Emit): PlannedLeases {
  const leases = new Leases(s, v, pool, now, emit);
  leases.run();
  const { events, changed, nextAt } = leases;
  return { events, changed, nextAt };
}
