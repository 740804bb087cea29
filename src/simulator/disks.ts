/** Folders and files of the simulated host, virtual disks among them. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import { type DiskFile, diskId } from "./disk_file.ts";
import { Folders, pathKey, type PlainFile } from "./folders.ts";
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

export { pathKey } from "./folders.ts";

/** A virtual disk at one of its paths; removed ones are kept for the truth. */
export interface Disk {
  readonly path: string;
  /** Another one from the moment at which somebody replaces it; shared with the disk's other paths. */
  readonly file: DiskFile;
  readonly createdAt: Ms;
  removedAt: Ms | null;
}

/** A new differencing disk's file. */
const CHILD_FILE_MB = 4;

/** The volume with everything on it. Questions and changes are instant; latency is the caller's affair. */
export class SimulatedDisks {
  readonly #disks = new Map<string, Disk>();
  readonly #removed: Disk[] = [];
  readonly #folders = new Folders();
  readonly #sizeMb: number;
  readonly #anyTemplate: boolean;
  readonly #now: () => Ms;
  /** Lower-case path to how many disks there name it as their parent. */
  readonly #children = new Map<string, number>();
  #usedMb = 0;
  #lastId = 0;
  #lastWrite = 0;

  /** `anyTemplate`: see {@linkcode SimulatedDisks.findTemplate}. */
  constructor(options: { sizeMb: number; now: () => Ms; anyTemplate?: boolean }) {
    this.#sizeMb = options.sizeMb;
    this.#now = options.now;
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
    const file = this.#newFile({ madeAs: path, parent: null, sizeMb, fileMb: Math.ceil(sizeMb / 4) });
    this.#add(path, file, now);
  }

  /** The disk at a path. */
  find(path: string): Disk | undefined {
    return this.#disks.get(pathKey(path));
  }

