/** Disk layers of checkpoints: made, dropped, merged. */
import { win32 } from "node:path";
import { pathKey } from "../disks.ts";
import { type Checkpoint, type Machine, memoryFile } from "../machine.ts";
import type { World } from "./play.ts";

/** How long a merge takes, and how long one that lacks space waits before it looks again. */
const MERGE_MS = 3_000;
const STALLED_MS = 10_000;

/** A new layer on a disk, beside it; the machine writes there from now on. */
export function addLayer(world: World, machine: Machine, below: string): void {
  const { dir, name } = win32.parse(below);
  const plain = name.replace(/_[0-9A-F-]{36}$/, "");
  const path = win32.join(dir, `${plain}_${world.random.guid().toUpperCase()}.avhdx`);
  world.disks.createChild(path, below, world.timeline.now);
  world.machines.setDisk(machine, path);
}

/** The machine's own layer goes with all that was written to it, unless a checkpoint needs it. */
export function dropLayer(world: World, machine: Machine, layer: string): void {
  const needed = machine.checkpoints.some(({ disk }) => pathKey(disk) === pathKey(layer));
  if (!needed && /\.avhdx$/i.test(layer)) world.disks.removeDisk(layer, world.timeline.now);
}

/** Takes a checkpoint out of the tree; its disk is merged with the layer above it in the background. */
export function removeCheckpoint(world: World, machine: Machine, checkpoint: Checkpoint): void {
  machine.checkpoints = machine.checkpoints.filter((other) => other !== checkpoint);
  world.disks.files.take(memoryFile(machine, checkpoint.id));
  for (const other of machine.checkpoints) {
    if (other.parentId === checkpoint.id) other.parentId = checkpoint.parentId;
  }
  if (machine.standsOn === checkpoint.id) machine.standsOn = checkpoint.parentId;
  machine.merging = true;
  world.timeline.at(
    world.timeline.now + world.scaled(MERGE_MS),
    () => merge(world, machine, checkpoint.disk),
  );
}

function merge(world: World, machine: Machine, disk: string): void {
  if (machine.removedAt !== null) return; // its layers are orphans now, as on a real host
  const above = world.disks.childrenOf(disk);
  const [only] = above;
  if (above.length > 1 || only === undefined) {
    // Nothing stands on it: it goes. Several layers do: it stays until they are gone.
    if (only === undefined) dropLayer(world, machine, disk);
    machine.merging = false;
    return;
  }
  const path = only.path;
  if (!world.disks.mergeChild(disk, world.timeline.now)) {
    world.timeline.at(world.timeline.now + world.scaled(STALLED_MS), () => merge(world, machine, disk));
    return;
  }
  if (pathKey(machine.disk) === pathKey(path)) world.machines.setDisk(machine, disk);
  for (const other of machine.checkpoints) if (pathKey(other.disk) === pathKey(path)) other.disk = disk;
  machine.merging = false;
}

/** The VM is removed: its layers are merged away, its own disk stays. A merge under way leaves its layer behind. */
export function forgetCheckpoints(world: World, machine: Machine): void {
  if (machine.checkpoints.length === 0) return;
  for (const { id } of machine.checkpoints) world.disks.files.take(memoryFile(machine, id));
  machine.checkpoints = [];
  const layers = [...world.disks.chain(machine.disk)].filter(({ path }) => /\.avhdx$/i.test(path));
  for (const { path } of layers) world.disks.removeDisk(path, world.timeline.now);
}
