/**
 * Controllers with one configuration on hosts of their own, and one GitHub, in simulated time. Every law is
 * watched against the truth of the simulated world, not against what the controllers believe.
 */
import { type ControllerId, type Ms, parseRunnerName, shortId, type VmId } from "../../src/model/ids.ts";
import type { PoolSettings, Settings } from "../../src/model/settings.ts";
import type { Cycle } from "../../src/model/state.ts";
import { Accounts } from "../../src/simulator/accounts.ts";
import { Faults } from "../../src/simulator/faults.ts";
import { type Runner, SimulatedForge } from "../../src/simulator/forge.ts";
import { ForgeDoor } from "../../src/simulator/forge_door.ts";
import type { GuestOdds } from "../../src/simulator/guest_fate.ts";
import { SimulatedHost } from "../../src/simulator/host.ts";
import type { LatencyOverrides } from "../../src/simulator/latencies.ts";
import type { MachineEnded } from "../../src/simulator/machines.ts";
import { OperationLog } from "../../src/simulator/operation_log.ts";
import { Random } from "../../src/simulator/random.ts";
import { Timeline } from "../../src/simulator/timeline.ts";
import { Capacity } from "./capacity.ts";
import { SimulatedController, type Watch } from "./controller.ts";
import { disorderAt } from "./disorder.ts";
import {
  addForeignMachines,
  addForeignRunners,
  assertMachinesUntouched,
  assertRunnersUntouched,
} from "./foreign.ts";
import { History } from "./history.ts";
import { LawBroken } from "./law_broken.ts";
import { Laws } from "./laws.ts";
import {
  capacityBoundMs,
  HOUR,
  LABELS,
  type OneOfPools,
  simulatedSettings,
  START,
  withPool,
  withPools,
} from "./settings.ts";

/** What a run is like. */
export interface PlantOptions {
  readonly seed: number;
  readonly controllers?: number;
  readonly slots?: number;
  readonly odds?: GuestOdds;
  /** Longest time for which GitHub shows an older truth. */
  readonly lagMs?: Ms;
  readonly times?: Partial<Settings["times"]>;
  readonly memoryMb?: number;
  /** Calls and guests that take exactly so long. */
  readonly latencies?: LatencyOverrides;
  /** What its pools are like, beside the ordinary. */
  readonly pool?: Partial<PoolSettings>;
  /** Several pools instead of one of `slots`. */
  readonly pools?: readonly OneOfPools[];
  /** Whether hosts tell of changes. @default by the seed */
  readonly hints?: boolean;
  /** Hears of every turn of every controller. */
  readonly onTurn?: Watch["onTurn"];
  /** Keeps every event, so that a broken law comes with the history of its cycle. */
  readonly trace?: boolean;
}

/** One host and its controller. */
export interface Station {
  readonly id: ControllerId;
  readonly controller: SimulatedController;
  readonly host: SimulatedHost;
  readonly faults: Faults;
  /** VMs of other people. */
  readonly foreign: readonly string[];
  /** Until then the host is down. */
  downUntil: Ms;
}

/** The simulated world and the watch over the laws. */
export class Plant {
  readonly timeline = new Timeline(START);
  readonly random: Random;
  readonly forge: SimulatedForge;
  readonly forgeFaults: Faults;
  readonly stations: Station[] = [];
  readonly capacity: Capacity;
  /** What everything is configured with when nothing disturbs it. */
  readonly settings: Settings;
  readonly history: History | undefined;
  /** Jobs whose machine was ended by something else than a call of ours. */
  readonly victims = new Set<number>();
  /** What its accounts allow. */
  readonly accounts = new Accounts();
  readonly #options: PlantOptions;
  readonly #foreignRunners: Runner[] = [];
  readonly #servedBy = new Map<string, number>();
  #jobsChecked = 0;

  constructor(options: PlantOptions) {
    this.#options = options;
    const { timeline } = this;
    const random = new Random(options.seed);
    this.random = random;
    this.history = options.trace === true ? new History() : undefined;
    this.forge = new SimulatedForge({
      timeline,
      random: random.fork("forge"),
      lagMs: options.lagMs ?? 5_000,
    });
    this.forgeFaults = new Faults({ timeline, random: random.fork("forge faults") });
    this.capacity = new Capacity(timeline, this.forge);
    const settings = withPool(simulatedSettings(options.slots ?? 6, options.times), options.pool ?? {});
    this.settings = options.pools === undefined ? settings : withPools(settings, options.pools);
    for (let i = 0; i < (options.controllers ?? 2); i++) this.#build(i);
  }

