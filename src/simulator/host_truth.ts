/** VMs and disks of a simulated host that are or were. */
import type { Ms } from "../model/ids.ts";
import type { SimulatedDisks } from "./disks.ts";
import type { Machine, MachinePower } from "./machine.ts";
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
    /** The VLAN of its adapter; `null`: none. */
    vlan: number | null;
    createdAt: Ms;
    removedAt: Ms | null;
  }[];
  readonly disks: ReturnType<SimulatedDisks["truth"]>;
}

/** Reads them. */
export function hostTruth({ machines, disks }: Pick<World, "machines" | "disks">): HostTruth {
  const vms = machines.truth().map((machine) => {
    const { id, name, notes, directory, power, foreign, isolation, gpus, vlan, createdAt, removedAt } =
      machine;
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
      vlan,
      createdAt,
      removedAt,
    };
  });
  return { vms, disks: disks.truth() };
}
