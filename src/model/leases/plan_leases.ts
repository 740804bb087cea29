/** What becomes of a pool's leases now: which end, which lost their machine, and who gets the next free one. */
import { waitForMemory } from "../admission.ts";
import { cordonOf } from "../maintenance.ts";
import { type CycleId, type Ms, slotId } from "../ids.ts";
import type { Phase } from "../phases.ts";
import type { Emit } from "../plan.ts";
import { type Cycle, isLive, type State } from "../state.ts";
import { leasesKey, type View } from "../view.ts";
import { poolFor } from "../rollout.ts";
import { lackNow } from "../rules/ready.ts";
import { unwanted } from "../rules/step.ts";
import { isAgentPool, isHolding, type Lease, leaseEnd, nextInLine, type Origin } from "./lease.ts";
import { lastSign } from "./last_sign.ts";
import { originOf } from "./origin.ts";
import { quotaAllows } from "./quotas.ts";

const NOT_FREE = "no machine was free in time";
const NOT_IN_TIME = "no machine was ready in time";

/** What came of it. Events are folded already. */
export interface PlannedLeases {
  readonly events: number;
  /** Machines that are to be looked at. */
  readonly changed: ReadonlySet<CycleId>;
  /** When to look again at the latest. */
  readonly nextAt: Ms | undefined;
}