  #build(i: number): void {
    const { timeline, forge, random, history } = this;
    const { odds = {}, memoryMb = 65_536, latencies = {}, seed } = this.#options;
    const id = random.fork(`id ${i}`).hex(32) as ControllerId;
    const faults = new Faults({ timeline, random: random.fork(`faults ${i}`) });
    const host = new SimulatedHost({
      timeline,
      forge,
      faults,
      random: random.fork(`host ${i}`),
      log: new OperationLog(0),
      name: `HOST-${i}`,
      validate: false,
      templates: [...new Set(this.settings.pools.map(({ template }) => template.path))].map((path) => {
        return { path, sizeMb: 65_536 };
      }),
      odds,
      memoryMb,
      latencies,
      ended: (event) => this.#machineEnded(event),
    });
    const foreign = addForeignMachines(host, id);
    this.#foreignRunners.push(...addForeignRunners(forge, id));
    const door = new ForgeDoor({
      timeline,
      forge,
      random: random.fork(`door ${i}`),
      accounts: this.accounts,
      faults: this.forgeFaults,
      log: new OperationLog(0),
    });
    // Guests that misbehave disturb their pool whenever one of them fails.
    const excused = Object.keys(odds).length > 0;
    const watch = new Laws({
      timeline,
      host,
      forge,
      id,
      history,
      foreign: new Set(foreign),
      denied: (vmId) => controller.tampering.hidden?.(vmId as VmId) === true,
      onTurn: this.#options.onTurn,
      onFailure: (pool) => {
        if (excused) this.capacity.disturb(id, timeline.now, pool);
      },
    });
    const hints = this.#options.hints ?? (seed + i) % 2 === 0;
    const controller: SimulatedController = new SimulatedController({
      timeline,
      host,
      door,
      id,
      watch,
      hints,
    }, this.settings);
    this.stations.push({ id, controller, host, faults, foreign, downUntil: 0 });
    for (const { name, prefix } of this.settings.pools) {
      const configured = () => controller.settings.pools.find((pool) => pool.name === name);
      this.capacity.add({
        id,
        pool: name,
        prefix,
        // Where some are saved, any of them may be those that serve.
        size: () => configured()?.hot === undefined ? configured()?.size ?? 0 : 0,
        boundMs: () => capacityBoundMs(this.settings),
      });
    }
  }

  /** The first station: all there is in many scenarios. */
  get first(): Station {
    const [first] = this.stations;
    if (first === undefined) throw new Error("A plant without a station");
    return first;
  }

  /** Law 7: no call of ours ends a machine while it runs a job that GitHub has not given up, unless it was forced. */
  #machineEnded(event: MachineEnded): void {
    const job = event.job === undefined ? undefined : this.forge.truth().jobs[event.job - 1];
    if (job?.state !== "running") return;
    if (event.by !== "call" || this.#isForced(event.vmId)) this.victims.add(job.id);
    else {
      throw new LawBroken(
        `Job ${job.id} was running on ${event.vmId} when a call ended the machine`,
        event.vmId,
      );
    }
  }

  /** An operator, or the pool's time for a job, stands above law 7. */
  #isForced(vmId: string): boolean {
    return this.stations.some(({ controller: { state } }) => {
      const cycle = state?.byVm.get(vmId as VmId);
      return cycle !== undefined && state?.cycles.get(cycle)?.forced === true;
    });
  }

  start(): void {
    for (const { controller } of this.stations) controller.start();
  }

  /** Lets time pass. */
  advance(ms: Ms): void {
    this.timeline.advance(this.timeline.now + ms);
  }

  /** Lets time pass until something is so, looking every second; answers whether it came to be. */
  advanceUntil(condition: () => boolean, withinMs: Ms): boolean {
    const end = this.timeline.now + withinMs;
    while (!condition()) {
      if (this.timeline.now >= end) return false;
      this.advance(1_000);
    }
    return true;
  }

  /** Queues one job. */
  addJob(durationMs: Ms, labels = LABELS): void {
    this.forge.addJobs({ count: 1, labels, durationMs });
  }

  /** Jobs arrive at random until `until`, each with one of the sets of labels. */
  scheduleJobs(
    { until, perHour = 6, meanMs = HOUR, labels = [LABELS] }: {
      until: Ms;
      perHour?: number;
      meanMs?: Ms;
      labels?: readonly (readonly string[])[];
    },
  ): void {
    const random = this.random.fork("jobs");
    const next = () => {
      this.timeline.at(this.timeline.now + random.exponential(HOUR / perHour), () => {
        if (this.timeline.now > until) return;
        const wanted = labels.length < 2 ? labels[0] : labels[random.int(0, labels.length - 1)];
        this.addJob(Math.max(1_000, random.exponential(meanMs)), wanted);
        next();
      });
    };
    next();
  }

  /** Ends all faults; everybody lives, with the settings of the beginning. */
  calm(): void {
    this.forgeFaults.clear();
    for (const { id, faults, controller } of this.stations) {
      faults.clear();
      controller.lateness = () => 0;
      controller.dieAfterCommit = false;
      controller.failCommit = false;
      controller.settings = this.settings;
      controller.crash();
      controller.start();
      this.capacity.disturb(id, this.timeline.now);
    }
  }

  /** Every machine served at most one job; what belongs to others is as it was. */
  assertLaws(): void {
    const { jobs } = this.forge.truth();
    for (const job of jobs.slice(this.#jobsChecked)) {
      if (job.vm === null) continue;
      const other = this.#servedBy.get(job.vm);
      if (job.sawOthers !== undefined && job.sawOthers.length > 0) {
        throw new LawBroken(`Job ${job.id} saw ${job.sawOthers.join(", ")} on ${job.vm}`, job.vm);
      }
      const again = this.#poolOf(job.runner)?.recycle === "restore";
      if (other !== undefined && other !== job.id && !again) {
        throw new LawBroken(`Machine ${job.vm} served jobs ${other} and ${job.id}`, job.vm);
      }
      this.#servedBy.set(job.vm, job.id);
    }
    // Jobs are handed out oldest first: all before the first that waits have their machine.
    const waiting = jobs.findIndex((job, i) => i >= this.#jobsChecked && job.vm === null);
    this.#jobsChecked = waiting === -1 ? jobs.length : waiting;
    for (const { host, foreign, downUntil } of this.stations) {
      assertMachinesUntouched(host, foreign, this.timeline.now > downUntil);
    }
    assertRunnersUntouched(this.#foreignRunners);
  }

  /** Cycles of a station, as it sees them. */
  cyclesOf({ controller }: Station): Cycle[] {
    const { state } = controller;
    if (state === undefined) throw new LawBroken("A controller is not running");
    return [...state.cycles.values()];
  }

  /** How many runners of a station GitHub knows to be online. */
  onlineOf({ id }: Station): number {
    return this.forge.truth().runners.filter(({ name, status, removedAt }) => {
      return removedAt === null && status === "online" && this.#isOurs(name, id);
    }).length;
  }

  /** See {@linkcode disorderAt}; nothing when there is none anywhere. */
  disorder(): string | undefined {
    for (const station of this.stations) {
      const registrations = this.forge.truth().runners.filter(({ name, removedAt }) => {
        return removedAt === null && this.#isOurs(name, station.id);
      }).length;
      const { pools } = station.controller.settings;
      const disorder = disorderAt(station.host, { pools, cycles: this.cyclesOf(station), registrations });
      if (disorder !== undefined) return disorder;
    }
    return undefined;
  }

  /** Each pool is full, and nothing but what fills it is left, within so long: a slot may just be between two jobs. */
  assertFullAndClean(withinMs: Ms): void {
    const end = this.timeline.now + withinMs;
    for (let disorder = this.disorder(); disorder !== undefined; disorder = this.disorder()) {
      if (this.timeline.now >= end) throw new LawBroken(disorder);
      this.advance(30_000);
    }
  }

  /** The pool of a runner of ours. */
  #poolOf(runner: number | null): PoolSettings | undefined {
    const name = runner === null ? undefined : this.forge.truth().runners[runner - 1]?.name;
    const slot = name === undefined ? undefined : parseRunnerName(name)?.prefixAndSlot;
    return this.settings.pools.find(({ prefix }) => {
      return slot?.startsWith(prefix) === true && /^\d+$/.test(slot.slice(prefix.length));
    });
  }

  #isOurs(name: string, id: ControllerId): boolean {
    if (parseRunnerName(name)?.controller !== shortId(id)) return false;
    return !this.#foreignRunners.some((one) => one.name === name);
  }
}
