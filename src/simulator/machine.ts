/** One VM of the simulated host, as Hyper-V knows it. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import type { HostArgs, HostValue } from "../ports/host.ts";
import type { GuestMemory, SimulatedGuest } from "./guest.ts";
import type { DriveFile } from "./introduction.ts";

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
  /** Its display in pixels. */
  resolution: { readonly width: number; readonly height: number };
  media: { readonly path: string; readonly files: readonly DriveFile[] } | null;
  /** What the host told the guest by key-value exchange. */
  pushed: Readonly<Record<string, string>>;
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
  readonly usesHad: ReadonlySet<number>;
  /** What a restore gives. */
  restoresTo: "saved" | "off";
  memory: GuestMemory | undefined;
  /** Its memory was taken by another version of the hypervisor. */
  broken: boolean;
}

/** What another machine is like before anybody has said anything else. */
export const DEFAULT_SETTINGS = {
  processors: 2,
  tpm: false,
  nested: false,
  gpus: 0,
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
  /** Its saved state was made by another version of the hypervisor, or is damaged: it cannot be resumed. */
  stateBroken: boolean;
  checkpoints: Checkpoint[];
  /** The checkpoint that it stands on. */
  standsOn: string | null;
  /** Disks are being merged. */
  merging: boolean;
  isolation: Omit<HostArgs<"net.isolate">, "vmId"> | null;
  /** Boot of the host, or later reconnection, from which its address is. */
  addressFrom: string;
  /** Use numbers that its disk remembers. */
  readonly usesHad: Set<number>;
  /** A call that changes it is under way. */
  locked: boolean;
}

/** A copy of the settings. */
export function settingsOf(machine: Settings): Settings {
  const { notes, memoryMb, processors, switchName, stopAction, tpm, nested, gpus } = machine;
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
    resolution,
    media,
    pushed,
  };
}

/** Where its saved state lies. */
export function stateFile(machine: Pick<Machine, "id" | "directory">): string {
  return win32.join(machine.directory, "Virtual Machines", `${machine.id.toUpperCase()}.VMRS`);
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
    cpuPercent: power === "running" ? machine.guest?.job === undefined ? 2 : 60 : 0,
  };
}
