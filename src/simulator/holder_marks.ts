/** What those who have a machine leave on its disk, and what one can see of those before them. */
import type { Machine } from "./machine.ts";
import type { World } from "./plays/play.ts";

const FOLDER = "C:\\marks";

/** Marks that can be seen on a machine's disk, in order; none on a clean one. */
export function marksOn({ disks }: Pick<World, "disks">, { disk }: Pick<Machine, "disk">): string[] {
  return disks.listInside(disk, FOLDER).map((path) => path.slice(FOLDER.length + 1).replace(/\.txt$/, ""));
}

/**
 * Whoever has the machine writes a file into its guest. Answers the marks that were there before; `undefined`: no guest is
 * up that could be reached. The name comes back in lower case.
 */
export function leaveMark(world: Pick<World, "disks">, machine: Machine, name: string): string[] | undefined {
  if (machine.power !== "running" || machine.guest?.isUp !== true) return undefined;
  const before = marksOn(world, machine);
  world.disks.writeInside(machine.disk, `${FOLDER}\\${name}.txt`, new TextEncoder().encode(name));
  return before;
}
