/**
 * Two controllers with one configuration on two hosts, and one GitHub, through days of faults. Every law is
 * watched against the truth of the simulated world, not against what the controllers believe.
 */
import type { Turn } from "../../src/controller/turn.ts";
import type { Effect } from "../../src/model/effects.ts";
import { type ControllerId, type Ms, parseNotes, parseRunnerName, type ScopeKey, shortId } from "../../src/model/ids.ts";
import { DEFAULT_LANES, DEFAULT_TIMES, RETIRING_PER_SLOT, type Settings } from "../../src/model/settings.ts";
import type { State } from "../../src/model/state.ts";
import { Faults } from "../../src/simulator/faults.ts";
import { SimulatedForge } from "../../src/simulator/forge.ts";
import { ForgeDoor } from "../../src/simulator/forge_door.ts";
import type { GuestOdds } from "../../src/simulator/guest_fate.ts";
import { SimulatedHost, TEMPLATE_PATH } from "../../src/simulator/host.ts";
import type { MachineEnded } from "../../src/simulator/machines.ts";
import { OperationLog } from "../../src/simulator/operation_log.ts";
import { Random } from "../../src/simulator/random.ts";
import { Timeline } from "../../src/simulator/timeline.ts";
import { SimulatedController } from "./controller.ts";

const MINUTE: Ms = 60_000;
const HOUR: Ms = 3_600_000;
/** Where simulated time begins; any moment will do. */
const START: Ms = 1_767_225_600_000;
const SCOPE = "orgs/simulated" as ScopeKey;
const LABELS = ["self-hosted", "windows", "x64"];

/** What a run is like. */
export interface PlantOptions {
  readonly seed: number;
  readonly controllers?: number;
  readonly slots?: number;
  readonly jobMs?: Ms;
  /** Jobs per hour over all controllers. */
  readonly jobsPerHour?: number;
  readonly odds?: GuestOdds;
  readonly lagMs?: Ms;
  readonly settings?: Partial<Settings["times"]>;
  readonly memoryMb?: number;
  /** Keeps every event, so that a broken law comes with the history of its cycle. */
  readonly trace?: boolean;
}

/** Settings as both controllers have them. */
export function simulatedSettings(slots: number, times: Partial<Settings["times"]> = {}): Settings {
  return {
    storage: "D:\\vms",
    lanes: DEFAULT_LANES,
    times: { ...DEFAULT_TIMES, pollVmsMs: 30_000, pollRunnersMs: 20_000, pollDirectoriesMs: 300_000, ...times },
    pools: [{
      name: "ci",
      kind: "runner",
      size: slots,
      prefix: "runner-",
      scope: SCOPE,
      group: "Default",
      labels: LABELS,
      workFolder: "_work",
      env: {},
      template: {
        name: "default",
        path: TEMPLATE_PATH,
        memoryMb: 4096,
        processors: 2,
        secureBoot: "MicrosoftWindows",
        tpm: false,
        nested: false,
      },
      switchName: "",
    }],
  };
}

interface Station {
  readonly controller: SimulatedController;
  readonly host: SimulatedHost;
  readonly faults: Faults;
  readonly id: ControllerId;
  readonly foreign: string[];
}

/** A law was broken. */
export class LawBroken extends Error {
  override readonly name = "LawBroken";
}

/** The simulated world and the watch over the laws. */
export class Plant {
  readonly timeline = new Timeline(START);
  readonly forge: SimulatedForge;
  readonly stations: Station[] = [];
  readonly random: Random;
  readonly #options: PlantOptions;
  readonly #forgeFaults: Faults;
  readonly #jobsSeen = new Map<string, number>();
  readonly #opsSeen = new Set<string>();
  readonly #numbersSeen = new Map<string, number>();
  readonly #history = new Map<string, string[]>();
  /** Machines that people or the host ended; their jobs are not our fault. */
  meddled = 0;

