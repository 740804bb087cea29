/** What stands in the way of a start, in the order in which Hyper-V meets it. */
import type { Machine } from "../machine.ts";
import { outOfMemory, RecordError, startFailed, wrongState } from "../records.ts";
import { savedStateReason } from "../saved_state.ts";
import type { World } from "./play.ts";

const NO_RESOURCES = "Insufficient system resources exist to complete the requested service. (0x800705AA).";

/** The first half of a start: checks, and `starting` for all to see. */
export function beginStart(world: World, machine: Machine): void {
  if (machine.power === "running") return; // only a warning
  if (machine.power !== "off" && machine.power !== "saved") {
    throw new RecordError(wrongState("Start-VM", machine.name));
  }
  if (machine.memoryMb > world.machines.freeMemoryMb) {
    throw new RecordError(outOfMemory(machine.name, machine.id));
  }
  const reason = whyNot(world, machine);
  if (reason !== undefined) throw new RecordError(startFailed(machine.name, reason));
  world.machines.setPower(machine, "starting");
}

function whyNot(world: World, machine: Machine): string | undefined {
  const { disks, switches } = world;
  const { name, switchName, disk, media } = machine;
  if (switchName !== null && !switches.some((one) => one.name === switchName)) {
    return `'${name}' failed to allocate resources while connecting to a virtual network: ${NO_RESOURCES}`;
  }
  if (machine.gpus > partitionsLeft(world)) {
    return `'${name}' GPU Partition: failed to finish reserving resources: ${NO_RESOURCES}`;
  }
  if (media !== null && !disks.files.has(media.path) && world.imageAt(media.path) === undefined) {
    return `'${name}' failed to open attachment '${media.path}'. The system cannot find the file. (0x80070002)`;
  }
  if (disk !== "") {
    const broken = disks.brokenBecause(disk);
    if (broken !== undefined) return broken;
    if (disks.find(disk)?.file.readOnly === true) {
      return `User account does not have permission required to open attachment '${disk}'. ` +
        "Error: 'General access denied error' (0x80070005).";
    }
  }
  const { power, stateBroken } = machine;
  return power === "saved" && stateBroken !== null ? savedStateReason(stateBroken) : undefined;
}

function partitionsLeft(world: World): number {
  let left = world.gpus.reduce((sum, gpu) => sum + gpu.partitions, 0);
  for (const { power, gpus } of world.machines.all()) if (power !== "off" && power !== "saved") left -= gpus;
  return left;
}
