/** VMs and disks of a simulated host that are or were. */
import type { Ms } from "../model/ids.ts";
import type { SimulatedDisks } from "./disks.ts";
import { marksOn } from "./holder_marks.ts";
import type { Machine, MachinePower } from "./machine.ts";
import { isReached } from "./plays/addresses.ts";
import type { World } from "./plays/play.ts";

/** All of them. */
export interface HostTruth {
  readonly vms: {
    id: string;
    name: string;
    notes: string;
    directory: string;
    power: MachinePower | "absent";
    foreign: boolean;
    /** What `net.isolate` set last; `null`: nothing. */
    isolation: Machine["isolation"];
    checkpoints: string[];
    gpus: number;
    /** What `gpu.add` asked for; `null`: it has none. */
    gpuPartition: Machine["gpuPartition"];
    /** The VLAN of its adapter; `null`: none. */
    vlan: number | null;
    /** Where its guest really is on the network; `null`: no guest is up. */
    address: string | null;
    /** How far its guest's clock is behind the host's; `null`: no guest runs. */
    clockBehindMs: Ms | null;
    /** What those who had it left on its disk: see {@linkcode marksOn}. */
    marks: string[];
    createdAt: Ms;
    removedAt: Ms | null;
  }[];
  readonly disks: ReturnType<SimulatedDisks["truth"]>;
}

/** Reads them. */
export function hostTruth(
  { machines, disks, troubles }: Pick<World, "machines" | "disks" | "troubles">,
): HostTruth {
  const vms = machines.truth().map((machine) => {
    const {
      id,
      name,
      notes,
      directory,
      power,
      foreign,
      isolation,
      gpus,
      gpuPartition,
      vlan,
      createdAt,
      removedAt,
    } = machine;
    return {
      id,
      name,
      notes,
      directory,
      power: removedAt === null ? power : "absent" as const,
      foreign,
      isolation,
      checkpoints: machine.checkpoints.map((checkpoint) => checkpoint.name),
      gpus,
      gpuPartition,
      vlan,
      address: isReached({ troubles }, machine) ? machine.address.now : null,
      clockBehindMs: power === "running" ? machine.guest?.clockBehindMs ?? null : null,
      marks: removedAt === null ? marksOn({ disks }, machine) : [],
      createdAt,
      removedAt,
    };
  });
  return { vms, disks: disks.truth() };
}
