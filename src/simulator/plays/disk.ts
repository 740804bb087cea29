/** Virtual disks and the folders they lie in. */
import { win32 } from "node:path";
import { identityOf } from "../disk_file.ts";
import type { Disk } from "../disks.ts";
import {
  diskFull,
  diskInUse,
  fileLocked,
  fileNotFound,
  fileProtected,
  hyperV,
  noDisk,
  RecordError,
} from "../records.ts";
import type { Plays, World } from "./play.ts";

/** Characters of a file that `disk.readFiles` answers. */
const MAX_TEXT = 65_536;

/** `disk.*` and `dir.*`. */
export const DISK_PLAYS: Plays<
  | "disk.info"
  | "disk.protect"
  | "disk.link"
  | "disk.createChild"
  | "disk.remove"
  | "disk.inject"
  | "disk.readFiles"
  | "dir.list"
  | "dir.remove"
> = {
  "disk.info": {
    land: (world, { path }) => {
      const disk = find(world, path, "Get-VHD");
      return {
        path: disk.path,
        format: path.toLowerCase().endsWith(".vhd") ? "vhd" : "vhdx",
        type: disk.file.parent === null ? "dynamic" : "differencing",
        sizeMb: disk.file.sizeMb,
        fileMb: disk.file.fileMb,
        parent: disk.file.parent,
        readOnly: disk.file.readOnly,
        attached: world.machines.diskAttached(path) || world.mounted === disk.path,
        identity: identityOf(disk.file),
      };
    },
  },
  "disk.protect": {
    land: (world, { path }) => {
      find(world, path, "Get-VHD").file.readOnly = true;
      return {};
    },
  },
  "disk.link": {
    land: (world, { path, target }) => {
      const { disks, timeline } = world;
      const disk = find(world, path, "Get-Item");
      const there = disks.find(target);
      if (there?.file === disk.file) return { linked: true };
      if (there !== undefined || disks.files.has(target) || disks.hasFolder(target)) {
        throw targetTaken(target, disk.path);
      }
      return { linked: disks.link(disk, target, timeline.now) };
    },
  },
  "disk.createChild": {
    land: (world, { path, parent }) => {
      if (world.machines.diskAttached(parent) && world.disks.find(parent)?.file.readOnly !== true) {
        throw new RecordError(diskInUse(parent));
      }
      world.disks.createChild(path, parent, world.timeline.now);
      return { path };
    },
  },
  "disk.remove": {
    land: (world, { path }) => {
      const disk = world.disks.find(path);
      if (disk === undefined) return {};
      if (disk.file.readOnly) throw new RecordError(fileProtected("Remove-Item", path));
      if (world.mounted === disk.path || world.machines.diskInChain(path) || world.machines.holds(path)) {
        throw new RecordError(fileLocked("Remove-Item", path));
      }
      world.disks.removeDisk(path, world.timeline.now);
      return {};
    },
  },
  "disk.inject": {
    begin: (world, { path }) => {
      const disk = find(world, path, "Mount-VHD");
      const { machines, mounted } = world;
      // Two mounted children of one parent have the same identifier: Windows would take one of them offline.
      if (mounted !== undefined || machines.diskInChain(path) || machines.diskOfSaved(path)) {
        throw new RecordError(diskInUse(path));
      }
      if (disk.file.readOnly) throw new RecordError(fileProtected("Mount-VHD", path));
      const broken = world.disks.brokenBecause(path);
      if (broken !== undefined) throw unreadable(path, broken);
      world.mounted = disk.path;
    },
    land: (world, { path, files }) => {
      world.mounted = undefined;
      for (const file of files) {
        const bytes = new TextEncoder().encode(file.text);
        if (!world.disks.writeInside(path, win32.join("C:\\", file.path), bytes)) {
          throw new RecordError(diskFull("Set-Content", path));
        }
      }
      return { files: files.length };
    },
  },
  "disk.readFiles": {
    begin: (world, { path }) => {
      const disk = find(world, path, "Mount-VHD");
      if (world.mounted !== undefined || world.machines.diskAttached(path)) {
        throw new RecordError(diskInUse(path));
      }
      const broken = world.disks.brokenBecause(path);
      if (broken !== undefined) throw unreadable(path, broken);
      world.mounted = disk.path;
    },
    land: (world, { path, files }) => {
      world.mounted = undefined;
      return {
        files: files.map((file) => ({
          path: file,
          text: shortText(world.disks.readInside(path, win32.join("C:\\", file))),
        })),
      };
    },
  },
  "dir.list": {
    land: ({ disks }, { path, files }) => ({
      names: disks.list(path),
      ...(files === true ? { files: disks.listFiles(path) } : {}),
    }),
  },
  "dir.remove": {
    land: (world, { path }) => {
      const { disks, machines, timeline } = world;
      disks.removeFolder(path, (file) => machines.holds(file) || machines.diskInChain(file), timeline.now);
      return {};
    },
  },
};

function find(world: World, path: string, command: string): Disk {
  const disk = world.disks.findTemplate(path, world.timeline.now);
  if (disk !== undefined) return disk;
  throw new RecordError(world.disks.files.has(path) ? noDisk(command, path) : fileNotFound(command, path));
}

/** What is longer than an answer may be counts as missing. */
function shortText(bytes: Uint8Array | undefined): string | null {
  if (bytes === undefined) return null;
  const text = new TextDecoder().decode(bytes);
  return text.length > MAX_TEXT ? null : text;
}

function targetTaken(target: string, path: string): RecordError {
  return new RecordError({
    message: `"${target}" exists and is not the file at "${path}": it is left as it is.`,
    category: "InvalidArgument",
    fqid: "InvalidParameter,Invoke-HvDiskLink",
    hresult: "0x80131509",
    command: "Invoke-HvDiskLink",
    target,
  });
}

function unreadable(path: string, reason: string): RecordError {
  return new RecordError(hyperV({
    id: "OperationFailed",
    category: "NotSpecified",
    command: "Mount-VHD",
    target: path,
    message: `Failed to mount '${path}'. ${reason}`,
  }));
}
