/** All VMs of the simulated host: who runs, who holds memory and disks, and who hears of it. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import type { HostHint } from "../ports/host.ts";
import { desktopOf } from "./desktop_image.ts";
import { pathKey, type SimulatedDisks } from "./disks.ts";
import type { SimulatedForge } from "./forge.ts";
import { SimulatedGuest } from "./guest.ts";
import type { GuestOdds } from "./guest_fate.ts";
import type { GuestMemory } from "./guest_memory.ts";
import type { GuestFiles, GuestSurroundings, GuestTimes } from "./guest_surroundings.ts";
import {
  DEFAULT_SETTINGS,
  holdsMemory,
  type Machine,
  type MachinePower,
  type Settings,
  stateFile,
} from "./machine.ts";
import type { NetworkTroubles } from "./network_troubles.ts";
import { ownAddress } from "./plays/addresses.ts";
import type { Random } from "./random.ts";
import { RecordError, vmNotFound } from "./records.ts";
import { hasLoader } from "./seed_image.ts";
import type { Timeline } from "./timeline.ts";

/** Who ended a running machine: a call, its own guest, a crash, somebody else, or the host. */
export type EndedBy = "call" | "guest" | "crash" | "meddler" | "host";

/** A machine stopped running; for tests that watch what was interrupted. */
export interface MachineEnded {
  readonly at: Ms;
  readonly vmId: string;
  readonly by: EndedBy;
  /** The job that ran on it at that moment, if one did. */
  readonly job: number | undefined;
}

/** What the machines stand in. */
export interface MachineSurroundings {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly forge: SimulatedForge;
  readonly disks: SimulatedDisks;
  readonly takes: (step: keyof GuestTimes) => Ms;
  readonly scaled: (ms: Ms) => Ms;
  readonly odds: GuestOdds;
  readonly memoryMb: number;
  readonly troubles: NetworkTroubles;
  readonly diskHeldMs: Ms;
  readonly ended?: (event: MachineEnded) => void;
}

/** Kept back for the host itself. */
const HOST_MEMORY_MB = 2_048;

/** The VMs, present and past. */
export class Machines {
  readonly #s: MachineSurroundings;
  readonly #live = new Map<string, Machine>();
  /** Lower-case directory to the VM whose configuration lies there. */
  readonly #byDirectory = new Map<string, Machine>();
  readonly #byDisk = new Map<string, Machine>();
  /** Disks that a worker process holds a moment longer than the machine runs, or even exists. */
  readonly #heldUntil = new Map<string, Ms>();
  readonly #removed: Machine[] = [];
  readonly #listeners = new Set<(hint: HostHint) => void>();
  #usedMb = 0;

  constructor(surroundings: MachineSurroundings) {
    this.#s = surroundings;
  }

