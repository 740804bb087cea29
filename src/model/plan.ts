/**
 * `plan`: compares what is with what is wanted and takes the next steps, until nothing is left to look at or
 * everything waits. Synchronous and without a clock: time comes in.
 */
import { type Lane, OPERATIONS } from "./calls.ts";
import { waitForDisk, waitForMemory } from "./admission.ts";
import { argumentsOf, type Effect, registrationName } from "./effects.ts";
import type { Event, NewEvent } from "./events.ts";
import { failure, resumeFailed } from "./failures.ts";
import { handOver } from "./hand_over.ts";
import { type CycleId, cycleId, type Ms, type OpId, slotId } from "./ids.ts";
import { jobEnded, jobStarted } from "./jobs.ts";
import { isAgentPool } from "./leases/lease.ts";
import { leaseEvents } from "./leases/lease_events.ts";
import { endPoolless, planLeases } from "./leases/plan_leases.ts";
import { nextStep } from "./lifecycle.ts";
import { cordonOf, cordonText, keptInstead } from "./maintenance.ts";
import { isKeptOff, isOff, isWantedOn } from "./off_machines.ts";
import type { Phase } from "./phases.ts";
import { beginPreparation, interrupted, refreshOf } from "./preparation.ts";
import { FAILURES_TO_REVERT, generationToMake, machinesOf, poolFor, rolloutWidth } from "./rollout.ts";
import { hotWanted } from "./rules/lease.ts";
import { type Facts, type Step, type Wait, wait } from "./rules/step.ts";
import { RETIRING_PER_SLOT } from "./settings.ts";
import { type Cycle, isBooting, isLive, type Pool, type State } from "./state.ts";
import type { PreparationWanted } from "./templates.ts";
import { type GuestSeen, powerOf, type View } from "./view.ts";
import { forget, type Work } from "./work.ts";

/** What one run of `plan` brought. Its events are already folded into the draft. */
export interface Planned {
  readonly effects: Effect[];
  /** When to look again: cycle ids and `pool/<name>`. Each is in the future. */
  readonly wakes: Map<string, Ms>;
}

/** Writes an event into the turn and folds it into the draft. */
export type Emit = (event: NewEvent) => Event;

/** More steps than a cycle can take in one turn: a rule that goes in circles. */
const STEPS = 20;

/** Phases in which a machine is what its pool wants it to be. */
const READY: ReadonlySet<Phase> = new Set(["standby", "online", "claimed"]);

/** Whether a machine is what its pool wants it to be. */
function isSettled(pool: Pool, cycle: Cycle): boolean {
  return READY.has(cycle.phase) || isOff(cycle, pool);
}

function takesPlace(cycle: Cycle, lane: Lane): boolean {
  if (cycle.op !== undefined && OPERATIONS[cycle.op.call].lane === lane) return true;
  return lane === "boot" && isBooting(cycle);
}

/** Of those who wait, one whose pool has the fewest places; of these the first who came. */
function fairest(
  s: State,
  waiting: ReadonlySet<CycleId>,
  places: ReadonlyMap<string, number>,
): CycleId | undefined {
  let best: CycleId | undefined;
  let least = Infinity;
  for (const id of waiting) {
    const count = places.get(s.cycles.get(id)?.pool ?? "") ?? 0;
    if (count === 0) return id;
    if (count < least) [best, least] = [id, count];
  }
  return best;
}

class Planner {
  readonly #s: State;
  readonly #v: View;
  readonly #now: Ms;
  readonly #work: Work;
  readonly #emit: Emit;
  readonly effects: Effect[] = [];
  readonly wakes: Map<string, Ms> = new Map();

  constructor(s: State, v: View, now: Ms, work: Work, emit: Emit) {
    this.#s = s;
    this.#v = v;
    this.#now = now;
    this.#work = work;
    this.#emit = emit;
  }

