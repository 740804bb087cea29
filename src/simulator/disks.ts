/** Folders and files of the simulated host, virtual disks among them. */
import { win32 } from "node:path";
import type { Ms } from "../model/ids.ts";
import { type DiskFile, diskId } from "./disk_file.ts";
import type { DiskImage } from "./disk_image.ts";
import { Folders, pathKey } from "./folders.ts";
import { PlainFiles, Space } from "./plain_files.ts";
import { badParent, brokenChain, diskFull, fileExists, fileLocked, RecordError } from "./records.ts";

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
/** A golden disk's file at most: small, since its bytes are really read where it is copied. */
const GOLDEN_FILE_MB = 24;

/** Golden disks that nobody has, not even where any template will do. */
const SAYS_MISSING = /missing|no-?such|nope|not-?(there|exist|found)|nonexist|absent/i;
/** Golden disks that whoever keeps templates makes. */
const OF_A_STORE = /@\d+\.vhdx?$|\\templates\\[^\\]+@[^\\]+\\disk\.vhdx$/i;
/** Disks of machines, as hyperv-runner-pool names them in its folder. */
const OF_A_MACHINE = /\\storage\\[^\\]+\.vhdx?$/i;

/** A golden disk that is there from the start. */
export interface GoldenDisk {
  readonly path: string;
  /** What guests see. */
  readonly sizeMb: number;
  /** The file's size. @default a quarter of the disk's, 24 at most */
  readonly fileMb?: number;
  /** Texts on its Windows volume, by their paths there, such as `C:\\ProgramData\\hvpool\\image.json`. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The volume with everything on it. Questions and changes are instant; latency is the caller's affair. */
export class SimulatedDisks {
  readonly #disks = new Map<string, Disk>();
  readonly #removed: Disk[] = [];
  readonly #folders = new Folders();
  readonly #space: Space;
  /** Files that are no disks. */
  readonly files: PlainFiles;
  readonly #anyTemplate: boolean;
  readonly #now: () => Ms;
  /** Lower-case folders in which no disk is but those that were put there. */
  readonly #closed = new Set<string>();
  /** Lower-case path to how many disks there name it as their parent. */
  readonly #children = new Map<string, number>();
  #lastId = 0;
  #lastWrite = 0;

  /** `anyTemplate`: see {@linkcode SimulatedDisks.findTemplate}. */
  constructor(options: { sizeMb: number; now: () => Ms; anyTemplate?: boolean }) {
    this.#space = new Space(options.sizeMb);
    this.files = new PlainFiles(this.#folders, this.#space);
    this.#now = options.now;
    this.#anyTemplate = options.anyTemplate ?? false;
  }

  /** Size of the volume. */
  get sizeMb(): number {
    return this.#space.sizeMb;
  }

  /** What is free of it. */
  get freeMb(): number {
    return this.#space.freeMb;
  }

  /** A golden disk that was there from the start. */
  addTemplate({ path, sizeMb, fileMb, files = {} }: GoldenDisk, now: Ms): void {
    const file = this.#newFile({
      madeAs: path,
      parent: null,
      sizeMb,
      fileMb: fileMb ?? Math.min(Math.ceil(sizeMb / 4), GOLDEN_FILE_MB),
    });
    const encoder = new TextEncoder();
    for (const [name, text] of Object.entries(files)) file.files.set(pathKey(name), encoder.encode(text));
    this.#add(path, file, now);
  }

