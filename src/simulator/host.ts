/**
 * The simulated Hyper-V host: answers every call of the call list as a real one would, on a timeline. One object;
 * the doors (`direct.ts`, `tcp.ts`, `stdio.ts`) only carry calls to it.
 */
import type { Ms } from "../model/ids.ts";
import type { Answer } from "../ports/engine.ts";
import { HOST_CALLS, type HostArgs, type HostCall, type HostHint } from "../ports/host.ts";
import { SimulatedDisks } from "./disks.ts";
import type { Faults } from "./faults.ts";
import type { SimulatedForge } from "./forge.ts";
import type { GuestTimes } from "./guest.ts";
import type { GuestOdds } from "./guest_fate.ts";
import { beginCreate, landCreate, PLAYS, type Switch, type World } from "./host_calls.ts";
import { type LatencyOverrides, Latencies } from "./latencies.ts";
import { holdsMemory, type MachinePower } from "./machine.ts";
import { type EndedBy, type MachineEnded, Machines } from "./machines.ts";
import { closeOperation, type OperationLog, withoutSecrets } from "./operation_log.ts";
import type { Random } from "./random.ts";
import { badArguments, germanRecord, modifiedElsewhere, noSuchCall, RECORD_BY_CLASS, RecordError, vmNotFound } from "./records.ts";
import type { Timeline } from "./timeline.ts";

/** A VM of other people. */
export interface ForeignVm {
  readonly name: string;
  readonly memoryMb: number;
  readonly power: "off" | "running" | "saved";
  readonly notes?: string;
  /** Where its configuration lies. @default `C:\ProgramData\Microsoft\Windows\Hyper-V\<name>` */
  readonly directory?: string;
}

/** How the host is to be. */
export interface HostOptions {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  readonly faults?: Faults;
  readonly log?: OperationLog;
  /** Host name. @default "SIMULATED" */
  readonly name?: string;
  /** Divides host and guest latencies. @default 1 */
  readonly speed?: number;
  readonly latencies?: LatencyOverrides;
  /** @default 131072 */
  readonly memoryMb?: number;
  /** @default 4194304 */
  readonly diskMb?: number;
  /** Golden disks that are there from the start. @default one of 64 GB at `C:\hvpool\templates\windows.vhdx` */
  readonly templates?: readonly { path: string; sizeMb: number }[];
  /** Names of switches beside the Default Switch. */
  readonly switches?: readonly string[];
  readonly foreign?: readonly ForeignVm[];
  /** Probabilities of misbehaviour of guests. @default all do well */
  readonly odds?: GuestOdds;
  /** Share of `vm.list` answers that are not complete. @default 0 */
  readonly incompleteLists?: number;
  /** Checks arguments by the call list. @default true */
  readonly validate?: boolean;
  /** Messages of errors in German. @default false */
  readonly german?: boolean;
  /** Hears of every guest that ends, and what ran in it. */
  readonly ended?: (event: MachineEnded) => void;
}

