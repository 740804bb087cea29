/** Folders and files of the simulated host, virtual disks among them. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import type { DriveFile } from "./introduction.ts";
import {
  badParent,
  brokenChain,
  diskFull,
  fileExists,
  fileLocked,
  fileNotFound,
  RecordError,
} from "./records.ts";

/** A virtual disk; removed ones are kept for the truth. */
export interface Disk {
  readonly path: string;
  parent: string | null;
  readonly sizeMb: number;
  fileMb: number;
  readOnly: boolean;
  /** Grows with every write while it has no guest of its own to own it: children remember it. */
  identity: number;
  parentIdentity: number;
  /**
   * Files that hvpool or a guest wrote to it, by their lower-case path; `null`: deleted here. Those of its parents
   * shine through.
   */
  readonly files: Map<string, Uint8Array | null>;
  readonly createdAt: Ms;
  removedAt: Ms | null;
}

interface Folder {
  readonly path: string;
  /** Lower-case name to name. */
  readonly folders: Map<string, string>;
  /** Lower-case paths of files that are no disks. */
  readonly files: Map<string, PlainFile>;
  /** Lower-case paths of disks. */
  readonly disks: Set<string>;
}

/** A file that is no disk. */
interface PlainFile {
  readonly sizeMb: number;
  /** What a config drive's image holds. */
  readonly drive: readonly DriveFile[];
}

/** A new differencing disk's file. */
const CHILD_FILE_MB = 4;

/** One path on Windows: separators, dots and case folded. */
export function pathKey(path: string): string {
  const plain = win32.normalize(path).toLowerCase();
  return plain.length > 3 && plain.endsWith("\\") ? plain.slice(0, -1) : plain;
}

/** The volume with everything on it. Questions and changes are instant; latency is the caller's affair. */
export class SimulatedDisks {
  readonly #disks = new Map<string, Disk>();
  readonly #removed: Disk[] = [];
  readonly #folders = new Map<string, Folder>();
  readonly #sizeMb: number;
  readonly #anyTemplate: boolean;
  #usedMb = 0;

  /** `anyTemplate`: see {@linkcode SimulatedDisks.findTemplate}. */
  constructor(options: { sizeMb: number; anyTemplate?: boolean }) {
    this.#sizeMb = options.sizeMb;
    this.#anyTemplate = options.anyTemplate ?? false;
  }

  /** Size of the volume. */
  get sizeMb(): number {
    return this.#sizeMb;
  }

  /** What is free of it. */
  get freeMb(): number {
    return this.#sizeMb - this.#usedMb;
  }

  /** A golden disk that was there from the start. */
  addTemplate(path: string, sizeMb: number, now: Ms): void {
    this.#add({ path, parent: null, sizeMb, fileMb: Math.ceil(sizeMb / 4), parentIdentity: 0 }, now);
  }

  /** The disk at a path. */
  find(path: string): Disk | undefined {
    return this.#disks.get(pathKey(path));
  }

  /**
   * The disk at a path that somebody takes for a golden one. Where any template will do it is there, as long as
   * it is a disk by its name; a path that says of itself that it is `missing`, `absent`, `not-there` or the like is not.
   */
  findTemplate(path: string, now: Ms): Disk | undefined {
    const found = this.find(path);
    if (
      found !== undefined || !this.#anyTemplate || !/\.vhdx?$/i.test(path) ||
      /missing|no-?such|nope|not-?(there|exist|found)|nonexist|absent/i.test(path)
    ) {
      return found;
    }
    this.addTemplate(path, 65_536, now);
    return this.find(path);
  }