/** Phases on the way from a chosen machine to its holder. */
const ON_THE_WAY: ReadonlySet<Phase> = new Set(["standby", "resuming", "waiting", "online", "claimed"]);

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
    for (const lease of this.#ofPool()) this.#look(lease);
    this.#serve();
    for (const lease of this.#ofPool()) this.#giveUp(lease);
    for (const lease of this.#ofPool()) this.#remember(lease);
  }

  #ofPool(): Lease[] {
    return [...this.#s.leases.values()].filter(({ pool }) => pool === this.#pool);
  }

  #event(...args: Parameters<Emit>): void {
    this.#emit(...args);
    this.events++;
  }

  #end(lease: Lease, cause: string): void {
    const { id, cycle, release, keepMs } = lease;
    const machine = cycle === undefined ? {} : { cycle };
    const parks = (release === "save" || release === "keep") && lease.state !== "queued" &&
      this.#machineOf(lease)?.phase === "claimed";
    const until = parks ? { until: this.#now + keepMs } : {};
    this.#event({ type: "lease.ended", data: { lease: id, cause, release, ...machine, ...until } });
    this.#v.touches.delete(id);
    if (cycle !== undefined) this.changed.add(cycle);
  }

  #look(lease: Lease): void {
    switch (lease.state) {
      case "queued":
        // Whoever wants one now or not at all is served first.
        if (this.#now > lease.waitUntil) this.#end(lease, this.#notFree(lease));
        return;
      case "starting":
        return this.#lookAtStarting(lease);
      case "active":
      case "changing":
      case "paused":
        return this.#lookAtHeld(lease);
      default:
        return lease.state satisfies never;
    }
  }

  /** Of whoever has used up a quota that is the reason, whatever was free; else what machines of the pool lack. */
  #notFree(lease: Lease): string {
    const quota = quotaAllows(this.#s, lease);
    if (quota !== undefined) return `${NOT_FREE} within its quota: ${quota}`;
    const room = this.#v.why.get(leasesKey(this.#pool));
    return room === undefined ? NOT_FREE : `${NOT_FREE}: ${room}`;
  }

  /** What is free at the last moment was given away. */
  #giveUp(lease: Lease): void {
    if (lease.state === "queued" && this.#now >= lease.waitUntil) this.#end(lease, this.#notFree(lease));
  }

  #lookAtStarting(lease: Lease): void {
    const cycle = this.#machineOf(lease);
    if (cycle !== undefined && ON_THE_WAY.has(cycle.phase)) {
      // The host has no room for the machine, say: whoever asked does not wait for it for ever.
      if (this.#now >= this.#startBy(lease) && !isOnItsWay(cycle)) this.#end(lease, NOT_IN_TIME);
      return;
    }
    const data = {
      lease: lease.id,
      cycle: lease.cycle as CycleId,
      cause: cycle?.cause ?? "it did not go on",
    };
    this.#event({ type: "lease.moved", data });
    this.changed.add(data.cycle);
    if (this.#now >= lease.waitUntil) this.#end(lease, NOT_IN_TIME);
  }

  /** Once a machine was chosen it is given the time of a start, also where somebody wants it now or not at all. */
  #startBy({ waitUntil, assignedAt = 0 }: Lease): Ms {
    return Math.max(waitUntil, assignedAt + this.#s.settings.times.bootMs);
  }

  #lookAtHeld(lease: Lease): void {
    const machine = this.#machineOf(lease);
    if (machine?.phase !== "claimed") return this.#end(lease, "its machine was lost");
    const { at, cause, pause } = leaseEnd(this.#s, lease, lastSign(this.#v, lease.id, this.#now));
    if (this.#now < at) return;
    if (pause !== true) return this.#end(lease, cause);
    const data = { lease: lease.id, cycle: machine.id, change: { kind: "pause" } } as const;
    this.#event({ type: "lease.changing", data });
    this.changed.add(machine.id);
  }

  /** The machine that is this lease's, and no other's. */
  #machineOf({ id, cycle }: Lease): Cycle | undefined {
    const machine = cycle === undefined ? undefined : this.#s.cycles.get(cycle);
    return machine?.lease === id && isLive(machine) ? machine : undefined;
  }

  /**
   * Whoever has a machine parked gets that one, before everybody else's turn: nobody else can have it. Then whoever is
   * next gets a machine that runs, else one that is saved; where neither is, they wait.
   */
  #serve(): void {
    this.#v.why.delete(leasesKey(this.#pool));
    if (cordonOf(this.#s, this.#pool)?.drain === true) return;
    for (;;) {
      const pair = parkedFor(this.#s, this.#pool, this.#now);
      if (pair === undefined) break;
      const { lease, cycle } = pair;
      this.#event({
        type: "lease.assigned",
        data: { lease: lease.id, cycle: cycle.id, origin: "restored" },
      });
      this.changed.add(cycle.id);
    }
    for (;;) {
      const lease = nextInLine(this.#s, this.#pool);
      const free = lease === undefined ? undefined : this.#free(lease);
      if (lease === undefined || free === undefined) return;
      const { cycle, origin } = free;
      this.#event({ type: "lease.assigned", data: { lease: lease.id, cycle: cycle.id, origin } });
      this.changed.add(cycle.id);
    }
  }

  #free(lease: Lease): { cycle: Cycle; origin: Origin } | undefined {
    const { size = 0 } = this.#s.pools.get(this.#pool)?.settings ?? {};
    let saved: Cycle | undefined;
    // It runs, but its address or its desktop went away: it may come back sooner than another one is there.
    let lacking: Cycle | undefined;
    for (let slot = 1; slot <= size; slot++) {
      const live = this.#s.slots.get(slotId(this.#pool, slot))?.live;
      const cycle = live === undefined ? undefined : this.#s.cycles.get(live);
      if (cycle === undefined || cycle.lease !== undefined || cycle.used) continue;
      if (cycle.phase === "online") {
        const facts = { s: this.#s, v: this.#v, cycle, now: this.#now, pool: poolFor(this.#s, cycle) };
        if (lackNow(facts) === undefined) return { cycle, origin: originOf(lease, cycle) };
        lacking ??= cycle;
      }
      const proven = cycle.phase === "standby" && cycle.clean && cycle.proven === this.#v.vms?.bootId;
      if (proven && cycle.op === undefined) saved ??= cycle;
    }
    const room = saved === undefined ? undefined : waitForMemory(this.#s, this.#v, saved, "queued");
    const chosen = room === undefined ? saved ?? lacking : lacking;
    if (chosen !== undefined) return { cycle: chosen, origin: originOf(lease, chosen) };
    if (room === undefined) return undefined;
    this.#v.why.set(leasesKey(this.#pool), room);
    this.#v.wantHost = true;
    return undefined;
  }

  #endsAt(lease: Lease): Ms {
    if (lease.state === "queued") return lease.waitUntil;
    if (lease.state === "starting") return this.#startBy(lease);
    return leaseEnd(this.#s, lease, lastSign(this.#v, lease.id, this.#now)).at;
  }

  /** The earliest time at which something ends by itself. */
  #remember(lease: Lease): void {
    const at = this.#endsAt(lease);
    if (at > this.#now && (this.nextAt === undefined || at < this.nextAt)) this.nextAt = at;
  }
}

/** Whether a chosen machine runs already, or is being started. */
function isOnItsWay({ phase, resumed, op }: Cycle): boolean {
  return resumed || op !== undefined || phase === "waiting" || phase === "online";
}

/** A lease that waits, with the machine that is parked for its holder: of several, the one that is given up first. */
function parkedFor(s: State, pool: string, now: Ms): { lease: Lease; cycle: Cycle } | undefined {
  const parked = [...s.claimed].flatMap((id) => {
    const cycle = s.cycles.get(id);
    const waits = cycle?.pool === pool && cycle.lease === undefined && (cycle.parked?.until ?? 0) > now;
    return cycle !== undefined && waits && unwanted({ s, cycle, pool: poolFor(s, cycle) }) === undefined
      ? [cycle]
      : [];
  });
  if (parked.length === 0) return undefined;
  parked.sort((a, b) => (a.parked?.until ?? 0) - (b.parked?.until ?? 0));
  for (const lease of s.leases.values()) {
    if (lease.pool !== pool || lease.state !== "queued") continue;
    const cycle = parked.find((one) => one.parked?.holder === lease.holder);
    if (cycle !== undefined && quotaAllows(s, lease, cycle) === undefined) return { lease, cycle };
  }
  return undefined;
}

/**
 * Ends leases of pools that are no agent pools any more, but for those whose holders have a machine: that is left to
 * them. Returns the machines of the others.
 */
export function endPoolless(s: State, v: View, emit: Emit): CycleId[] {
  const machines: CycleId[] = [];
  for (const { id: lease, pool: name, cycle, state } of [...s.leases.values()]) {
    const pool = s.pools.get(name);
    if (pool !== undefined && isAgentPool(pool.settings)) continue;
    if (s.gone.has(name) && isHolding({ state })) continue;
    const cause = `its pool ${name} is not configured any more`;
    const machine = cycle === undefined ? {} : { cycle };
    emit({ type: "lease.ended", data: { lease, cause, release: "destroy", ...machine } });
    v.touches.delete(lease);
    if (cycle !== undefined) machines.push(cycle);
  }
  return machines;
}

/** Plans until nothing is left to do or everybody waits. */
export function planLeases(s: State, v: View, pool: string, now: Ms, emit: Emit): PlannedLeases {
  const leases = new Leases(s, v, pool, now, emit);
  leases.run();
  const { events, changed, nextAt } = leases;
  return { events, changed, nextAt };
}
