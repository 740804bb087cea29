/** Ordinary files on the host: golden disks and the folders that they are exported to. */
import { type Disk, onOneVolume, pathKey } from "../disks.ts";
import { FileContent } from "../file_content.ts";
import { contentAt, putContent, renameFile } from "../host_files.ts";
import { fileLocked, fileNotFound, fileProtected, fileRefused, RecordError } from "../records.ts";
import type { Plays, World } from "./play.ts";

/** Of a disk that is neither the best nor the worst, in both directions at once. */
const BYTES_A_MS = 500_000;

/** `file.*`. */
export const FILE_PLAYS: Plays<"file.copy" | "file.read" | "file.write" | "file.rename" | "file.remove"> = {
  "file.copy": {
    lasts: (world, { path, offset, bytes }) => {
      const size = contentAt(world.disks, path)?.size ?? 0;
      return world.scaled(Math.max(0, Math.min(bytes, size - offset)) / BYTES_A_MS);
    },
    land: (world, { path, offset, bytes, target, targetOffset }) => {
      const source = readable(world, path, "file.copy");
      if (isSameFile(world, path, target)) {
        throw refused("file.copy", target, `"${target}" is the very file that would be copied: "${path}".`);
      }
      const piece = source.slice(offset, offset + bytes);
      writePiece(world, "file.copy", target, targetOffset, piece);
      return { copied: piece.size, size: source.size, sha256: piece.sha256() };
    },
  },
  "file.read": {
    land: (world, { path, offset, maxBytes }) => {
      const content = readable(world, path, "file.read");
      return { data: content.read(offset, maxBytes).toBase64(), size: content.size };
    },
  },
  "file.write": {
    land: (world, { path, offset, data }) => {
      const piece = FileContent.bytes(Uint8Array.fromBase64(data));
      writePiece(world, "file.write", path, offset, piece);
      return { size: offset + piece.size };
    },
  },
  "file.rename": {
    land: (world, { path, target }) => {
      const { disks, timeline } = world;
      if (disks.find(path) === undefined && !disks.files.has(path)) {
        throw new RecordError(fileNotFound("file.rename", path));
      }
      if (disks.find(target) !== undefined || disks.files.has(target) || disks.hasFolder(target)) {
        throw refused("file.rename", target, `"${target}" exists: it is left as it is.`);
      }
      if (!onOneVolume(path, target)) {
        const text = `"${path}" cannot be renamed to "${target}", which is on another volume: copy it.`;
        throw refused("file.rename", target, text);
      }
      refuseUsed(world, path, "file.rename");
      renameFile(disks, path, target, timeline.now);
      return {};
    },
  },
  "file.remove": {
    land: (world, { path }) => {
      const { disks, timeline } = world;
      refuseFolder(world, path, "file.remove");
      refuseProtected(disks.find(path), path, "file.remove");
      refuseUsed(world, path, "file.remove");
      disks.removeDisk(path, timeline.now);
      disks.files.take(path);
      return {};
    },
  },
};

/** The bytes of a file that others do not write to just now. */
function readable(world: World, path: string, command: string): FileContent {
  const { disks, machines, timeline } = world;
  refuseFolder(world, path, command);
  // A golden disk that nobody has asked for before.
  const disk = disks.findTemplate(path, timeline.now);
  const content = contentAt(disks, path);
  if (content === undefined) throw new RecordError(fileNotFound(command, path));
  const isWritten = machines.diskAttached(path) || machines.holds(path) || isMounted(world, path);
  if (isWritten && disk?.file.readOnly !== true) throw new RecordError(fileLocked(command, path));
  return content;
}

/** The file ends after the piece; what it was to begin after is checked first. */
function writePiece(world: World, command: string, path: string, offset: number, piece: FileContent): void {
  const { disks, timeline } = world;
  refuseFolder(world, path, command);
  refuseProtected(disks.find(path), path, command);
  refuseUsed(world, path, command);
  const there = contentAt(disks, path) ?? FileContent.empty;
  if (there.size < offset) {
    throw refused(
      command,
      path,
      `"${path}" has ${there.size} bytes: a piece cannot begin at ${offset}. Begin where it ends, or anew at 0.`,
    );
  }
  const content = there.slice(0, offset).followedBy(piece);
  putContent(disks, { path, content, command, now: timeline.now });
}

function isSameFile({ disks }: World, path: string, other: string): boolean {
  if (pathKey(path) === pathKey(other)) return true;
  const disk = disks.find(path);
  return disk !== undefined && disk.file === disks.find(other)?.file;
}

function isMounted({ mounted }: World, path: string): boolean {
  return mounted !== undefined && pathKey(mounted) === pathKey(path);
}

function refuseFolder({ disks }: World, path: string, command: string): void {
  if (disks.hasFolder(path)) throw refused(command, path, `"${path}" is a folder, not a file.`);
}

function refuseProtected(disk: Disk | undefined, path: string, command: string): void {
  if (disk?.file.readOnly === true) throw new RecordError(fileProtected(command, path));
}

function refuseUsed(world: World, path: string, command: string): void {
  const { machines } = world;
  if (isMounted(world, path) || machines.diskInChain(path) || machines.holds(path)) {
    throw new RecordError(fileLocked(command, path));
  }
}

function refused(command: string, target: string, message: string): RecordError {
  return new RecordError(fileRefused(command, target, message));
}