/** Default golden disk. */
export const TEMPLATE_PATH = "C:\\hvpool\\templates\\windows.vhdx";
/** Id of the Default Switch on every host. */
const DEFAULT_SWITCH_ID = "c08cb7b8-9b3c-408e-8e30-5e16a3aeb444";

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
    const latencies = new Latencies({ random: random.fork("latencies"), speed: options.speed ?? 1, overrides: options.latencies ?? {} });
    this.#latencies = latencies;
    const disks = new SimulatedDisks({ sizeMb: options.diskMb ?? 4_194_304 });
    for (const { path, sizeMb } of options.templates ?? [{ path: TEMPLATE_PATH, sizeMb: 65_536 }]) {
      disks.addTemplate(path, sizeMb, timeline.now);
    }
    const memoryMb = options.memoryMb ?? 131_072;
    const machines = new Machines({
      timeline,
      random: random.fork("machines"),
      forge,
      disks,
      takes: (step: keyof GuestTimes) => latencies.guest(step),
      odds: options.odds ?? {},
      memoryMb,
      diskHeldMs: latencies.scaled(200),
      ...(options.ended === undefined ? {} : { ended: options.ended }),
    });
    const incomplete = options.incompleteLists ?? 0;
    this.#world = {
      timeline,
      machines,
      disks,
      memoryMb,
      machineName: options.name ?? "SIMULATED",
      bootId: random.guid(),
      switches: [
        { id: DEFAULT_SWITCH_ID, name: "Default Switch", isDefault: true },
        ...(options.switches ?? []).map((name) => ({ id: random.guid(), name, isDefault: false })),
      ],
      drawIncomplete: () => random.chance(incomplete),
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
      ? log.open(startedAt, call, incoming instanceof RecordError ? null : incoming.vmId, withoutSecrets(call, args))
      : undefined;
    const keepValue = !(incoming instanceof RecordError) && HOST_CALLS[incoming.call].lane !== "query";
    const answer = (raw: Answer, told: boolean) => {
      const ours = !raw.ok && this.#options.german === true ? { ...raw, error: germanRecord(raw.error) } : raw;
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
    const fault = faults?.any === true ? faults.decide([call], subjects) : undefined;
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
        const error = RECORD_BY_CLASS[code](call, subjects[0] ?? "");
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
  meddle(what: "turnOff" | "remove" | "pause" | "save" | "rename", vmId: string): boolean {
    const { machines } = this.#world;
    const machine = machines.find(vmId);
    if (machine === undefined || machine.locked) return false;
    switch (what) {
      case "turnOff":
        if (!holdsMemory(machine.power)) return false;
        machines.cut(machine, "meddler");
        return true;
      case "remove":
        machines.remove(machine, "meddler");
        return true;
      case "pause":
      case "save":
        if (machine.power !== "running") return false;
        machines.suspend(machine, what === "pause" ? "paused" : "saved");
        return true;
      case "rename":
        machine.name = `renamed-${machine.name}`.slice(0, 100);
        return true;
    }
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

  /** Somebody else writes to a disk: every child of it is dead. */
  touchDisk(path: string): void {
    this.#world.disks.write(path, 0);
  }

  /** VMs and disks that are or were. */
  truth(): {
    vms: { id: string; name: string; notes: string; directory: string; power: MachinePower | "absent"; foreign: boolean; createdAt: Ms; removedAt: Ms | null }[];
    disks: ReturnType<SimulatedDisks["truth"]>;
  } {
    const vms = this.#world.machines.truth().map((machine) => ({
      id: machine.id,
      name: machine.name,
      notes: machine.notes,
      directory: machine.directory,
      power: machine.removedAt === null ? machine.power : "absent" as const,
      foreign: machine.foreign,
      createdAt: machine.createdAt,
      removedAt: machine.removedAt,
    }));
    return { vms, disks: this.#world.disks.truth() };
  }

  /** A VM that is there now. */
  find(vmId: string): { readonly name: string; readonly notes: string } | undefined {
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
    return new RecordError(badArguments(call, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "not valid"}`));
  }

  /** What a fault's prefix is compared with: the VM's name, else the last folder of a path. */
  #subjects(incoming: Incoming): string[] {
    const { vmId, args } = incoming;
    const machine = vmId === null ? undefined : this.#world.machines.find(vmId);
    if (machine !== undefined) return [machine.name];
    const { name, path } = args as { name?: string; path?: string };
    return [...name === undefined ? [] : [name], ...path?.split("\\").reverse() ?? []];
  }

  #play(incoming: Incoming, latencyMs: Ms, done: (answer: Answer) => void): void {
    const fail = (error: unknown) => {
      if (!(error instanceof RecordError)) throw error;
      done({ ok: false, error: error.record });
    };
    if (incoming.call === "vm.create") {
      this.#create(incoming.args as HostArgs<"vm.create">, latencyMs, done, fail);
      return;
    }
    const play = PLAYS[incoming.call] as {
      locks?: (args: unknown) => string;
      begin?: (world: World, args: unknown) => void;
      land: (world: World, args: unknown) => unknown;
    };
    const lockId = play.locks?.(incoming.args);
    const machine = lockId === undefined ? undefined : this.#world.machines.find(lockId);
    try {
      if (lockId !== undefined && machine === undefined) throw new RecordError(vmNotFound(lockId));
      if (machine?.locked === true) throw new RecordError(modifiedElsewhere(incoming.call, machine.name));
      play.begin?.(this.#world, incoming.args);
    } catch (error) {
      this.#after(latencyMs, () => fail(error));
      return;
    }
    if (machine !== undefined) machine.locked = true;
    this.#after(latencyMs, () => {
      if (machine !== undefined) machine.locked = false;
      let value: unknown;
      try {
        value = play.land(this.#world, incoming.args);
      } catch (error) {
        fail(error);
        return;
      }
      done({ ok: true, value, ms: 0 });
    });
  }

  /** The VM appears half-way: long before anybody is told its id. */
  #create(args: HostArgs<"vm.create">, latencyMs: Ms, done: (answer: Answer) => void, fail: (error: unknown) => void): void {
    this.#after(latencyMs / 2, () => {
      let vmId: string;
      try {
        vmId = beginCreate(this.#world, args);
      } catch (error) {
        this.#after(latencyMs / 2, () => fail(error));
        return;
      }
      this.#after(latencyMs / 2, () => {
        try {
          done({ ok: true, value: landCreate(this.#world, vmId), ms: 0 });
        } catch (error) {
          fail(error);
        }
      });
    });
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
    const by: EndedBy = "host";
    const restart: string[] = [];
    for (const machine of machines.all()) {
      machine.locked = false;
      if (!holdsMemory(machine.power)) continue;
      if (machine.startsWithHost) restart.push(machine.id);
      if (machine.power === "running" && ends(machine.stopAction) === "saved") machines.suspend(machine, "saved");
      else machines.cut(machine, by);
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
