/** One VM of the simulated host, as Hyper-V knows it. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import type { HostArgs, HostValue } from "../ports/host.ts";
import type { SimulatedGuest } from "./guest.ts";
import type { GuestMemory } from "./guest_memory.ts";
import type { DriveFile } from "./introduction.ts";
import type { SavedStateFault } from "./saved_state.ts";

/** Power as the call list names it. */
export type MachinePower = HostValue<"vm.list">["vms"][number]["power"];

/** What a VM is set to: all that a checkpoint keeps beside disk and memory, and that a restore brings back. */
export interface Settings {
  notes: string;
  memoryMb: number;
  processors: number;
  switchName: string | null;
  stopAction: HostArgs<"vm.create">["stopAction"];
  tpm: boolean;
  nested: boolean;
  /** GPU partitions that it has. */
  gpus: number;
  /** What was asked for with its GPU partition; null: it has none. */
  gpuPartition: Omit<HostArgs<"gpu.add">, "vmId" | "lowMmioMb" | "highMmioMb"> | null;
  /** The VLAN of its adapter; null: none. */
  vlan: number | null;
  /** Its display in pixels. */
  resolution: { readonly width: number; readonly height: number };
  media: { readonly path: string; readonly files: readonly DriveFile[] } | null;
  /** What the host told the guest by key-value exchange. */
  pushed: Readonly<Record<string, string>>;
}

/** The address that a guest reports: for a while after it got another it is still the old one. */
export interface Address {
  readonly now: string;
  readonly before: string | null;
  readonly changedAt: Ms;
}

/** One checkpoint. */
export interface Checkpoint {
  readonly id: string;
  readonly name: string;
  readonly createdAt: Ms;
  parentId: string | null;
  readonly settings: Settings;
  /** The disk as it was: frozen, later layers stand on it. */
  disk: string;
  /** What its guest reports after a restore, until it has asked for another. */
  readonly address: string;
  /** What a restore gives. */
  restoresTo: "saved" | "off";
  memory: GuestMemory | undefined;
  /** Why its memory cannot be resumed; `null` when it can. */
  broken: SavedStateFault | null;
}

/** What another machine is like before anybody has said anything else. */
export const DEFAULT_SETTINGS = {
  processors: 2,
  tpm: false,
  nested: false,
  gpus: 0,
  gpuPartition: null,
  vlan: null,
  resolution: { width: 1024, height: 768 },
  media: null,
  pushed: {},
} as const satisfies Partial<Settings>;

/** A VM; removed ones are kept for the truth. */
export interface Machine extends Settings {
  readonly id: string;
  name: string;
  readonly directory: string;
  /** Path of its disk now; empty for a VM of other people whose disk is of no interest. */
  disk: string;
  /** Whether it starts again by itself when the host comes back. */
  readonly startsWithHost: boolean;
  readonly foreign: boolean;
  readonly createdAt: Ms;
  removedAt: Ms | null;
  power: MachinePower;
  /** Start or resume. */
  runsSince: Ms;
  guest: SimulatedGuest | undefined;
  /** Why its saved state cannot be resumed; `null` when it can, or where there is none. */
  stateBroken: SavedStateFault | null;
  checkpoints: Checkpoint[];
  /** The checkpoint that it stands on. */
  standsOn: string | null;
  /** Disks are being merged. */
  merging: boolean;
  isolation: Omit<HostArgs<"net.isolate">, "vmId"> | null;
  address: Address;
  /** How many addresses it has asked for after its start. */
  leases: number;
  /** A call that changes it is under way. */
  locked: boolean;
}

/** A copy of the settings. */
export function settingsOf(machine: Settings): Settings {
  const { notes, memoryMb, processors, switchName, stopAction, tpm, nested, gpus, gpuPartition, vlan } =
    machine;
  const { resolution, media, pushed } = machine;
  return {
    notes,
    memoryMb,
    processors,
    switchName,
    stopAction,
    tpm,
    nested,
    gpus,
    gpuPartition,
    vlan,
    resolution,
    media,
    pushed,
  };
}

/** Where its saved state lies. */
export function stateFile(machine: Pick<Machine, "id" | "directory">): string {
  return win32.join(machine.directory, "Virtual Machines", `${machine.id.toUpperCase()}.VMRS`);
}

/** Where the memory of a checkpoint lies. */
export function memoryFile(machine: Pick<Machine, "directory">, checkpointId: string): string {
  return win32.join(machine.directory, "Snapshots", `${checkpointId.toUpperCase()}.VMRS`);
}

/** Whether the VM holds memory in this power state. */
export function holdsMemory(power: MachinePower): boolean {
  return power !== "off" && power !== "saved";
}

/** What the heartbeat service says; null, as on a real host, where there is nothing to say. */
function heartbeatOf(machine: Machine): HostValue<"vm.list">["vms"][number]["heartbeat"] {
  if (machine.power === "paused") return "paused";
  if (machine.power !== "running") return null;
  if (machine.guest === undefined) return "unknown";
  return machine.guest.heartbeat;
}

/** One row of `vm.list`. */
export function machineRow(machine: Machine, now: Ms): HostValue<"vm.list">["vms"][number] {
  const { id, name, power, notes, directory, memoryMb } = machine;
  return {
    id,
    name,
    power,
    notes,
    directory,
    memoryMb,
    uptimeMs: holdsMemory(power) ? now - machine.runsSince : 0,
    heartbeat: heartbeatOf(machine),
    ...(power === "saved" ? { savedMb: machine.memoryMb } : {}),
    cpuPercent: power === "running" ? machine.guest?.job === undefined ? 2 : 60 : 0,
  };
}