  /** A disk that somebody copied here as a file. Nothing else is at the path. */
  addImage(path: string, image: DiskImage, fileMb: number, now: Ms): Disk {
    this.#lastWrite = Math.max(this.#lastWrite, image.lastWrite);
    const file = { ...image, fileMb, readOnly: false, writtenAt: this.#now(), links: 0 };
    return this.#add(path, file, now);
  }

  /** The disk at a path. */
  find(path: string): Disk | undefined {
    return this.#disks.get(pathKey(path));
  }

  /**
   * The disk at a path that somebody takes for a golden one. Where any template will do it is there, as long as
   * it is a disk by its name and not in a folder for machines; a path that says of itself that it is `missing`, `absent`, `not-there` or the like is not,
   * nor is one that was there and went, nor one like `name@3.vhdx` or `templates\name@3f\disk.vhdx`: those are made, by
   * whoever keeps templates.
   */
  findTemplate(path: string, now: Ms): Disk | undefined {
    const found = this.find(path);
    if (found !== undefined || !this.#anyTemplate || !/\.vhdx?$/i.test(path)) return found;
    if (SAYS_MISSING.test(path) || OF_A_STORE.test(path) || this.files.has(path)) return undefined;
    if (OF_A_MACHINE.test(path) || this.#closed.has(pathKey(win32.dirname(path)))) return undefined;
    if (this.#removed.some((disk) => pathKey(disk.path) === pathKey(path))) return undefined;
    this.addTemplate({ path, sizeMb: 65_536 }, now);
    return this.find(path);
  }

  /** Somebody's machines lie in a folder: no golden disk is found there because one asks for it. */
  closeFolder(path: string): void {
    this.#closed.add(pathKey(path));
  }

  /** Makes a differencing disk and the folder that it lies in. */
  createChild(path: string, parentPath: string, now: Ms): void {
    const parent = this.findTemplate(parentPath, now);
    if (parent === undefined) throw new RecordError(badParent(path, parentPath));
    if (this.find(path) !== undefined || this.files.has(path)) {
      throw new RecordError(fileExists("New-VHD", path));
    }
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
    if (!onOneVolume(disk.path, path)) return false;
    this.#add(path, disk.file, now);
    return true;
  }

  /** Gives a disk another path in place of this one. */
  renameDisk(disk: Disk, path: string, now: Ms): void {
    this.#add(path, disk.file, now);
    this.removeDisk(disk.path, now);
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

  #add(path: string, file: DiskFile, now: Ms): Disk {
    const key = pathKey(path);
    const disk = { path, file, createdAt: now, removedAt: null };
    this.#disks.set(key, disk);
    this.#folders.makeAround(path).disks.add(key);
    if (file.links++ > 0) return disk;
    this.#space.usedMb += file.fileMb;
    this.#countChild(file, 1);
    return disk;
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
    this.#space.usedMb += growMb;
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

  /** Makes the folder that something is to lie in. */
  makeFolderAround(path: string): void {
    this.#folders.makeAround(path);
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
    this.#space.usedMb -= disk.file.fileMb;
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
    this.#space.usedMb += fileMb;
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

  /** Names of the folders in a folder; none when it is missing. */
  list(path: string): string[] {
    return [...this.#folders.find(path)?.folders.values() ?? []];
  }

  /** Names of the files in a folder, virtual disks among them, in order. */
  listFiles(path: string): string[] {
    const { disks = new Set<string>(), files = new Map<string, unknown>() } = this.#folders.find(path) ?? {};
    const paths = [...[...disks].map((key) => this.find(key)?.path ?? key), ...files.keys()];
    return paths.map((file) => win32.basename(file)).toSorted();
  }

  /** Deletes a folder with everything in it; stops with what is left at the first file that is locked. */
  removeFolder(path: string, isLocked: (path: string) => boolean, now: Ms): void {
    const folder = this.#folders.find(path);
    if (folder === undefined) return;
    for (const name of [...folder.folders.values()]) this.removeFolder(win32.join(path, name), isLocked, now);
    for (const file of [...folder.files.keys()]) {
      if (isLocked(file)) throw new RecordError(fileLocked("Remove-Item", file));
      this.files.take(file);
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

/** Whether two paths begin with the same drive or share. */
export function onOneVolume(path: string, other: string): boolean {
  return win32.parse(pathKey(path)).root === win32.parse(pathKey(other)).root;
}
