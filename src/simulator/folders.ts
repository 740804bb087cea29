/** Folders of the simulated host, and the files in them that are no disks. */
import { win32 } from "node:path";
import type { FileContent } from "./file_content.ts";
import type { DriveFile } from "./introduction.ts";

/** One path on Windows: separators, dots and case folded. */
export function pathKey(path: string): string {
  const plain = win32.normalize(path).toLowerCase();
  return plain.length > 3 && plain.endsWith("\\") ? plain.slice(0, -1) : plain;
}

/** A folder. */
export interface Folder {
  readonly path: string;
  /** Lower-case name to name. */
  readonly folders: Map<string, string>;
  /** Lower-case paths of files that are no disks. */
  readonly files: Map<string, PlainFile>;
  /** Lower-case paths of disks. */
  readonly disks: Set<string>;
}

/** A file that is no disk. */
export interface PlainFile {
  readonly sizeMb: number;
  /** What a config drive's image holds. */
  readonly drive: readonly DriveFile[];
  /** Its bytes, where they matter. */
  readonly content?: FileContent;
}

/** All of them. */
export class Folders {
  readonly #folders = new Map<string, Folder>();

  /** A folder by its path. */
  find(path: string): Folder | undefined {
    return this.#folders.get(pathKey(path));
  }

  /** The folder that something lies in. */
  around(path: string): Folder | undefined {
    return this.find(win32.dirname(path));
  }

  /** Makes a folder and those above it. */
  make(path: string): Folder {
    const key = pathKey(path);
    const known = this.#folders.get(key);
    if (known !== undefined) return known;
    const folder = { path, folders: new Map(), files: new Map(), disks: new Set<string>() };
    this.#folders.set(key, folder);
    const above = win32.dirname(path);
    if (pathKey(above) !== key) this.make(above).folders.set(win32.basename(key), win32.basename(path));
    return folder;
  }

  /** Makes the folder that something is to lie in. */
  makeAround(path: string): Folder {
    return this.make(win32.dirname(path));
  }

  /** Takes a folder away that nothing is in any more. */
  drop(path: string): void {
    this.#folders.delete(pathKey(path));
    this.around(path)?.folders.delete(win32.basename(pathKey(path)));
  }
}