  /** What a start can have. */
  get freeMemoryMb(): number {
    return Math.max(0, this.#s.memoryMb - HOST_MEMORY_MB - this.#usedMb);
  }

  /** Every VM there is. */
  all(): Iterable<Machine> {
    return this.#live.values();
  }

  /** How many there are. */
  get size(): number {
    return this.#live.size;
  }

  /** A VM, or nothing. */
  find(id: string): Machine | undefined {
    return this.#live.get(id);
  }

  /** A VM, or the error record that says it is not there. */
  get(id: string): Machine {
    const machine = this.#live.get(id);
    if (machine === undefined) throw new RecordError(vmNotFound(id));
    return machine;
  }

  /** Makes a VM, off. */
  add(
    parts:
      & Pick<Machine, "name" | "notes" | "directory" | "disk" | "memoryMb" | "switchName" | "stopAction">
      & Pick<Machine, "startsWithHost" | "foreign">
      & Partial<Settings>,
  ): Machine {
    const machine: Machine = {
      ...DEFAULT_SETTINGS,
      ...parts,
      id: this.#s.random.guid(),
      createdAt: this.#s.timeline.now,
      removedAt: null,
      power: "off",
      runsSince: 0,
      guest: undefined,
      stateBroken: null,
      checkpoints: [],
      standsOn: null,
      merging: false,
      isolation: null,
      address: { now: "", before: null, changedAt: 0 },
      leases: 0,
      locked: false,
    };
    this.#live.set(machine.id, machine);
    this.#byDirectory.set(pathKey(machine.directory), machine);
    if (machine.disk !== "") this.#byDisk.set(pathKey(machine.disk), machine);
    return machine;
  }

  /** Takes a VM out of the host: its configuration goes, its disks stay. */
  remove(machine: Machine, by: EndedBy): void {
    if (holdsMemory(machine.power)) this.cut(machine, by);
    this.#s.disks.files.take(stateFile(machine));
    machine.removedAt = this.#s.timeline.now;
    machine.guest = undefined;
    this.#live.delete(machine.id);
    if (this.#byDirectory.get(pathKey(machine.directory)) === machine) {
      this.#byDirectory.delete(pathKey(machine.directory));
    }
    if (this.#byDisk.get(pathKey(machine.disk)) === machine) this.#byDisk.delete(pathKey(machine.disk));
    this.#removed.push(machine);
    this.#tell(machine);
  }

  /** Changes the power state; whoever watches is told. */
  setPower(machine: Machine, power: MachinePower): void {
    if (machine.power === power) return;
    if (holdsMemory(machine.power) !== holdsMemory(power)) {
      this.#usedMb += holdsMemory(power) ? machine.memoryMb : -machine.memoryMb;
    }
    const { disks } = this.#s;
    if (power === "saved" && !machine.foreign && this.canSave(machine)) {
      disks.makeFolder(win32.dirname(stateFile(machine)));
      disks.files.write(stateFile(machine), machine.memoryMb, "Save-VM");
    } else if (machine.power === "saved") {
      disks.files.take(stateFile(machine));
      machine.stateBroken = null;
    }
    machine.power = power;
    this.#tell(machine);
  }

  /** Whether the volume has room for its memory. */
  canSave(machine: Machine): boolean {
    return machine.foreign || this.#s.disks.freeMb >= machine.memoryMb;
  }

  /** It has another disk now: a checkpoint was made, restored or merged. */
  setDisk(machine: Machine, path: string): void {
    if (this.#byDisk.get(pathKey(machine.disk)) === machine) this.#byDisk.delete(pathKey(machine.disk));
    machine.disk = path;
    if (path !== "") this.#byDisk.set(pathKey(path), machine);
  }

  /** What a restored checkpoint had in memory stands in the machine, and goes on with the next start. */
  load(machine: Machine, memory: GuestMemory): void {
    machine.guest = new SimulatedGuest(this.#surroundings(machine), memory);
  }

  /** It runs now: a fresh guest boots, or a suspended one goes on. */
  run(machine: Machine): void {
    machine.runsSince = this.#s.timeline.now;
    this.setPower(machine, "running");
    if (machine.guest !== undefined) {
      machine.guest.resume();
      return;
    }
    if (machine.foreign) return;
    machine.guest = new SimulatedGuest(this.#surroundings(machine));
  }

  #surroundings(machine: Machine): GuestSurroundings {
    const { timeline, random, forge, takes, scaled, odds, disks, troubles } = this.#s;
    return {
      timeline,
      random,
      forge,
      takes,
      scaled,
      odds,
      vmId: machine.id,
      files: filesOf(disks, machine),
      loader: hasLoader(disks, machine.disk),
      desktop: desktopOf(disks, machine.disk),
      resolution: () => machine.resolution,
      address: () => ownAddress({ troubles }, machine),
      tellsAddress: () => !troubles.has("old_loader", machine.name),
      takesTime: () => !troubles.has("old_time", machine.name),
      drive: () => machine.media?.files,
      pushed: () => machine.pushed,
      powerOff: (by) => this.cut(machine, by),
      grow: (mb) => {
        if (!disks.write(machine.disk, mb)) this.suspend(machine, "critical");
      },
    };
  }

  /** The guest ends, whatever it was doing; the power state is the caller's. */
  stopGuest(machine: Machine, by: EndedBy): void {
    const guest = machine.guest;
    if (guest === undefined) return;
    this.#s.ended?.({ at: this.#s.timeline.now, vmId: machine.id, by, job: guest.job });
    machine.guest = undefined;
    guest.cut();
  }

  /** Off at once. */
  cut(machine: Machine, by: EndedBy): void {
    this.stopGuest(machine, by);
    if (machine.disk !== "") {
      this.#heldUntil.set(pathKey(machine.disk), this.#s.timeline.now + this.#s.diskHeldMs);
    }
    this.setPower(machine, "off");
  }

  /** Saved, paused, or paused by Hyper-V because the volume is full (`critical`). */
  suspend(machine: Machine, power: "saved" | "paused" | "critical"): void {
    machine.guest?.suspend();
    this.setPower(machine, power);
  }

  /** Whether somebody holds the file or folder: a running VM its disk and media, any VM its configuration. */
  holds(path: string): boolean {
    const key = pathKey(path);
    if (this.#byDirectory.has(key)) return true;
    if (this.#s.timeline.now < (this.#heldUntil.get(key) ?? 0)) return true;
    this.#heldUntil.delete(key);
    const machine = this.#byDisk.get(key) ?? this.#byDirectory.get(key.slice(0, key.lastIndexOf("\\")));
    if (machine === undefined || !holdsMemory(machine.power)) return false;
    return [machine.disk, machine.media?.path ?? ""].some((held) => held !== "" && pathKey(held) === key);
  }

  /** Whether a running VM uses a disk. */
  diskAttached(path: string): boolean {
    const machine = this.#byDisk.get(pathKey(path));
    return machine !== undefined && holdsMemory(machine.power);
  }

  /** Whether a VM that runs has the disk open: its own, or one that that stands on, by whichever of its paths. */
  diskInChain(path: string): boolean {
    if (this.diskAttached(path)) return true;
    const { disks } = this.#s;
    const asked = disks.find(path);
    if (asked === undefined || !disks.hasChildren(asked)) return false;
    for (const machine of this.#live.values()) {
      if (!holdsMemory(machine.power)) continue;
      for (const { file } of disks.chain(machine.disk)) if (file === asked.file) return true;
    }
    return false;
  }

  /** Whether a VM that is saved would lose what it was doing if its disk changed. */
  diskOfSaved(path: string): boolean {
    return this.#byDisk.get(pathKey(path))?.power === "saved";
  }

  /** Hears hints until the returned function is called. */
  watch(listener: (hint: HostHint) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every VM that is or was. */
  truth(): Machine[] {
    return [...this.#removed, ...this.#live.values()];
  }

  #tell(machine: Machine): void {
    for (const listener of this.#listeners) listener({ type: "vm.power", vmId: machine.id });
  }
}

/** A guest's view of its disk, whichever layer that is by now. */
function filesOf(disks: SimulatedDisks, machine: Machine): GuestFiles {
  return {
    read: (path) => disks.readInside(machine.disk, path),
    write: (path, text) => void disks.writeInside(machine.disk, path, new TextEncoder().encode(text)),
    remove: (path) => disks.removeInside(machine.disk, path),
    list: (folder) => disks.listInside(machine.disk, folder),
  };
}
