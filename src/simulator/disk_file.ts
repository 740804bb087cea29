/** What lies on the volume under one path or several: a virtual disk's file. */
import type { Ms } from "../model/ids.ts";

/** The file itself; all paths that are linked to it share everything here, the read-only attribute too. */
export interface DiskFile {
  /** The path that it was made at: what kind of image it is shows there. */
  readonly madeAs: string;
  /** The virtual disk's identifier: never another's, and never changed. */
  readonly id: string;
  parent: string | null;
  readonly sizeMb: number;
  fileMb: number;
  readOnly: boolean;
  /** No two writes of a host, to whatever disk, leave the same number: children remember their parent's. */
  lastWrite: number;
  writtenAt: Ms;
  /** What {@linkcode DiskFile.lastWrite} of the parent was when this was made. */
  parentWrite: number;
  /** How many paths lead to it. */
  links: number;
  /**
   * Files that hvpool or a guest wrote to it, by their lower-case path; `null`: deleted here. Those of its parents
   * shine through.
   */
  readonly files: Map<string, Uint8Array | null>;
}

/** The identifier of the n-th disk of a host. */
export function diskId(n: number): string {
  return `d15c0000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`;
}

/** `identity` of `disk.info`: identifier, size in bytes, and last write, whose last digits tell two writes at one time apart. */
export function identityOf(file: DiskFile): string {
  const parts = [
    file.id,
    Math.ceil(file.fileMb * 1_048_576),
    new Date(file.writtenAt).toISOString()
      .replace("Z", `${String(file.lastWrite % 10_000).padStart(4, "0")}Z`),
  ];
  return parts.join("/");
}
