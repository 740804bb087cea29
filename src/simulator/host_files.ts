/** Files of the simulated host as bytes, virtual disks among them: what is whole and named like a disk is one. */
import type { Ms } from "../model/ids.ts";
import { diskContent, readDiskImage, setDiskContent } from "./disk_image.ts";
import type { Disk, SimulatedDisks } from "./disks.ts";
import { FileContent } from "./file_content.ts";
import { diskFull, RecordError } from "./records.ts";

const DISK_NAME = /\.a?vhdx?$/i;

/** The bytes of a file; `undefined`: there is none. */
export function contentAt(disks: SimulatedDisks, path: string): FileContent | undefined {
  const disk = disks.find(path);
  return disk === undefined ? disks.files.contentAt(path) : diskContent(disk.file);
}

/**
 * Writes a file anew, in place of whatever file is there, and makes the folder that it lies in. Other paths of a disk
 * that was there keep it.
 */
export function putContent(
  disks: SimulatedDisks,
  { path, content, command, now }: { path: string; content: FileContent; command: string; now: Ms },
): void {
  const old = disks.find(path);
  const freed = old === undefined
    ? (disks.files.contentAt(path)?.size ?? 0) / 1_048_576
    : old.file.links === 1
    ? old.file.fileMb
    : 0;
  if (disks.freeMb + freed < content.size / 1_048_576) throw new RecordError(diskFull(command, path));
  if (old !== undefined) disks.removeDisk(path, now);
  if (becomesDisk(disks, path, content, now) === undefined) disks.files.put(path, content, command);
}

/** Makes a disk of a file, where it is a whole one and is named so. */
function becomesDisk(
  disks: SimulatedDisks,
  path: string,
  content: FileContent,
  now: Ms,
): Disk | undefined {
  const image = DISK_NAME.test(path) ? readDiskImage(content) : undefined;
  if (image === undefined) return undefined;
  disks.files.take(path);
  const disk = disks.addImage(path, image, content.size / 1_048_576, now);
  setDiskContent(disk.file, content);
  return disk;
}

/** Gives a file another path, where nothing is. `false`: there is no such file. */
export function renameFile(disks: SimulatedDisks, path: string, target: string, now: Ms): boolean {
  const disk = disks.find(path);
  if (disk !== undefined && DISK_NAME.test(target)) {
    disks.renameDisk(disk, target, now);
    return true;
  }
  const content = contentAt(disks, path);
  if (content === undefined) return false;
  if (disk !== undefined) disks.removeDisk(path, now);
  const file = disks.files.take(path);
  if (becomesDisk(disks, target, content, now) !== undefined) return true;
  disks.makeFolderAround(target);
  disks.files.place(target, file ?? { sizeMb: content.size / 1_048_576, drive: [], content }, "Move-Item");
  return true;
}

/** A byte in the middle of a file is no longer what it was, and nothing else tells of it. `false`: there is nothing. */
export function corruptFile(disks: SimulatedDisks, path: string): boolean {
  const content = contentAt(disks, path);
  if (content === undefined || content.size === 0) return false;
  const middle = Math.floor(content.size / 2);
  const byte = ((content.read(middle, 1)[0] ?? 0) + 1) & 0xff;
  const damaged = content.slice(0, middle)
    .followedBy(FileContent.bytes(Uint8Array.of(byte)))
    .followedBy(content.slice(middle + 1));
  const disk = disks.find(path);
  if (disk === undefined) disks.files.put(path, damaged, "Set-Content");
  else setDiskContent(disk.file, damaged);
  return true;
}