  run(): void {
    const { cycles, pools } = this.#work;
    for (const id of endPoolless(this.#s, this.#v, this.#emit)) cycles.add(id);
    for (const name of this.#s.gone.keys()) pools.add(name);
    const again = this.#s.preparation === undefined ? interrupted(this.#s) : undefined;
    if (again !== undefined) this.#prepare(again);
    do {
      for (const id of cycles) {
        cycles.delete(id);
        this.#cycle(id);
      }
      for (const name of pools) {
        pools.delete(name);
        this.#pool(name);
      }
      this.#admitWaiters();
    } while (cycles.size > 0 || pools.size > 0);
  }

  /** Takes steps with one cycle until it waits, has an operation in flight, or is gone. */
  #cycle(id: CycleId): void {
    forget(this.#work, id);
    for (let steps = 0; steps < STEPS; steps++) {
      const cycle = this.#s.cycles.get(id);
      if (cycle === undefined) {
        this.#v.why.delete(id);
        this.#v.failures.delete(id);
        return;
      }
      if (cycle.op !== undefined) {
        this.#v.why.set(id, `waiting for ${cycle.op.call}`);
        return;
      }
      if (cycle.phase === "retiring" && cycle.vm === "none") this.#work.pools.add(cycle.pool);
      if (this.#s.stopping?.drain === false) return;
      const { power, wanted } = powerOf(this.#s, this.#v, cycle, this.#now);
      if (wanted === "list") this.#v.wantVms = true;
      if (wanted === "read" && cycle.vmId !== undefined) this.#v.wantReads.add(cycle.vmId);
      const facts = {
        s: this.#s,
        v: this.#v,
        cycle,
        now: this.#now,
        pool: poolFor(this.#s, cycle),
      };
      if (!this.#take(facts, nextStep(power, facts))) return;
    }
    throw new Error(`The rules go in circles over ${id}`);
  }

  /** Takes one step; true when the cycle is to be looked at again at once. */
  #take(facts: Facts, step: Step): boolean {
    const { cycle } = facts;
    if (step.step === "retire" || step.step === "recycle" || step.step === "fail") {
      // One that is given up while it runs may go on with its job: that ends with the machine.
      if (step.step !== "retire" || (step.reap ?? step.force) === undefined) {
        this.#jobEnded(cycle, step.cause);
      }
      const kept = keptInstead(cycle, step.cause);
      if (kept !== undefined) {
        this.#emit(kept);
        this.#work.pools.add(cycle.pool);
        return true;
      }
    }
    switch (step.step) {
      case "wait":
        this.#wait(cycle, step);
        return false;
      case "open":
        return this.#open(cycle, step.call);
      case "register":
        return this.#register(facts);
      case "enter": {
        if (step.phase === "sealing") this.#handOver(cycle, "it was not wanted yet");
        const proven = step.proven === undefined ? {} : { proven: step.proven };
        this.#emit({ type: "cycle.phase", data: { cycle: cycle.id, phase: step.phase, ...proven } });
        if (step.phase === "online" || step.phase === "claimed") this.#recovered(cycle.pool);
        if (step.phase === "claimed") this.#granted(cycle);
        const started = step.phase === "claimed" ? jobStarted(this.#s, cycle) : undefined;
        if (started !== undefined) this.#emit(started);
        // Another one is resumed in place of one that has a job now, or that did not come so far.
        if (step.phase === "claimed" || step.phase === "sealing") this.#work.pools.add(cycle.pool);
        // The next of the old generation goes when one of the new is ready.
        const awaited = facts.pool?.rollout !== undefined || facts.pool?.settings.kind === "agent";
        if (READY.has(step.phase) && awaited) this.#work.pools.add(cycle.pool);
        return true;
      }
      case "recycle":
        this.#handOver(cycle, step.cause);
        this.#emit({ type: "cycle.recycled", data: { cycle: cycle.id, cause: step.cause } });
        this.#work.pools.add(cycle.pool);
        return true;
      case "resumeFailed":
        this.#emit(resumeFailed(this.#s, cycle, step.cause, step.message, this.#now));
        this.#work.pools.add(cycle.pool);
        return true;
      case "retire": {
        const { reap, force } = step;
        const more = { ...(reap === true ? { reap } : {}), ...(force === true ? { force } : {}) };
        this.#emit({ type: "cycle.retired", data: { cycle: cycle.id, cause: step.cause, ...more } });
        this.#work.pools.add(cycle.pool);
        return true;
      }
      case "fail":
        this.#emit(failure(this.#s, cycle, step.cause, step.message, this.#now));
        this.#work.pools.add(cycle.pool);
        return true;
      case "gone":
        this.#forgetVm(cycle);
        this.#emit({ type: "vm.gone", data: { cycle: cycle.id } });
        return true;
      case "missing":
        if (cycle.runner !== undefined) {
          this.#emit({ type: "runner.missing", data: { cycle: cycle.id, name: cycle.runner.name } });
        }
        return true;
      case "named":
        if (cycle.job !== undefined) {
          this.#emit({ type: "job.named", data: { job: cycle.job.name, cycle: cycle.id, ...step.said } });
        }
        return true;
      case "hold": {
        const until = this.#now + step.forMs;
        const data = { cycle: cycle.id, until, source: "hold_on_failure", reason: step.reason };
        this.#emit({ type: "cycle.hold", data });
        return true;
      }
      case "exited":
        this.#exited(cycle, step.guest);
        return true;
      case "granted":
      case "changed":
      case "unchanged":
      case "found":
      case "lost":
        for (const event of leaseEvents(this.#s, cycle, step)) this.#emit(event);
        this.#work.pools.add(cycle.pool);
        return true;
      case "end":
        this.#jobEnded(cycle, cycle.cause ?? "its machine was removed");
        this.#emit({ type: "cycle.ended", data: { cycle: cycle.id } });
        this.#v.secrets.delete(cycle.id);
        this.#work.pools.add(cycle.pool);
        return true;
      default:
        return step satisfies never;
    }
  }

  #granted({ id, lease }: Cycle): void {
    if (lease !== undefined) this.#emit({ type: "lease.granted", data: { lease, cycle: id } });
  }

  #jobEnded(cycle: Cycle, cause: string): void {
    const ended = jobEnded(cycle, cause);
    if (ended !== undefined) this.#emit(ended);
    this.#v.jobs.delete(cycle.id);
  }

  #exited(cycle: Cycle, { use, exit, error, runner: version }: GuestSeen): void {
    const said = {
      ...(exit === undefined ? {} : { exit }),
      ...(error === undefined ? {} : { error }),
      ...(version === undefined ? {} : { version }),
    };
    const name = cycle.runner?.name ?? "";
    this.#emit({ type: "runner.exited", data: { cycle: cycle.id, name, use, ...said } });
  }

  #forgetVm({ vmId }: Cycle): void {
    if (vmId === undefined) return;
    this.#v.reads.delete(vmId);
    this.#v.guests.delete(vmId);
    this.#v.probes.delete(vmId);
    this.#v.wantProbes.delete(vmId);
    this.#v.wantReads.delete(vmId);
  }

  #wait(cycle: Cycle, { why, reading, until }: Wait): void {
    this.#v.why.set(cycle.id, why);
    if (reading !== undefined) this.#work.readings[reading].add(cycle.id);
    if (reading === "guest") this.#work.readings.runners.add(cycle.id);
    // Whoever is waited for by somebody is not to wait for the next routine reading.
    if (reading === "host" && cycle.lease !== undefined) this.#v.wantHost = true;
    if (reading === "probe" && cycle.vmId !== undefined) {
      this.#v.wantProbes.add(cycle.vmId);
      this.#work.readings.guest.add(cycle.id);
    }
    if (reading === "jobs" && !this.#v.jobs.has(cycle.id)) {
      this.#v.jobs.set(cycle.id, { since: this.#now });
    }
    if (until !== undefined) this.#wake(cycle.id, until);
  }

  #wake(key: string, at: Ms): void {
    if (!(at > this.#now)) throw new Error(`A wait for ${key} names ${at}, which is not in the future`);
    const old = this.wakes.get(key);
    if (old === undefined || at < old) this.wakes.set(key, at);
  }

  /** Where a lane has no place, the cycle waits in it; where the call must not be tried yet, for that time. */
  #blocked(cycle: Cycle, call: Effect["call"]): boolean {
    const { lane } = OPERATIONS[call];
    const startsMachine = call === "vm.start" || call === "vm.create" || call === "disk.createChild";
    if (cycle.retrying === call && cycle.notBefore > this.#now) {
      this.#v.why.set(cycle.id, whyTriedLater(cycle, call, this.#v.failures.get(cycle.id)));
      this.#wake(cycle.id, cycle.notBefore);
      return true;
    }
    if (startsMachine && this.#s.pausedUntil > this.#now) {
      this.#v.why.set(cycle.id, `waiting because the host has no room: ${this.#s.pauseCause ?? ""}`);
      this.#wake(cycle.id, this.#s.pausedUntil);
      return true;
    }
    if (!this.#hasPlace(lane)) {
      this.#v.why.set(cycle.id, `waiting for a place in lane ${lane}`);
      this.#work.lanes[lane].add(cycle.id);
      return true;
    }
    const room = call === "vm.start" ? waitForMemory(this.#s, this.#v, cycle) : undefined;
    if (room !== undefined) this.#wait(cycle, wait(room, { reading: "host" }));
    return room !== undefined;
  }

  #hasPlace(lane: Lane): boolean {
    const taken = this.#s.lanes[lane] + (lane === "boot" ? this.#s.booting : 0);
    return taken < this.#s.settings.lanes[lane];
  }

  #open(cycle: Cycle, call: Effect["call"]): boolean {
    if (this.#blocked(cycle, call)) return false;
    const args = argumentsOf(this.#s, this.#v, cycle, call);
    if (args === undefined) throw new Error(`Cannot open ${call} for ${cycle.id}: an argument is missing`);
    this.#start(cycle, call, args);
    return true;
  }

  #start(cycle: Cycle, call: Effect["call"], args: Effect["args"], runner?: Cycle["runner"]): void {
    const op = this.#s.nextOp as OpId;
    const named = runner === undefined
      ? {}
      : { runner: { name: runner.name, scope: runner.scope, use: runner.use } };
    const parent = call === "disk.createChild" ? { parent: String(args["parent"]) } : {};
    this.#emit({ type: "op.opened", data: { cycle: cycle.id, op, call, ...named, ...parent } });
    this.effects.push({ op, cycle: cycle.id, call, args });
  }

  /** Registers under the next use. What an earlier registration left at GitHub gets a record of its own. */
  #register({ cycle, pool }: Facts): boolean {
    if (pool === undefined) return false;
    if (this.#blocked(cycle, "runner.register")) return false;
    this.#handOver(cycle, "a registration that was replaced");
    const { scope } = pool.settings;
    const use = cycle.uses + 1;
    const name = registrationName(this.#s, cycle, pool.settings, use);
    const { group, labels, workFolder, registration = "jit" } = pool.settings;
    this.#start(cycle, "runner.register", { scope, name, group, labels, workFolder, registration }, {
      name,
      scope,
      use,
      registeredAt: this.#now,
    });
    return true;
  }

  #handOver(cycle: Cycle, cause: string): void {
    const { events, record } = handOver(this.#s, cycle, cause);
    for (const event of events) this.#emit(event);
    if (record !== undefined) this.#work.cycles.add(record);
  }

  #recovered(name: string): void {
    if (this.#s.pools.get(name)?.degraded === undefined) return;
    this.#emit({ type: "pool.recovered", data: { pool: name } });
    this.#work.pools.add(name);
  }

  /**
   * Whoever waits for a lane that has a place again is looked at: first those whose pool has the fewest places in it,
   * so that a pool whose calls and guests hang holds up nobody else; then first come, first served.
   */
  #admitWaiters(): void {
    for (const lane of Object.keys(this.#work.lanes) as Lane[]) {
      const waiting = this.#work.lanes[lane];
      if (waiting.size === 0 || !this.#hasPlace(lane)) continue;
      const places = this.#placesByPool(lane);
      while (waiting.size > 0 && this.#hasPlace(lane)) {
        const next = fairest(this.#s, waiting, places);
        if (next === undefined) break;
        this.#cycle(next);
        // It waits for this lane all the same: whoever gives up a place wakes it.
        if (waiting.has(next)) break;
        const cycle = this.#s.cycles.get(next);
        if (cycle !== undefined && takesPlace(cycle, lane)) {
          places.set(cycle.pool, (places.get(cycle.pool) ?? 0) + 1);
        }
      }
    }
  }

  /** How many places of a lane each pool has. Nobody asks where there is one pool. */
  #placesByPool(lane: Lane): Map<string, number> {
    const places = new Map<string, number>();
    if (this.#s.pools.size <= 1) return places;
    for (const cycle of this.#s.cycles.values()) {
      if (takesPlace(cycle, lane)) places.set(cycle.pool, (places.get(cycle.pool) ?? 0) + 1);
    }
    return places;
  }

  /** Fills the slots of a pool. */
  #pool(name: string): void {
    const pool = this.#s.pools.get(name);
    if (this.#s.stopping !== undefined) return;
    const isLeased = pool !== undefined && isAgentPool(pool.settings);
    if (isLeased || this.#s.gone.has(name)) this.#leases(name);
    if (pool === undefined) return;
    const why = this.#cannotFill(pool);
    if (why !== undefined) {
      this.#v.why.set(`pool/${name}`, why);
      // What is wrong with new settings must not take away what ran before them.
      if (pool.rollout === undefined) {
        // Machines that are there are proven: what keeps others from being made does not keep these from being resumed.
        if (cordonOf(this.#s, name) === undefined) this.#resumeSome(pool);
        return;
      }
    } else {
      this.#v.why.delete(`pool/${name}`);
      this.#rollOut(pool);
    }
    const cordon = cordonOf(this.#s, name);
    if (cordon !== undefined) {
      this.#v.why.set(`pool/${name}`, cordonText(cordon));
      return;
    }
    if (why === undefined) this.#refresh(pool);
    this.#resumeSome(pool);
    this.#startSome(pool);
    const counts = this.#count(pool);
    this.#degrade(pool, counts.failing);
    let starting = counts.starting;
    for (let slot = 1; slot <= pool.settings.size; slot++) {
      const known = this.#s.slots.get(slotId(name, slot));
      if (known?.live !== undefined) continue;
      if (pool.degraded !== undefined && starting >= 1) {
        this.#v.why.set(`pool/${name}`, `degraded, one machine at a time: ${pool.degraded}`);
        return;
      }
      if (known?.leaving !== undefined) {
        this.#v.why.set(`pool/${name}`, `waiting for ${known.leaving} to end its job and be removed`);
        continue;
      }
      if (known !== undefined && known.retiring >= RETIRING_PER_SLOT) {
        this.#v.why.set(`pool/${name}`, "waiting for old machines to be removed");
        continue;
      }
      if (known !== undefined && known.notBefore > this.#now) {
        this.#v.why.set(`pool/${name}`, `waiting after a failure: ${known.cause ?? ""}`);
        this.#wake(`pool/${name}`, known.notBefore);
        continue;
      }
      const room = waitForDisk(this.#s, this.#v, pool);
      if (room !== undefined) {
        this.#v.why.set(`pool/${name}`, room);
        return;
      }
      if (this.#s.issued >= this.#s.reserved) return;
      const tried = this.#of(pool, pool.rollout?.to).length > 0;
      const generation = why === undefined ? generationToMake(pool, tried) : pool.good?.generation;
      this.#issue(pool, slot, generation ?? pool.generation);
      starting++;
    }
  }

  /** Ends leases whose time is over, moves those that lost their machine, and gives free ones to who is next. */
  #leases(name: string): void {
    const { events, changed, nextAt } = planLeases(this.#s, this.#v, name, this.#now, this.#emit);
    for (const cycle of changed) this.#work.cycles.add(cycle);
    if (events > 0) this.#work.pools.add(name);
    if (nextAt !== undefined) this.#wake(`pool/${name}`, nextAt);
  }

  #of(pool: Pool, generation: string | undefined): Cycle[] {
    return generation === undefined ? [] : machinesOf(this.#s, pool, generation);
  }

  /** Takes a new generation a step on, or back. */
  #rollOut(pool: Pool): void {
    const { rollout, settings: { name } } = pool;
    if (rollout === undefined || pool.good === undefined) return;
    const { to } = rollout;
    if (rollout.phase !== "reverted" && rollout.failures >= FAILURES_TO_REVERT) {
      const cause = `${rollout.failures} of its machines came to nothing`;
      this.#emit({ type: "rollout.reverted", data: { pool: name, to, cause } });
      for (const cycle of this.#of(pool, to)) this.#work.cycles.add(cycle.id);
    }
    if (rollout.phase === "reverted" || rollout.paused) return;
    const fresh = this.#of(pool, to);
    if (rollout.phase === "canary" && (rollout.served > 0 || this.#idledLong(pool, fresh))) {
      this.#emit({ type: "rollout.advanced", data: { pool: name, to } });
    }
    if (rollout.phase === "rolling" && this.#followed(pool, fresh)) {
      this.#emit({ type: "rollout.finished", data: { pool: name, to } });
      return;
    }
    this.#makeRoom(pool, fresh);
  }

  /** Where no job comes, a canary that has been ready for long enough is good enough: its pool must not grow old. */
  #idledLong({ settings: { name } }: Pool, fresh: readonly Cycle[]): boolean {
    const since = Math.min(
      ...fresh.filter(({ phase }) => phase === "online").map((cycle) => cycle.since),
    );
    const until = since + this.#s.settings.times.canaryMs;
    if (since === Infinity) return false;
    if (this.#now >= until) return true;
    this.#wake(`pool/${name}`, until);
    return false;
  }

  /**
   * Every machine is of the new generation: all are ready, or as many became ready as the pool has. On a busy pool
   * some machine is always being made anew.
   */
  #followed(pool: Pool, fresh: readonly Cycle[]): boolean {
    const { rollout, settings: { name, size } } = pool;
    if (fresh.length === size && fresh.every((cycle) => isSettled(pool, cycle))) return true;
    for (let slot = 1; slot <= size; slot++) {
      const live = this.#s.slots.get(slotId(name, slot))?.live;
      if (live !== undefined && this.#s.cycles.get(live)?.generation !== rollout?.to) return false;
    }
    return fresh.length > 0 && (rollout?.came ?? 0) >= size;
  }

  /** Has the image prepared anew when the pool is to have another runner. */
  #refresh(pool: Pool): void {
    const refresh = refreshOf(this.#s, pool, this.#now);
    if (refresh === undefined) return;
    if ("notBefore" in refresh) return this.#wake(`pool/${pool.settings.name}`, refresh.notBefore);
    this.#prepare(refresh.wanted);
  }

  #prepare(wanted: PreparationWanted): void {
    for (const event of beginPreparation(this.#s, wanted)) {
      this.#emit(event);
      if (event.type === "preparation.started") this.#work.cycles.add(event.data.cycle);
    }
  }

  /** Idle machines of the old generation go, as many as may be on their way of the new one. */
  #makeRoom(pool: Pool, fresh: readonly Cycle[]): void {
    const { rollout, good, settings } = pool;
    const onTheirWay = fresh.filter((cycle) => !isSettled(pool, cycle)).length;
    let free = 0;
    for (let slot = 1; slot <= settings.size; slot++) {
      if (this.#s.slots.get(slotId(settings.name, slot))?.live === undefined) free++;
    }
    const places = rollout?.phase === "canary"
      ? 1 - fresh.length - free
      : rolloutWidth(settings) - onTheirWay - free;
    if (places <= 0) return;
    const idle = this.#of(pool, good?.generation).filter((cycle) => {
      const { phase, op } = cycle;
      return op === undefined && (phase === "standby" || phase === "online" || isOff(cycle, pool));
    });
    // What is off is missed least, then what is saved.
    const missed = ({ phase }: Cycle) => phase === "online" ? 2 : phase === "standby" ? 1 : 0;
    idle.sort((a, b) => missed(a) - missed(b));
    for (const cycle of idle.slice(0, places)) {
      this.#emit({
        type: "cycle.retired",
        data: { cycle: cycle.id, cause: "a new generation is rolled out" },
      });
      this.#work.cycles.add(cycle.id);
      this.#work.pools.add(settings.name);
    }
  }

  /** Saved machines are looked at when fewer than wanted are running. */
  #resumeSome({ settings, hot }: Pool): void {
    if (settings.recycle !== "restore" || hot >= hotWanted(settings)) return;
    for (let slot = 1; slot <= settings.size; slot++) {
      const live = this.#s.slots.get(slotId(settings.name, slot))?.live;
      if (live !== undefined && this.#s.cycles.get(live)?.phase === "standby") this.#work.cycles.add(live);
    }
  }

  /** Machines that are off are looked at when fewer are ready than are to be. */
  #startSome(pool: Pool): void {
    const { name, size } = pool.settings;
    for (let slot = 1; slot <= size; slot++) {
      const live = this.#s.slots.get(slotId(name, slot))?.live;
      const cycle = live === undefined ? undefined : this.#s.cycles.get(live);
      if (cycle === undefined || !isOff(cycle, pool) || isKeptOff(cycle)) continue;
      if (isWantedOn(this.#s, pool, cycle)) this.#work.cycles.add(cycle.id);
      else return;
    }
  }

  #cannotFill(pool: Pool): string | undefined {
    const check = this.#v.checks.get(pool.settings.name);
    if (check === undefined) {
      return `checking its ${isAgentPool(pool.settings) ? "" : "account, "}template and switch`;
    }
    return check.ok ? undefined : check.message;
  }

  #issue(pool: Pool, slot: number, generation: string): void {
    const n = this.#s.issued + 1;
    const { name } = pool.settings;
    const cycle = cycleId(name, slot, n);
    const { storage } = this.#s.settings;
    this.#emit({ type: "cycle.opened", data: { cycle, pool: name, slot, n, generation, storage } });
    this.#work.cycles.add(cycle);
  }

  #count(pool: Pool): { starting: number; failing: Map<string, number> } {
    let starting = 0;
    const failing = new Map<string, number>();
    for (let slot = 1; slot <= pool.settings.size; slot++) {
      const known = this.#s.slots.get(slotId(pool.settings.name, slot));
      if (known === undefined) continue;
      const live = known.live === undefined ? undefined : this.#s.cycles.get(known.live);
      if (live !== undefined && isLive(live) && !isSettled(pool, live)) {
        starting++;
      }
      if (known.failures > 0 && known.cause !== undefined) {
        failing.set(known.cause, (failing.get(known.cause) ?? 0) + 1);
      }
    }
    return { starting, failing };
  }

  /** When half of a pool fails alike, one probe at a time finds out when it is over. */
  #degrade(pool: Pool, failing: Map<string, number>): void {
    if (pool.degraded !== undefined) return;
    const half = Math.max(2, Math.ceil(pool.settings.size / 2));
    for (const [cause, count] of failing) {
      if (count < half) continue;
      this.#emit({ type: "pool.degraded", data: { pool: pool.settings.name, cause } });
      return;
    }
  }
}

/** That a runner has a job is GitHub's answer to its removal, and no failure. */
function whyTriedLater({ vm, retryingCode }: Cycle, call: Effect["call"], failure?: string): string {
  if (call === "runner.remove" && retryingCode === "busy") {
    return vm === "none" ? "waiting for GitHub to see that its job is over" : "waiting for its job to end";
  }
  return `waiting before ${call} is tried again${failure === undefined ? "" : `: ${failure}`}`;
}

/** Plans until everything waits. `emit` folds each event into the draft `s`. */
export function plan(s: State, v: View, now: Ms, work: Work, emit: Emit): Planned {
  const planner = new Planner(s, v, now, work, emit);
  planner.run();
  return { effects: planner.effects, wakes: planner.wakes };
}
