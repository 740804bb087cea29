/** Checkpoints and saved states. */
import { win32 } from "node:path";
import { type Checkpoint, holdsMemory, type Machine, memoryFile, settingsOf } from "../machine.ts";
import { diskFull, RecordError } from "../records.ts";
import { reported } from "./addresses.ts";
import { addLayer, dropLayer, removeCheckpoint } from "./layers.ts";
import { mayKeepMemory, mustBe } from "./machine.ts";
import type { Plays, World } from "./play.ts";
import { checkpointNotFound, devicesForbid } from "./refusals.ts";

/** `checkpoint.*` and `savedState.*`. */
export const CHECKPOINT_PLAYS: Plays<
  "checkpoint.create" | "checkpoint.list" | "checkpoint.restore" | "checkpoint.remove" | "savedState.remove"
> = {
  "checkpoint.create": {
    locks: (args) => args.vmId,
    begin: (world, { vmId }) => mayBeTaken(world, world.machines.get(vmId)),
    land: (world, { vmId, name }) => {
      const machine = world.machines.get(vmId);
      mayBeTaken(world, machine);
      return { checkpointId: take(world, machine, name) };
    },
  },
  "checkpoint.list": {
    land: (world, { vmId }) => ({
      checkpoints: world.machines.get(vmId).checkpoints.map((
        { id, name, parentId, createdAt, restoresTo },
      ) => ({
        id,
        name,
        parentId,
        createdAt,
        restoresTo,
        automatic: false,
      })),
    }),
  },
  "checkpoint.restore": {
    locks: (args) => args.vmId,
    begin: (world, { vmId, checkpointId }) => {
      const machine = world.machines.get(vmId);
      const checkpoint = find(machine, checkpointId, "Restore-VMSnapshot");
      mustBe(machine, ["off", "saved", "running", "paused", "critical"], "Restore-VMSnapshot");
      mustHaveRoom(world, machine, checkpoint);
      if (!holdsMemory(machine.power)) return;
      world.machines.stopGuest(machine, "call"); // what ran is lost
      world.machines.setPower(machine, "stopping");
    },
    land: (world, { vmId, checkpointId }) => {
      const machine = world.machines.get(vmId);
      restore(world, machine, find(machine, checkpointId, "Restore-VMSnapshot"));
      return { power: machine.power };
    },
  },
  "checkpoint.remove": {
    locks: (args) => args.vmId,
    land: (world, { vmId, checkpointId }) => {
      const machine = world.machines.get(vmId);
      const checkpoint = machine.checkpoints.find(({ id }) => id === checkpointId);
      if (checkpoint !== undefined) removeCheckpoint(world, machine, checkpoint);
      return {};
    },
  },
  "savedState.remove": {
    locks: (args) => args.vmId,
    begin: (world, { vmId, checkpointId }) => {
      const machine = world.machines.get(vmId);
      if (checkpointId !== undefined) find(machine, checkpointId, "Remove-VMSavedState");
    },
    land: (world, { vmId, checkpointId }) => {
      const machine = world.machines.get(vmId);
      if (checkpointId !== undefined) {
        const checkpoint = find(machine, checkpointId, "Remove-VMSavedState");
        world.disks.files.take(memoryFile(machine, checkpoint.id));
        checkpoint.memory = undefined;
        checkpoint.restoresTo = "off";
        checkpoint.broken = null;
      } else if (machine.power === "saved") {
        world.machines.cut(machine, "call");
      }
      return { power: machine.power };
    },
  },
};

function find(machine: Machine, id: string, command: string): Checkpoint {
  const checkpoint = machine.checkpoints.find((one) => one.id === id);
  if (checkpoint === undefined) throw checkpointNotFound(command, id);
  return checkpoint;
}

function mayBeTaken(world: World, machine: Machine): void {
  mustBe(machine, ["off", "saved", "running", "paused"], "Checkpoint-VM");
  if (machine.gpus > 0) throw devicesForbid("Checkpoint-VM", machine.name, "gpu");
  mayKeepMemory(machine, "Checkpoint-VM");
  if (machine.power !== "off" && !world.machines.canSave(machine)) {
    throw new RecordError(diskFull("Checkpoint-VM", machine.directory));
  }
}

/** Refuses a restore whose saved state the volume has no room for, beside the one that it takes the place of. */
function mustHaveRoom(world: World, machine: Machine, { restoresTo, settings }: Checkpoint): void {
  if (restoresTo === "off" || machine.foreign) return;
  const freed = machine.power === "saved" ? machine.memoryMb : 0;
  if (world.disks.freeMb + freed < settings.memoryMb) {
    throw new RecordError(diskFull("Restore-VMSnapshot", machine.directory));
  }
}

/** The disk is frozen where it is, and the memory with it; the machine goes on in a new layer. All of it or nothing. */
function take(world: World, machine: Machine, name: string): string {
  const { disk } = machine;
  const { disks, timeline } = world;
  const id = world.random.guid();
  const file = memoryFile(machine, id);
  if (machine.power !== "off" && !machine.foreign) {
    disks.makeFolder(win32.dirname(file));
    disks.files.write(file, machine.memoryMb, "Checkpoint-VM");
  }
  try {
    if (disk !== "") addLayer(world, machine, disk);
  } catch (error) {
    disks.files.take(file);
    throw error;
  }
  machine.checkpoints.push({
    id,
    name,
    createdAt: timeline.now,
    parentId: machine.standsOn,
    settings: settingsOf(machine),
    disk,
    address: reported(world, machine),
    restoresTo: machine.power === "off" ? "off" : "saved",
    memory: machine.guest?.memory(),
    broken: machine.stateBroken,
  });
  machine.standsOn = id;
  return id;
}

function restore(world: World, machine: Machine, checkpoint: Checkpoint): void {
  const { machines } = world;
  if (machine.power !== "off") machines.cut(machine, "call");
  mustHaveRoom(world, machine, checkpoint);
  const dropped = machine.disk;
  if (checkpoint.disk !== "") addLayer(world, machine, checkpoint.disk);
  dropLayer(world, machine, dropped);
  Object.assign(machine, settingsOf(checkpoint.settings));
  machine.address = { now: checkpoint.address, before: null, changedAt: 0 };
  machine.standsOn = checkpoint.id;
  if (checkpoint.restoresTo === "off") return;
  if (checkpoint.memory !== undefined) machines.load(machine, checkpoint.memory);
  machines.setPower(machine, "saved");
  machine.stateBroken = checkpoint.broken;
}