  /**
   * The disk at a path that somebody takes for a golden one. Where any template will do it is there, as long as
   * it is a disk by its name; a path that says of itself that it is `missing`, `absent`, `not-there` or the like is not,
   * nor is one that was there and went, nor one like `name@3.vhdx`: those are made, by whoever keeps templates.
   */
  findTemplate(path: string, now: Ms): Disk | undefined {
    const found = this.find(path);
    if (
      found !== undefined || !this.#anyTemplate || !/\.vhdx?$/i.test(path) ||
      /@\d+\.vhdx?$|missing|no-?such|nope|not-?(there|exist|found)|nonexist|absent/i.test(path) ||
      this.#removed.some((disk) => pathKey(disk.path) === pathKey(path))
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
    const file = this.#newFile({
      madeAs: path,
      parent: parent.path,
      sizeMb: parent.file.sizeMb,
      fileMb: CHILD_FILE_MB,
      parentWrite: parent.file.lastWrite,
    });
    this.#add(path, file, now);
  }

  /**
   * Gives a disk a second path, and makes the folder that it lies in. `false`: it would be on another volume.
   * The caller has seen that nothing is there.
   */
  link(disk: Disk, path: string, now: Ms): boolean {
    if (win32.parse(pathKey(disk.path)).root !== win32.parse(pathKey(path)).root) return false;
    this.#add(path, disk.file, now);
    return true;
  }

  /** Somebody puts another disk of the same size in this one's place, which lives on at its other paths, if it has any. */
  replaceDisk(disk: Disk, now: Ms): void {
    const { path, file: { sizeMb, fileMb, files } } = disk;
    this.removeDisk(path, now);
    this.#add(path, {
      ...this.#newFile({ madeAs: path, parent: null, sizeMb, fileMb }),
      files: new Map(files),
    }, now);
  }

  #newFile(
    parts: Pick<DiskFile, "madeAs" | "parent" | "sizeMb" | "fileMb"> & Partial<Pick<DiskFile, "parentWrite">>,
  ): DiskFile {
    return {
      parentWrite: 0,
      ...parts,
      id: diskId(++this.#lastId),
      readOnly: false,
      lastWrite: ++this.#lastWrite,
      writtenAt: this.#now(),
      links: 0,
      files: new Map(),
    };
  }

  #add(path: string, file: DiskFile, now: Ms): void {
    const key = pathKey(path);
    this.#disks.set(key, { path, file, createdAt: now, removedAt: null });
    this.#folders.make(win32.dirname(path)).disks.add(key);
    if (file.links++ > 0) return;
    this.#usedMb += file.fileMb;
    this.#countChild(file, 1);
  }

  #countChild({ parent }: DiskFile, change: 1 | -1): void {
    if (parent === null) return;
    const key = pathKey(parent);
    const count = (this.#children.get(key) ?? 0) + change;
    if (count === 0) this.#children.delete(key);
    else this.#children.set(key, count);
  }

  /** Whether disks stand on this one, by whichever of its paths. */
  hasChildren(disk: Disk): boolean {
    if (this.#children.has(pathKey(disk.path))) return true;
    if (disk.file.links === 1) return false;
    for (const key of this.#children.keys()) if (this.#disks.get(key)?.file === disk.file) return true;
    return false;
  }

  /** Why a chain of disks cannot be opened, as the inner text of a start's failure; `undefined` when it can. */
  brokenBecause(path: string): string | undefined {
    let disk = this.find(path);
    if (disk === undefined) return `The file '${path}' was not found. (0x80070002)`;
    while (disk.file.parent !== null) {
      const parent = this.find(disk.file.parent);
      if (parent === undefined) return brokenChain("missing");
      if (parent.file.lastWrite !== disk.file.parentWrite) return brokenChain("mismatch");
      disk = parent;
    }
    return undefined;
  }

  /** A guest or somebody writes to a disk: its file grows, and every child of it is dead. `false` when the volume is full. */
  write(path: string, growMb: number): boolean {
    const file = this.find(path)?.file;
    if (file === undefined) return true;
    this.#touch(file);
    if (this.freeMb < growMb) return false;
    file.fileMb += growMb;
    this.#usedMb += growMb;
    return true;
  }

  #touch(file: DiskFile): void {
    file.lastWrite = ++this.#lastWrite;
    file.writtenAt = this.#now();
  }

  /** Makes a folder and those above it. */
  makeFolder(path: string): void {
    this.#folders.make(path);
  }

  /** Deletes one path of a disk, and with the last one the disk; missing is no error. */
  removeDisk(path: string, now: Ms): void {
    const disk = this.find(path);
    if (disk === undefined) return;
    const key = pathKey(path);
    this.#disks.delete(key);
    this.#folders.around(path)?.disks.delete(key);
    disk.removedAt = now;
    this.#removed.push(disk);
    if (--disk.file.links > 0) return;
    this.#usedMb -= disk.file.fileMb;
    this.#countChild(disk.file, -1);
  }

  /** A disk and those that it stands on, from the top; ends where the chain breaks. */
  *chain(path: string): Generator<Disk> {
    for (let disk = this.find(path); disk !== undefined;) {
      yield disk;
      disk = disk.file.parent === null ? undefined : this.find(disk.file.parent);
    }
  }

  /** Disks that stand directly on this path of a disk. */
  childrenOf(path: string): Disk[] {
    const key = pathKey(path);
    if (!this.#children.has(key)) return [];
    return [...this.#disks.values()].filter(({ file: { parent } }) =>
      parent !== null && pathKey(parent) === key
    );
  }

  /** Merges a disk's only child into it: the child goes, what stood on it stands on the disk. `false`: no space for it. */
  mergeChild(path: string, now: Ms): boolean {
    const disk = this.find(path);
    const [child] = this.childrenOf(path);
    if (disk === undefined || child === undefined) return true;
    const { fileMb, files } = child.file;
    if (this.freeMb < fileMb) return false;
    for (const [name, bytes] of files) disk.file.files.set(name, bytes);
    this.#touch(disk.file);
    for (const above of this.childrenOf(child.path)) {
      this.#countChild(above.file, -1);
      above.file.parent = disk.path;
      above.file.parentWrite = disk.file.lastWrite;
      this.#countChild(above.file, 1);
    }
    disk.file.fileMb += fileMb;
    this.#usedMb += fileMb;
    this.removeDisk(child.path, now);
    return true;
  }

  /** A file on a disk's Windows volume. */
  readInside(path: string, file: string): Uint8Array | undefined {
    const key = pathKey(file);
    for (const disk of this.chain(path)) {
      const bytes = disk.file.files.get(key);
      if (bytes !== undefined) return bytes ?? undefined;
    }
    return undefined;
  }

  /** Lower-case paths of all files below a folder of a disk's Windows volume, in order. */
  listInside(path: string, folder: string): string[] {
    const start = `${pathKey(folder)}\\`;
    const seen = new Map<string, boolean>();
    for (const disk of this.chain(path)) {
      for (const [file, bytes] of disk.file.files) {
        if (file.startsWith(start) && !seen.has(file)) seen.set(file, bytes !== null);
      }
    }
    return [...seen].filter(([, there]) => there).map(([file]) => file).sort();
  }

  /** Writes a file to a disk's Windows volume. `false` when the host's volume is full. */
  writeInside(path: string, file: string, bytes: Uint8Array): boolean {
    const disk = this.find(path);
    if (disk === undefined || !this.write(path, bytes.length / 1_048_576)) return false;
    disk.file.files.set(pathKey(file), bytes);
    return true;
  }

  /** Deletes a file of a disk's Windows volume; missing is no error. */
  removeInside(path: string, file: string): void {
    if (this.readInside(path, file) === undefined || !this.write(path, 0)) return;
    this.find(path)?.file.files.set(pathKey(file), null);
  }

  /** Whether there is a folder. */
  hasFolder(path: string): boolean {
    return this.#folders.find(path) !== undefined;
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
    return this.#folders.around(path)?.files.get(pathKey(path));
  }

  /** Writes a file that is no disk. */
  writeFile(path: string, sizeMb: number, command: string, drive: readonly DriveFile[] = []): void {
    const folder = this.#folders.around(path);
    if (folder === undefined) throw new RecordError(fileNotFound(command, path, "folder"));
    if (this.freeMb < sizeMb) throw new RecordError(diskFull(command, path));
    this.deleteFile(path);
    folder.files.set(pathKey(path), { sizeMb, drive });
    this.#usedMb += sizeMb;
  }

  /** Deletes a file that is no disk; missing is no error. */
  deleteFile(path: string): void {
    const folder = this.#folders.around(path);
    const file = folder?.files.get(pathKey(path));
    if (folder === undefined || file === undefined) return;
    folder.files.delete(pathKey(path));
    this.#usedMb -= file.sizeMb;
  }

  /** Names of the folders in a folder; none when it is missing. */
  list(path: string): string[] {
    return [...this.#folders.find(path)?.folders.values() ?? []];
  }

  /** Deletes a folder with everything in it; stops with what is left at the first file that is locked. */
  removeFolder(path: string, isLocked: (path: string) => boolean, now: Ms): void {
    const folder = this.#folders.find(path);
    if (folder === undefined) return;
    for (const name of [...folder.folders.values()]) this.removeFolder(win32.join(path, name), isLocked, now);
    for (const file of [...folder.files.keys()]) {
      if (isLocked(file)) throw new RecordError(fileLocked("Remove-Item", file));
      this.deleteFile(file);
    }
    for (const key of [...folder.disks]) {
      if (isLocked(key)) throw new RecordError(fileLocked("Remove-Item", this.find(key)?.path ?? key));
      const file = this.find(key)?.file;
      this.removeDisk(key, now);
      // To delete it, Windows takes the attribute off, which all links share.
      if (file !== undefined) file.readOnly = false;
    }
    if (isLocked(pathKey(path))) throw new RecordError(fileLocked("Remove-Item", path));
    this.#folders.drop(path);
  }

  /** Every disk that is or was. */
  truth(): { path: string; parent: string | null; createdAt: Ms; removedAt: Ms | null }[] {
    return [...this.#removed, ...this.#disks.values()]
      .map(({ path, file: { parent }, createdAt, removedAt }) => ({ path, parent, createdAt, removedAt }));
  }
}
