/** One VM of the simulated host, as Hyper-V knows it. */
import type { Ms } from "../model/ids.ts";
import type { HostValue } from "../ports/host.ts";
import type { DriveFile, SimulatedGuest } from "./guest.ts";

/** Power as the call list names it. */
export type MachinePower = HostValue<"vm.list">["vms"][number]["power"];

/** A VM; removed ones are kept for the truth. */
export interface Machine {
  readonly id: string;
  name: string;
  readonly notes: string;
  readonly directory: string;
  /** Path of its disk; empty for a VM of other people whose disk is of no interest. */
  readonly disk: string;
  readonly memoryMb: number;
  readonly switchName: string | null;
  readonly stopAction: "TurnOff" | "Save" | "ShutDown";
  /** Whether it starts again by itself when the host comes back. */
  readonly startsWithHost: boolean;
  readonly foreign: boolean;
  readonly createdAt: Ms;
  removedAt: Ms | null;
  power: MachinePower;
  /** Start or resume. */
  runsSince: Ms;
  media: { readonly path: string; readonly files: readonly DriveFile[] } | null;
  guest: SimulatedGuest | undefined;
  /** Use numbers that its disk remembers. */
  readonly usesHad: Set<number>;
  /** A call that changes it is under way. */
  locked: boolean;
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
