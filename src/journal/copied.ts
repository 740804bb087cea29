/** A data directory that is a copy: two controllers with one id would take each other's machines for their own. */
import { realpathSync, statSync } from "node:fs";
import { type ControllerFile, controllerFile, idIn } from "./controller_file.ts";
import { DataDirError } from "./datadir_error.ts";

/**
 * Where a directory really lies, for `controller.json`. One that was moved is at home where it is now; one that was
 * copied is refused as long as the original is there.
 * @throws DataDirError `copied`
 */
export function homeOf(dir: string, { id, directory }: ControllerFile): string {
  const here = realpathSync(dir);
  if (directory === undefined || directory === here || isSame(directory, here)) return here;
  if (idIn(directory) !== id) return here;
  throw new DataDirError(
    "copied",
    `Cannot use the data directory ${here}: it is a copy of ${directory}, which is still there. Two controllers with one ` +
      "id would take each other's machines for their own.",
    `Delete the copy, or start hvpool with the original. If this one is to take its place, delete or move away ` +
      `${controllerFile(directory)} first.`,
  );
}

/** Whether two paths lead to one directory, by another name of it. */
function isSame(one: string, other: string): boolean {
  if (Deno.build.os === "windows" && one.toLowerCase() === other.toLowerCase()) return true;
  const [a, b] = [one, other].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.ino !== 0n && a.ino === b.ino && a.dev === b.dev;
}
