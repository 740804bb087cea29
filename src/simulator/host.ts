/**
 * The simulated Hyper-V host: answers every call of the call list as a real one would, on a timeline. One object;
 * the doors (`direct.ts`, `tcp.ts`, `stdio.ts`) only carry calls to it.
 */
import type { Ms } from "../model/ids.ts";
import type { Answer } from "../ports/engine.ts";
import { HOST_CALLS, type HostCall, type HostHint } from "../ports/host.ts";
import { SimulatedDisks } from "./disks.ts";
import type { DesktopState } from "./display/desktop.ts";
import {
  DEFAULT_SWITCH_ID,
  type ForeignVm,
  GPU_PATH,
  GPU_VRAM,
  type HostOptions,
  TEMPLATE_PATH,
} from "./host_options.ts";
import { meddle, type Meddling } from "./meddle.ts";
import { machineAt } from "./plays/addresses.ts";
import { playCall } from "./play.ts";
import type { GuestTimes } from "./guest_surroundings.ts";
import type { Switch, World } from "./plays/play.ts";
import { leaveMark } from "./holder_marks.ts";
import { type HostTruth, hostTruth } from "./host_truth.ts";
import { Latencies } from "./latencies.ts";
import { holdsMemory, type Machine } from "./machine.ts";
import { type EndedBy, Machines } from "./machines.ts";
import {
  addSwitch,
  breakSavedStates,
  corruptFile,
  errorOnDemand,
  removeDisk,
  removeSwitch,
  replaceDisk,
} from "./mishaps.ts";
import { type NetworkTrouble, NetworkTroubles } from "./network_troubles.ts";
import { closeOperation, withoutSecrets } from "./operation_log.ts";
import { badArguments, germanRecord, noSuchCall, RecordError } from "./records.ts";
import type { SavedStateFault } from "./saved_state.ts";
import { addSeedPool, type SeedPool, type SeedPoolMade, setService } from "./seed_pool.ts";
import type { Timeline } from "./timeline.ts";

export { type ForeignVm, type HostOptions, TEMPLATE_PATH } from "./host_options.ts";

interface Incoming {
  readonly call: HostCall;
  readonly args: unknown;
  readonly vmId: string | null;
}