  constructor(options: PlantOptions) {
    this.#options = options;
    const random = new Random(options.seed);
    this.random = random;
    const { timeline } = this;
    this.forge = new SimulatedForge({ timeline, random: random.fork("forge"), lagMs: options.lagMs ?? 5_000 });
    this.#forgeFaults = new Faults({ timeline, random: random.fork("forge faults") });
    const settings = simulatedSettings(options.slots ?? 6, options.settings);
    for (let i = 0; i < (options.controllers ?? 2); i++) this.#build(i, settings);
  }

  #build(i: number, settings: Settings): void {
    const { timeline, forge, random } = this;
    const faults = new Faults({ timeline, random: random.fork(`faults ${i}`) });
    const id = random.fork(`id ${i}`).hex(32) as ControllerId;
    const host = new SimulatedHost({
      timeline,
      forge,
      faults,
      random: random.fork(`host ${i}`),
      log: new OperationLog(0),
      name: `HOST-${i}`,
      validate: false,
      odds: this.#options.odds ?? {},
      memoryMb: this.#options.memoryMb ?? 65_536,
      ended: (event) => this.#machineEnded(event),
    });
    const foreign = [
      host.addForeign({ name: "runner-1", memoryMb: 2048, power: "running" }),
      host.addForeign({ name: "database", memoryMb: 2048, power: "off", notes: '{"hvpool":"somebody"}' }),
    ];
    const door = new ForgeDoor({
      timeline,
      forge,
      random: random.fork(`door ${i}`),
      faults: this.#forgeFaults,
      log: new OperationLog(0),
    });
    const controller = new SimulatedController({
      timeline,
      host,
      door,
      id,
      settings,
      random: random.fork(`controller ${i}`),
      onEffect: (effect, state) => this.#watchEffect(effect, state, host),
      onTurn: (turn, state) => this.#watchTurn(turn, state),
    });
    this.stations.push({ controller, host, faults, id, foreign });
  }

  /** Law 7: no call of ours ends a machine while it runs a job that GitHub has not given up. */
  #machineEnded(event: MachineEnded): void {
    const job = event.job === undefined ? undefined : this.forge.truth().jobs[event.job - 1];
    if (event.by === "call" && job?.state === "running") {
      const history = this.historyOf(event.vmId);
      throw new LawBroken(`Job ${job.id} was running on ${event.vmId} when a call ended the machine${history}`);
    }
    if (event.by === "meddler" || event.by === "host") this.meddled++;
  }

  /** Events of the cycle of a machine, when they are kept. */
  historyOf(vmId: string): string {
    for (const lines of this.#history.values()) {
      if (lines.some((line) => line.includes(vmId))) return `\n${lines.join("\n")}`;
    }
    return "";
  }

  #watchEffect({ op, cycle, call, args }: Effect, state: State, host: SimulatedHost): void {
    const key = `${state.controller} ${op}`;
    if (this.#opsSeen.has(key)) throw new LawBroken(`Operation ${op} of ${cycle} started twice`);
    this.#opsSeen.add(key);
    if (state.cycles.get(cycle)?.op?.id !== op) throw new LawBroken(`${call} for ${cycle} is not its open operation`);
    const { vmId, runnerId, path } = args as { vmId?: string; runnerId?: number; path?: string };
    if (vmId !== undefined) {
      const vm = host.find(vmId);
      if (vm !== undefined && parseNotes(vm.notes)?.controller !== state.controller) {
        throw new LawBroken(`${call} touches ${vm.name}, which is foreign`);
      }
    }
    if (path !== undefined && !path.startsWith(`D:\\vms\\${state.controller}\\`)) {
      throw new LawBroken(`${call} touches ${path}, which is foreign`);
    }
    if (call === "runner.remove") {
      const runner = this.forge.truth().runners[(runnerId ?? 0) - 1];
      const parts = runner === undefined ? undefined : parseRunnerName(runner.name);
      if (runner !== undefined && parts?.controller !== shortId(state.controller)) {
        throw new LawBroken(`${call} touches ${runner.name}, which is foreign`);
      }
    }
  }

  #watchTurn(turn: Turn, state: State): void {
    for (const event of turn.events) {
      if (this.#options.trace === true && "cycle" in event.data) {
        const key = `${shortId(state.controller)} ${event.data.cycle}`;
        const line = `${new Date(event.at).toISOString()} ${event.seq} ${event.type} ${JSON.stringify(event.data)}`;
        this.#history.set(key, [...this.#history.get(key) ?? [], line]);
      }
      if (event.type === "cycle.opened") {
        const last = this.#numbersSeen.get(state.controller) ?? 0;
        if (event.data.n <= last) throw new LawBroken(`Number ${event.data.n} was issued twice`);
        this.#numbersSeen.set(state.controller, event.data.n);
      }
    }
    if (turn.wakeAt <= this.timeline.now) throw new LawBroken("A wake-up is not in the future");
    const retiring = new Map<string, number>();
    for (const cycle of state.cycles.values()) {
      if (cycle.phase !== "retiring" || (cycle.vm === "none" && !cycle.directory) || cycle.orphan) continue;
      const slot = `${cycle.pool}/${cycle.slot}`;
      const count = (retiring.get(slot) ?? 0) + 1;
      if (count > RETIRING_PER_SLOT) throw new LawBroken(`Slot ${slot} has ${count} retiring machines`);
      retiring.set(slot, count);
    }
  }

  /** Lets time pass. */
  advance(ms: Ms): void {
    this.timeline.advance(this.timeline.now + ms);
  }

  start(): void {
    for (const { controller } of this.stations) controller.start();
  }

  /** Jobs arrive at random until `until`. */
  scheduleJobs(until: Ms): void {
    const random = this.random.fork("jobs");
    const perHour = this.#options.jobsPerHour ?? 6;
    const mean = this.#options.jobMs ?? HOUR;
    const next = () => {
      const wait = -Math.log(1 - random.next()) * HOUR / perHour;
      this.timeline.at(this.timeline.now + wait, () => {
        if (this.timeline.now > until) return;
        const durationMs = Math.max(1_000, -Math.log(1 - random.next()) * mean);
        this.forge.addJobs({ count: 1, labels: LABELS, durationMs });
        next();
      });
    };
    next();
  }

  /** Trouble of every kind at random until `until`. */
  scheduleTrouble(until: Ms, everyMs: Ms = 2 * HOUR): void {
    const random = this.random.fork("trouble");
    const next = () => {
      const wait = -Math.log(1 - random.next()) * everyMs;
      this.timeline.at(this.timeline.now + wait, () => {
        if (this.timeline.now > until) return;
        this.trouble(random);
        next();
      });
    };
    next();
  }

  /** One disturbance. */
  trouble(random: Random): void {
    const station = this.stations[random.int(0, this.stations.length - 1)];
    if (station === undefined) return;
    const { controller, host, faults } = station;
    const forMs = random.between(MINUTE, 10 * MINUTE);
    switch (random.int(0, 9)) {
      case 0:
      case 1:
      case 2:
        controller.crash();
        this.timeline.at(this.timeline.now + random.between(1_000, 2 * MINUTE), () => controller.start());
        return;
      case 3:
        for (const kind of ["error", "lost_answer", "hang", "slow"] as const) {
          faults.add({ call: "*", kind, probability: 0.08, forMs });
        }
        return;
      case 4:
        for (const kind of ["error", "lost_answer", "hang", "slow"] as const) {
          this.#forgeFaults.add({ call: "*", kind, probability: 0.08, forMs });
        }
        return;
      case 5:
        this.forge.outage(random.between(MINUTE, 25 * MINUTE));
        return;
      case 6:
        host.reboot();
        return;
      case 7:
        host.cutPower();
        return;
      case 8: {
        const ours = host.vmIds().filter((id) => !station.foreign.includes(id));
        const vm = ours[random.int(0, Math.max(0, ours.length - 1))];
        if (vm !== undefined) host.meddle(random.pick(["turnOff", "remove", "pause", "save", "rename"]), vm);
        return;
      }
      default:
        faults.add({ call: random.pick(["vm.create", "vm.start", "vm.remove", "dir.remove"]), kind: "hang", times: 2 });
    }
  }

  /** Ends all faults; everybody lives. */
  calm(): void {
    this.#forgeFaults.clear();
    for (const { faults, controller } of this.stations) {
      faults.clear();
      controller.start();
    }
  }

  /** Every machine served at most one job. */
  assertOneJobEach(): void {
    for (const job of this.forge.truth().jobs) {
      if (job.vm === null) continue;
      const other = this.#jobsSeen.get(job.vm);
      if (other !== undefined && other !== job.id) {
        throw new LawBroken(`Machine ${job.vm} served jobs ${other} and ${job.id}`);
      }
      this.#jobsSeen.set(job.vm, job.id);
    }
  }

  /** Foreign machines are as they were made; nobody removed them. */
  assertForeignUntouched(): void {
    for (const { host, foreign } of this.stations) {
      for (const id of foreign) {
        if (host.find(id) === undefined) throw new LawBroken(`The foreign machine ${id} is gone`);
      }
    }
  }

  /** Each pool is full, and nothing but what fills it is left: no machine, disk or registration. */
  assertFullAndClean(): void {
    for (const { host, controller, id } of this.stations) {
      const { state } = controller;
      if (state === undefined) throw new LawBroken("A controller is not running");
      const size = this.#options.slots ?? 6;
      const serving = [...state.cycles.values()].filter(({ phase }) => phase === "online" || phase === "claimed");
      const phases = () => [...state.cycles.values()].map((c) => `${c.id} ${c.phase} ${c.cause ?? ""}`).join(", ");
      const quarantined = [...state.cycles.values()].filter(({ phase }) => phase === "quarantined").length;
      if (serving.length !== size) throw new LawBroken(`Only ${serving.length} of ${size} serve: ${phases()}`);
      const truth = host.truth();
      const ours = truth.vms.filter((vm) => vm.removedAt === null && !vm.foreign);
      if (ours.length !== size + quarantined) {
        throw new LawBroken(`${ours.length} machines are there for ${size} slots: ${phases()}`);
      }
      const disks = truth.disks.filter((disk) => disk.removedAt === null && disk.path.startsWith("D:\\vms\\"));
      if (disks.length !== ours.length) throw new LawBroken(`${disks.length} disks are there for ${ours.length} machines`);
      const runners = this.forge.truth().runners.filter((runner) => {
        return runner.removedAt === null && parseRunnerName(runner.name)?.controller === shortId(id);
      });
      if (runners.length !== size) throw new LawBroken(`${runners.length} registrations are there for ${size} slots: ${phases()}`);
    }
  }
}

