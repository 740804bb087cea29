/** Replaces a small file so that a crash at any moment leaves the old text or the new one, whole. */
import { dirname } from "node:path";
import { protect } from "./protect.ts";

/** How the file is written. */
export interface ReplaceOptions {
  /**
   * Readable by the owner only.
   * @default false
   */
  readonly secret?: boolean;
}

/** Pauses before each further try of a rename, in milliseconds. */
const RETRY_MS = [5, 10, 20, 50, 100, 200, 400];

/** Writes `<path>.tmp`, makes it durable and renames it over `path`. One writer at a time. */
export function replaceFile(path: string, content: string | Uint8Array, options: ReplaceOptions = {}): void {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const temporary = `${path}.tmp`;
  try {
    if (options.secret ?? false) {
      // The rights come before the content.
      Deno.writeFileSync(temporary, new Uint8Array(), { mode: 0o600 });
      protect(temporary, "file");
    }
    writeDurably(temporary, bytes);
    renameOver(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
  syncDirectory(dirname(path));
}

/** Removes a file that may not be there. */
export function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

/** The file's text without a byte order mark, which Windows editors like to add; `undefined` without a file. */
export function readTextIfThere(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path).replace(/^\uFEFF/, "");
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A file where a directory should be also means that there is nothing below it. */
function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

function writeDurably(path: string, bytes: Uint8Array): void {
  using file = Deno.openSync(path, { write: true, create: true, truncate: true });
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
  file.syncSync();
}

/** On Windows a rename fails while a virus scanner or a reader has the old file open: for a moment only. */
function renameOver(from: string, to: string): void {
  for (const pauseMs of RETRY_MS) {
    try {
      return Deno.renameSync(from, to);
    } catch (error) {
      if (Deno.build.os !== "windows" || error instanceof Deno.errors.NotFound) throw error;
      sleepSync(pauseMs);
    }
  }
  Deno.renameSync(from, to);
}

function sleepSync(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** A rename is durable on POSIX only when the directory is; Windows has no such call and needs none on NTFS. */
function syncDirectory(path: string): void {
  if (Deno.build.os === "windows") return;
  using directory = Deno.openSync(path);
  directory.syncSync();
}
