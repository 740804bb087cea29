/** A state, a view and one cycle for tests of the core: built by events, then set as a test wants it. */
import type { Event, NewEvent } from "../events.ts";
import { fold } from "../fold.ts";
import {
  type ControllerId,
  type CycleId,
  cycleId,
  type Ms,
  type OpId,
  type ScopeKey,
  type VmId,
} from "../ids.ts";
import { nextStep } from "../lifecycle.ts";
import type { Power } from "../phases.ts";
import type { Step } from "../rules/step.ts";
import { plan, type Planned } from "../plan.ts";
import { poolFor } from "../rollout.ts";
import { DEFAULT_LANES, DEFAULT_TIMES, type PoolSettings, type Settings } from "../settings.ts";
import { type Cycle, emptyState, type Runner, type State } from "../state.ts";
import { emptyView, type ForgeSeen, type RunnerSeen, type View } from "../view.ts";
import { emptyWork, type Work } from "../work.ts";

/** The controller of tests. */
export const CONTROLLER = "0123456789abcdef0123456789abcdef" as ControllerId;
/** The account of its pool. */
export const SCOPE = "orgs/acme" as ScopeKey;
/** VM of the first cycle. */
export const VM = "11111111-1111-4111-8111-111111111111" as VmId;
/** The host's start. */
export const BOOT = "boot-1";
/** A moment. */
export const NOW: Ms = 1_767_225_600_000;

/** Settings with one pool `ci`. */
export function testSettings(pool: Partial<PoolSettings> = {}, rest: Partial<Settings> = {}): Settings {
  return {
    storage: "D:\\vms",
    lanes: DEFAULT_LANES,
    times: DEFAULT_TIMES,
    pools: [{
      name: "ci",
      kind: "runner",
      size: 2,
      prefix: "runner-",
      scope: SCOPE,
      group: "Default",
      labels: ["self-hosted"],
      workFolder: "_work",
      env: {},
      template: {
        name: "default",
        path: "C:\\t.vhdx",
        memoryMb: 4096,
        processors: 2,
        secureBoot: "off",
        tpm: false,
        nested: false,
      },
      switchName: "",
      ...pool,
    }],
    ...rest,
  };
}

/** Registration of the first cycle, old enough for everything. */
export function testRunner(over: Partial<Runner> = {}): Runner {
  return {
    name: "runner-1-01234567-1.1",
    scope: SCOPE,
    use: 1,
    id: 7,
    registeredAt: NOW - 600_000,
    ...over,
  };
}

/** What a test works on. */
export class Stage {
  readonly s: State;
  /** There are no turns here: time that goes by is time in which the program was there. */
  readonly v: View = { ...emptyView(), turnedAt: Infinity };
  readonly work: Work = emptyWork();
  readonly events: Event[] = [];
  now: Ms = NOW;

  constructor(settings: Settings = testSettings()) {
    this.s = emptyState(settings);
    this.apply({ type: "run.started", data: { controller: CONTROLLER, version: "test" } });
    // A run that began long ago: its beginning puts no deadline off.
    this.s.startedAt = 0;
    this.apply({ type: "numbers.reserved", data: { upTo: 1_000 } });
    this.apply({ type: "settings.applied", data: { settings } });
    this.check(true);
    this.memory(1_000_000);
  }

  /** Folds an event. */
  apply = (event: NewEvent): Event => {
    const placed: Event = { ...event, seq: this.s.seq + 1, at: this.now };
    fold(this.s, placed);
    this.events.push(placed);
    return placed;
  };

  /** Types of the events since the last call. */
  types(): string[] {
    return this.events.splice(0).map(({ type }) => type);
  }

  /** The pool's account, group, template and switch are well, or not. */
  check(ok: boolean): void {
    this.v.checks.set("ci", {
      asOf: this.s.seq,
      at: this.now,
      ok,
      message: ok ? "" : "the group is missing",
    });
  }

  /** The host's memory and what of it others have, in MiB; `diskMb`: what is free on the volume of its storage. */
  memory(memoryMb: number, foreignMb = 0, diskMb = 10_000_000): void {
    const volumes = [{ root: "D:\\", freeMb: diskMb }];
    this.v.host = { asOf: this.s.seq, at: this.now, memoryMb, foreignMb, volumes };
  }

  /** Opens the cycle `ci/<slot>.<n>` and sets what is given; what holds counts follows from events only. */
  cycle(over: Partial<Cycle> = {}, slot = 1, n = this.s.issued + 1): Cycle {
    const id = cycleId("ci", slot, n);
    const generation = this.s.pools.get("ci")?.generation ?? "";
    this.apply({
      type: "cycle.opened",
      data: { cycle: id, pool: "ci", slot, n, generation, storage: "D:\\vms" },
    });
    const { phase, ...rest } = over;
    const cycle = this.get(id);
    if (phase !== undefined) this.apply({ type: "cycle.phase", data: { cycle: id, phase } });
    Object.assign(cycle, rest);
    if (cycle.vmId !== undefined) this.s.byVm.set(cycle.vmId, id);
    if (cycle.runner !== undefined) this.s.byRunner.set(cycle.runner.name, id);
    this.events.length = 0;
    return cycle;
  }

  /** A cycle that must be there. */
  get(id: CycleId): Cycle {
    const cycle = this.s.cycles.get(id);
    if (cycle === undefined) throw new Error(`There is no cycle ${id}`);
    return cycle;
  }

  /** GitHub's list of the account. */
  list(rows: readonly RunnerSeen[], over: Partial<ForgeSeen> & { at?: Ms } = {}): void {
    const { at = this.now, ...rest } = over;
    this.v.forges.set(SCOPE, {
      list: { asOf: this.s.seq, at, rows: new Map(rows.map((row) => [row.name, row])) },
      okSince: at,
      offlineSince: new Map(),
      ...rest,
    });
  }

  /** A list of VMs that began now. */
  vms(...rows: [VmId, Power][]): void {
    const seen = rows.map(([id, power]) => [id, { power, notes: "", directory: "" }] as const);
    this.v.vms = { asOf: this.s.seq, at: this.now, bootId: BOOT, rows: new Map(seen) };
  }

  /** The next step of a cycle whose machine has this power. */
  step(cycle: Cycle, power: Power): Step {
    return nextStep(power, {
      s: this.s,
      v: this.v,
      cycle,
      now: this.now,
      pool: poolFor(this.s, cycle),
    });
  }

  /** Plans everything. */
  plan(): Planned {
    for (const id of this.s.cycles.keys()) this.work.cycles.add(id);
    for (const name of this.s.pools.keys()) this.work.pools.add(name);
    return plan(this.s, this.v, this.now, this.work, this.apply);
  }

  /** An open operation. */
  open(cycle: Cycle, call: Extract<NewEvent, { type: "op.opened" }>["data"]["call"]): OpId {
    const op = this.s.nextOp as OpId;
    this.apply({ type: "op.opened", data: { cycle: cycle.id, op, call } });
    return op;
  }
}