/** What a run came to; for the figures. */
export interface RunFigures {
  readonly jobs: number;
  readonly lost: number;
  readonly turns: number;
  readonly events: number;
}

/** Days of trouble, then calm, then everything must be full and clean. */
export function runDays(options: PlantOptions & { readonly days: number; readonly troubleEveryMs?: Ms }): RunFigures {
  const plant = new Plant(options);
  const until = START + options.days * 24 * HOUR;
  plant.start();
  plant.scheduleJobs(until - 8 * HOUR);
  plant.scheduleTrouble(until - 8 * HOUR, options.troubleEveryMs);
  while (plant.timeline.now < until - 6 * HOUR) {
    plant.advance(6 * HOUR);
    plant.assertOneJobEach();
    plant.assertForeignUntouched();
  }
  plant.calm();
  // Long jobs of the last hours may still run; a busy runner is as good as an idle one.
  plant.advance(6 * HOUR);
  plant.assertOneJobEach();
  plant.assertForeignUntouched();
  plant.assertFullAndClean();
  const jobs = plant.forge.truth().jobs;
  return {
    jobs: jobs.length,
    lost: jobs.filter((job) => job.state === "lost").length,
    turns: plant.stations.reduce((sum, { controller }) => sum + controller.turnsTaken, 0),
    events: plant.stations.reduce((sum, { controller }) => sum + controller.eventsWritten, 0),
  };
}