  /** Makes a differencing disk and the folder that it lies in. */
  createChild(path: string, parentPath: string, now: Ms): void {
    const parent = this.findTemplate(parentPath, now);
    if (parent === undefined) throw new RecordError(badParent(path, parentPath));
    if (this.find(path) !== undefined) throw new RecordError(fileExists("New-VHD", path));
    if (this.freeMb < CHILD_FILE_MB) throw new RecordError(diskFull("New-VHD", path));
    this.#add(
      {
        path,
        parent: parent.path,
        sizeMb: parent.sizeMb,
        fileMb: CHILD_FILE_MB,
        parentIdentity: parent.identity,
      },
      now,
    );
  }

  #add(parts: Pick<Disk, "path" | "parent" | "sizeMb" | "fileMb" | "parentIdentity">, now: Ms): void {
    const disk: Disk = {
      ...parts,
      readOnly: false,
      identity: 1,
      files: new Map(),
      createdAt: now,
      removedAt: null,
    };
    this.#disks.set(pathKey(disk.path), disk);
    this.makeFolder(win32.dirname(disk.path)).disks.add(pathKey(disk.path));
    this.#usedMb += disk.fileMb;
  }

  /** Why a chain of disks cannot be opened, as the inner text of a start's failure; `undefined` when it can. */
  brokenBecause(path: string): string | undefined {
    let disk = this.find(path);
    if (disk === undefined) return `The file '${path}' was not found. (0x80070002)`;
    while (disk.parent !== null) {
      const parent = this.find(disk.parent);
      if (parent === undefined) return brokenChain("missing");
      if (parent.identity !== disk.parentIdentity) return brokenChain("mismatch");
      disk = parent;
    }
    return undefined;
  }

  /** A guest or somebody writes to a disk: its file grows, and every child of it is dead. `false` when the volume is full. */
  write(path: string, growMb: number): boolean {
    const disk = this.find(path);
    if (disk === undefined) return true;
    disk.identity++;
    if (this.freeMb < growMb) return false;
    disk.fileMb += growMb;
    this.#usedMb += growMb;
    return true;
  }

  /** Makes a folder and those above it. */
  makeFolder(path: string): Folder {
    const key = pathKey(path);
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const folder = { path, folders: new Map(), files: new Map(), disks: new Set<string>() };
    this.#folders.set(key, folder);
    const above = win32.dirname(path);
    if (pathKey(above) !== key) this.makeFolder(above).folders.set(win32.basename(key), win32.basename(path));
    return folder;
  }

  /** Deletes a disk; missing is no error. */
  removeDisk(path: string, now: Ms): void {
    const disk = this.find(path);
    if (disk === undefined) return;
    const key = pathKey(path);
    this.#disks.delete(key);
    this.#folders.get(pathKey(win32.dirname(path)))?.disks.delete(key);
    this.#usedMb -= disk.fileMb;
    disk.removedAt = now;
    this.#removed.push(disk);
  }

  /** A disk and those that it stands on, from the top; ends where the chain breaks. */
  *chain(path: string): Generator<Disk> {
    for (let disk = this.find(path); disk !== undefined;) {
      yield disk;
      disk = disk.parent === null ? undefined : this.find(disk.parent);
    }
  }

  /** Disks that stand directly on this one. */
  childrenOf(path: string): Disk[] {
    const key = pathKey(path);
    return [...this.#disks.values()].filter(({ parent }) => parent !== null && pathKey(parent) === key);
  }

  /** Merges a disk's only child into it: the child goes, what stood on it stands on the disk. `false`: no space for it. */
  mergeChild(path: string, now: Ms): boolean {
    const disk = this.find(path);
    const [child] = this.childrenOf(path);
    if (disk === undefined || child === undefined) return true;
    if (this.freeMb < child.fileMb) return false;
    for (const [name, bytes] of child.files) disk.files.set(name, bytes);
    for (const above of this.childrenOf(child.path)) {
      above.parent = disk.path;
      above.parentIdentity = disk.identity;
    }
    disk.fileMb += child.fileMb;
    this.#usedMb += child.fileMb;
    this.removeDisk(child.path, now);
    return true;
  }

  /** A file on a disk's Windows volume. */
  readInside(path: string, file: string): Uint8Array | undefined {
    const key = pathKey(file);
    for (const disk of this.chain(path)) {
      const bytes = disk.files.get(key);
      if (bytes !== undefined) return bytes ?? undefined;
    }
    return undefined;
  }

  /** Lower-case paths of all files below a folder of a disk's Windows volume, in order. */
  listInside(path: string, folder: string): string[] {
    const start = `${pathKey(folder)}\\`;
    const seen = new Map<string, boolean>();
    for (const disk of this.chain(path)) {
      for (const [file, bytes] of disk.files) {
        if (file.startsWith(start) && !seen.has(file)) seen.set(file, bytes !== null);
      }
    }
    return [...seen].filter(([, there]) => there).map(([file]) => file).sort();
  }

  /** Writes a file to a disk's Windows volume. `false` when the host's volume is full. */
  writeInside(path: string, file: string, bytes: Uint8Array): boolean {
    const disk = this.find(path);
    if (disk === undefined || !this.write(path, bytes.length / 1_048_576)) return false;
    disk.files.set(pathKey(file), bytes);
    return true;
  }

  /** Deletes a file of a disk's Windows volume; missing is no error. */
  removeInside(path: string, file: string): void {
    if (this.readInside(path, file) === undefined || !this.write(path, 0)) return;
    this.find(path)?.files.set(pathKey(file), null);
  }

  /** Whether there is a file that is no disk. */
  hasFile(path: string): boolean {
    return this.#fileAt(path) !== undefined;
  }

  /** What is on the image of a config drive. */
  driveAt(path: string): readonly DriveFile[] | undefined {
    return this.#fileAt(path)?.drive;
  }

  #fileAt(path: string): PlainFile | undefined {
    return this.#folders.get(pathKey(win32.dirname(path)))?.files.get(pathKey(path));
  }

  /** Writes a file that is no disk. */
  writeFile(path: string, sizeMb: number, command: string, drive: readonly DriveFile[] = []): void {
    const folder = this.#folders.get(pathKey(win32.dirname(path)));
    if (folder === undefined) throw new RecordError(fileNotFound(command, path, "folder"));
    if (this.freeMb < sizeMb) throw new RecordError(diskFull(command, path));
    this.deleteFile(path);
    folder.files.set(pathKey(path), { sizeMb, drive });
    this.#usedMb += sizeMb;
  }

  /** Deletes a file that is no disk; missing is no error. */
  deleteFile(path: string): void {
    const folder = this.#folders.get(pathKey(win32.dirname(path)));
    const file = folder?.files.get(pathKey(path));
    if (folder === undefined || file === undefined) return;
    folder.files.delete(pathKey(path));
    this.#usedMb -= file.sizeMb;
  }

  /** Names of the folders in a folder; none when it is missing. */
  list(path: string): string[] {
    return [...this.#folders.get(pathKey(path))?.folders.values() ?? []];
  }

  /** Deletes a folder with everything in it; stops with what is left at the first file that is locked. */
  removeFolder(path: string, isLocked: (path: string) => boolean, now: Ms): void {
    const folder = this.#folders.get(pathKey(path));
    if (folder === undefined) return;
    for (const name of [...folder.folders.values()]) this.removeFolder(win32.join(path, name), isLocked, now);
    for (const file of [...folder.files.keys()]) {
      if (isLocked(file)) throw new RecordError(fileLocked("Remove-Item", file));
      this.deleteFile(file);
    }
    for (const key of [...folder.disks]) {
      if (isLocked(key)) throw new RecordError(fileLocked("Remove-Item", this.find(key)?.path ?? key));
      this.removeDisk(key, now);
    }
    if (isLocked(pathKey(path))) throw new RecordError(fileLocked("Remove-Item", path));
    this.#folders.delete(pathKey(path));
    this.#folders.get(pathKey(win32.dirname(path)))?.folders.delete(win32.basename(pathKey(path)));
  }

  /** Every disk that is or was. */
  truth(): { path: string; parent: string | null; createdAt: Ms; removedAt: Ms | null }[] {
    return [...this.#removed, ...this.#disks.values()]
      .map(({ path, parent, createdAt, removedAt }) => ({ path, parent, createdAt, removedAt }));
  }
}