/** The host. */
export class SimulatedHost {
  readonly #options: HostOptions;
  readonly #timeline: Timeline;
  readonly #latencies: Latencies;
  readonly #world: World;
  readonly #validate: boolean;
  /** Calls under way belong to a boot of the host; a reboot forgets them. */
  #epoch = 0;
  #down = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#timeline = options.timeline;
    this.#validate = options.validate ?? true;
    const { timeline, random, forge } = options;
    const latencies = new Latencies({
      random: random.fork("latencies"),
      speed: options.speed ?? 1,
      overrides: options.latencies ?? {},
    });
    this.#latencies = latencies;
    const templates = options.templates ?? [{ path: TEMPLATE_PATH, sizeMb: 65_536 }];
    const disks = new SimulatedDisks({
      sizeMb: options.diskMb ?? 4_194_304,
      now: () => timeline.now,
      anyTemplate: templates === "any",
    });
    if (templates !== "any") {
      for (const template of templates) disks.addTemplate(template, timeline.now);
    }
    const memoryMb = options.memoryMb ?? 1_048_576;
    const troubles = new NetworkTroubles(timeline);
    const machines = new Machines({
      timeline,
      random: random.fork("machines"),
      forge,
      disks,
      takes: (step: keyof GuestTimes) => latencies.guest(step),
      scaled: (ms) => latencies.scaled(ms),
      odds: options.odds ?? {},
      memoryMb,
      troubles,
      diskHeldMs: latencies.scaled(200),
      ...(options.ended === undefined ? {} : { ended: options.ended }),
    });
    const incomplete = options.incompleteLists ?? 0;
    const hangs = options.guestCallHangs ?? 0;
    this.#world = {
      timeline,
      random: random.fork("world"),
      machines,
      disks,
      troubles,
      memoryMb,
      machineName: options.name ?? "SIMULATED",
      bootId: random.guid(),
      switches: [
        { id: DEFAULT_SWITCH_ID, name: "Default Switch", isDefault: true },
        ...(options.switches ?? []).map((name) => ({ id: random.guid(), name, isDefault: false })),
      ],
      services: new Map(),
      nats: [],
      gpus: options.gpus ?? [{ name: GPU_PATH, partitions: 32, vram: GPU_VRAM }],
      account: options.account,
      mounted: undefined,
      drawIncomplete: () => random.chance(incomplete),
      drawHang: () => hangs > 0 && random.chance(hangs),
      takes: (step) => latencies.guest(step),
      scaled: (ms) => latencies.scaled(ms),
      imageAt: options.images ?? (() => undefined),
    };
    for (const vm of options.foreign ?? []) this.addForeign(vm);
  }

  /** What the host calls its present boot. */
  get bootId(): string {
    return this.#world.bootId;
  }

  /** Switches of the host; taking one away makes starts fail. */
  get switches(): Switch[] {
    return this.#world.switches;
  }

  /** Makes one call. `reply` comes later, on the timeline, or never. */
  handle(call: string, args: unknown, reply: (answer: Answer) => void): void {
    if (this.#down) return;
    const incoming = this.#incoming(call, args);
    const log = this.#options.log;
    const startedAt = this.#timeline.now;
    const entry = log?.enabled === true
      ? log.open(
        startedAt,
        call,
        incoming instanceof RecordError ? null : incoming.vmId,
        withoutSecrets(call, args),
      )
      : undefined;
    // Pictures, files and outputs of programs are large, and nobody else's affair.
    const keepValue = !(incoming instanceof RecordError) &&
      !["query", "guest", "display"].includes(HOST_CALLS[incoming.call].lane);
    const answer = (raw: Answer, told: boolean) => {
      const ours = !raw.ok && this.#options.german === true
        ? { ...raw, error: germanRecord(raw.error) }
        : raw;
      const full = { ...ours, ms: this.#timeline.now - startedAt };
      if (entry !== undefined) {
        closeOperation(entry, full, told, keepValue);
        const made = full.ok ? (full.value as { vmId?: unknown }).vmId : undefined;
        if (entry.vm === null && typeof made === "string") entry.vm = made;
      }
      if (told) reply(full);
    };
    if (incoming instanceof RecordError) {
      this.#after(0, () => answer({ ok: false, error: incoming.record }, true));
      return;
    }
    const latencyMs = this.#latencies.call(incoming.call);
    const faults = this.#options.faults;
    const subjects = faults?.any === true ? this.#subjects(incoming) : [];
    const fault = faults?.any === true ? faults.decide([call, "host"], subjects) : undefined;
    switch (fault?.kind) {
      case undefined:
        return this.#play(incoming, latencyMs, (raw) => answer(raw, true));
      case "lost_answer":
        return this.#play(incoming, latencyMs, (raw) => answer(raw, false));
      case "slow": {
        const lateMs = fault.lateMs ?? 0;
        // Where the time goes is not known: half of it before the effect, half after.
        this.#after(lateMs / 2, () => {
          this.#play(incoming, latencyMs, (raw) => this.#after(lateMs / 2, () => answer(raw, true)));
        });
        return;
      }
      case "hang":
        if (fault.lateMs === undefined) return;
        this.#after(fault.lateMs, () => this.#play(incoming, latencyMs, (raw) => answer(raw, false)));
        return;
      case "error": {
        const code = typeof fault.code === "string" ? fault.code : "unavailable";
        const { hresult } = fault;
        const about = { ...incoming, target: subjects[0] ?? "" };
        const error = errorOnDemand(this.#world, about, code, hresult);
        this.#after(latencyMs, () => answer({ ok: false, error }, true));
      }
    }
  }

  /** Hears hints until the returned function is called. */
  watch(listener: (hint: HostHint) => void): () => void {
    return this.#world.machines.watch(listener);
  }

  /** The host restarts in good order: each VM's stop action is done. Calls under way are never answered. */
  reboot(downMs: Ms = 60_000): void {
    this.#goDown(downMs, (stopAction) => stopAction === "Save" ? "saved" : "off");
  }

  /** The host loses its power and comes back: every VM is off. */
  cutPower(downMs: Ms = 60_000): void {
    this.#goDown(downMs, () => "off");
  }

  /** Somebody else does something to a VM, behind everybody's back. */
  meddle(what: Meddling, vmId: string): boolean {
    return meddle(this.#world.machines, what, vmId);
  }

  /** Somebody else makes a VM. Answers its id. */
  addForeign(vm: ForeignVm): string {
    const { machines } = this.#world;
    const machine = machines.add({
      name: vm.name,
      notes: vm.notes ?? "",
      directory: vm.directory ?? `C:\\ProgramData\\Microsoft\\Windows\\Hyper-V\\${vm.name}`,
      disk: "",
      memoryMb: vm.memoryMb,
      switchName: null,
      stopAction: "Save",
      startsWithHost: true,
      foreign: true,
    });
    if (vm.power === "running") machines.run(machine);
    else machines.setPower(machine, vm.power);
    return machine.id;
  }

  /** See {@linkcode addSeedPool}. */
  addSeedPool(pool: SeedPool): SeedPoolMade {
    return addSeedPool(this.#world, this.#options.forge, pool);
  }

  /** Somebody installs, starts, stops or removes a Windows service. */
  setService(name: string, state: "running" | "stopped" | "missing"): void {
    setService(this.#world, name, state);
  }

  /** See {@linkcode breakSavedStates}. */
  breakSavedStates(options: { vmId?: string; hresult?: SavedStateFault } = {}): void {
    breakSavedStates(this.#world.machines, options);
  }

  /** Somebody makes a switch; one of this name stays. */
  addSwitch(name: string): void {
    addSwitch(this.#world, name);
  }

  /** Somebody deletes a switch; `false` when there is none of this name. */
  removeSwitch(name: string): boolean {
    return removeSwitch(this.#world, name);
  }

  /** What is on a guest's desktop; `undefined` when none is up. */
  desktop(vmId: string): DesktopState | undefined {
    const machine = this.#world.machines.find(vmId);
    return machine?.guest?.isUp === true
      ? machine.guest.desktop.state(this.#timeline.now, machine.resolution)
      : undefined;
  }

  /** Something is wrong with guests' network from now on; the function that is answered mends it. */
  trouble(trouble: NetworkTrouble): () => void {
    return this.#world.troubles.add(trouble);
  }

  /** Nothing is wrong with guests' network any more. */
  mendNetwork(): void {
    this.#world.troubles.clear();
  }

  /** See {@linkcode leaveMark}. */
  mark(vmId: string, name: string): string[] | undefined {
    const machine = this.#world.machines.find(vmId);
    return machine === undefined ? undefined : leaveMark(this.#world, machine, name);
  }

  /** What the host has told a guest by key-value exchange. */
  pushed(vmId: string): Readonly<Record<string, string>> {
    return this.#world.machines.get(vmId).pushed;
  }

  /** Somebody else writes to a disk: every child of it is dead. */
  touchDisk(path: string): void {
    this.#world.disks.write(path, 0);
  }

  /** See {@linkcode replaceDisk}. */
  replaceDisk(path: string): boolean {
    return replaceDisk(this.#world, path);
  }

  /** See {@linkcode removeDisk}. */
  removeDisk(path: string): boolean {
    return removeDisk(this.#world, path);
  }

  /** See {@linkcode corruptFile}. */
  corruptFile(path: string): boolean {
    return corruptFile(this.#world, path);
  }

  /** VMs and disks that are or were. */
  truth(): HostTruth {
    return hostTruth(this.#world);
  }

  /** A VM that is there now. */
  find(vmId: string): Readonly<Pick<Machine, "name" | "notes" | "directory" | "power">> | undefined {
    return this.#world.machines.find(vmId);
  }

  /** Ids of VMs there are now. */
  vmIds(): string[] {
    return Array.from(this.#world.machines.all(), (machine) => machine.id);
  }

  #incoming(call: string, args: unknown): Incoming | RecordError {
    if (!Object.hasOwn(HOST_CALLS, call)) return new RecordError(noSuchCall(call));
    const name = call as HostCall;
    const vmId = (args as { vmId?: unknown } | null)?.vmId;
    const incoming = { call: name, args, vmId: typeof vmId === "string" ? vmId : null };
    if (!this.#validate) return incoming;
    const parsed = HOST_CALLS[name].args.safeParse(args);
    if (parsed.success) return { ...incoming, args: parsed.data };
    const issue = parsed.error.issues[0];
    return new RecordError(
      badArguments(call, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`),
    );
  }

  /** What a fault's prefix is compared with: the VM's name, else the last folder of a path. */
  #subjects(incoming: Incoming): string[] {
    const { vmId, args } = incoming;
    const machine = vmId === null ? undefined : this.#world.machines.find(vmId);
    if (machine !== undefined) return [machine.name];
    const { name, path, address } = args as { name?: string; path?: string; address?: string };
    const guest = address === undefined ? undefined : machineAt(this.#world, address);
    if (guest !== undefined) return [guest.name];
    return [...name === undefined ? [] : [name], ...path?.split("\\").reverse() ?? []];
  }

  #play(incoming: Incoming, latencyMs: Ms, done: (answer: Answer) => void): void {
    playCall(this.#world, incoming, { latencyMs, after: (ms, run) => this.#after(ms, run), done });
  }

  #after(ms: Ms, run: () => void): void {
    const epoch = this.#epoch;
    this.#timeline.at(this.#timeline.now + ms, () => {
      if (epoch === this.#epoch) run();
    });
  }

  #goDown(downMs: Ms, ends: (stopAction: "TurnOff" | "Save" | "ShutDown") => "off" | "saved"): void {
    const { machines } = this.#world;
    this.#epoch++;
    this.#down = true;
    this.#world.mounted = undefined;
    const by: EndedBy = "host";
    const restart: string[] = [];
    for (const machine of machines.all()) {
      machine.locked = false;
      if (!holdsMemory(machine.power)) continue;
      if (machine.startsWithHost) restart.push(machine.id);
      if (machine.power === "running" && ends(machine.stopAction) === "saved") {
        machines.suspend(machine, "saved");
      } else machines.cut(machine, by);
    }
    this.#after(downMs, () => {
      this.#down = false;
      this.#world.bootId = this.#options.random.guid();
      for (const id of restart) {
        const machine = machines.find(id);
        if (machine !== undefined) machines.run(machine);
      }
    });
  }
}
