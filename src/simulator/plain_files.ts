/** Files of the simulated host that are no virtual disks, and the space of the volume, which all files share. */
import type { DriveFile } from "./introduction.ts";
import { FileContent, streamSource } from "./file_content.ts";
import { type Folders, pathKey, type PlainFile } from "./folders.ts";
import { diskFull, fileNotFound, RecordError } from "./records.ts";

/** So much of what is written is kept in memory; then the volume is full. */
const MAX_HELD_BYTES = 256 * 1_048_576;

/** What the volume holds. */
export class Space {
  /** Size of the volume. */
  readonly sizeMb: number;
  /** What files take of it. */
  usedMb = 0;

  constructor(sizeMb: number) {
    this.sizeMb = sizeMb;
  }

  /** What is free of it. */
  get freeMb(): number {
    return this.sizeMb - this.usedMb;
  }
}

/** All of them. */
export class PlainFiles {
  readonly #folders: Folders;
  readonly #space: Space;
  #heldBytes = 0;

  constructor(folders: Folders, space: Space) {
    this.#folders = folders;
    this.#space = space;
  }

  /** Whether there is one. */
  has(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  /** What is on the image of a config drive. */
  driveAt(path: string): readonly DriveFile[] | undefined {
    return this.#find(path)?.drive;
  }

  /** What is in one; noise where only its size is known. */
  contentAt(path: string): FileContent | undefined {
    const file = this.#find(path);
    if (file === undefined) return undefined;
    return file.content ??
      FileContent.of(streamSource(pathKey(path)), Math.ceil(file.sizeMb * 1_048_576));
  }

  /** Writes one of which only the size counts, and what is on it as a drive. Its folder has to be there. */
  write(path: string, sizeMb: number, command: string, drive: readonly DriveFile[] = []): void {
    this.place(path, { sizeMb, drive }, command);
  }

  /** Writes one, and makes the folder that it lies in. */
  put(path: string, content: FileContent, command: string): void {
    const held = this.#heldBytes + content.heldBytes - (this.#find(path)?.content?.heldBytes ?? 0);
    if (held > MAX_HELD_BYTES) throw new RecordError(diskFull(command, path));
    const folder = this.#folders.around(path);
    const file = { sizeMb: content.size / 1_048_576, drive: [], content };
    if (folder === undefined && this.#space.freeMb < file.sizeMb) {
      throw new RecordError(diskFull(command, path));
    }
    this.#folders.makeAround(path);
    this.place(path, file, command);
  }

  /** Puts a file where none, or another one, is. */
  place(path: string, file: PlainFile, command: string): void {
    const folder = this.#folders.around(path);
    if (folder === undefined) throw new RecordError(fileNotFound(command, path, "folder"));
    const freeMb = this.#space.freeMb + (this.#find(path)?.sizeMb ?? 0);
    if (freeMb < file.sizeMb) throw new RecordError(diskFull(command, path));
    this.take(path);
    folder.files.set(pathKey(path), file);
    this.#space.usedMb += file.sizeMb;
    this.#heldBytes += file.content?.heldBytes ?? 0;
  }

  /** Deletes one; missing is no error. Answers what was there. */
  take(path: string): PlainFile | undefined {
    const file = this.#find(path);
    if (file === undefined) return undefined;
    this.#folders.around(path)?.files.delete(pathKey(path));
    this.#space.usedMb -= file.sizeMb;
    this.#heldBytes -= file.content?.heldBytes ?? 0;
    return file;
  }

  #find(path: string): PlainFile | undefined {
    return this.#folders.around(path)?.files.get(pathKey(path));
  }
}
