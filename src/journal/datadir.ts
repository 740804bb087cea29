/** The data directory of one controller on one host: who it is, and that nobody else uses it. */
import { dirname, join, resolve } from "node:path";
import type { ControllerId } from "../model/ids.ts";
import {
  type ControllerFile,
  controllerFile,
  controllerId,
  type JournalMark,
  newController,
  readController,
  writeController,
} from "./controller_file.ts";
import { homeOf } from "./copied.ts";
import { DataDirError, explainedFor } from "./datadir_error.ts";
import { readEndpoint } from "./endpoint.ts";
import { networkShare } from "./network_share.ts";
import { protect } from "./protect.ts";
import { removeIfThere } from "./replace_file.ts";

/** Where the journal lies in a data directory. */
export function journalFile(dir: string): string {
  return join(dir, "journal.sqlite");
}

/** A data directory that this process holds until it closes it or ends. */
export class DataDir {
  /** Absolute. */
  readonly path: string;
  readonly journalPath: string;
  readonly id: ControllerId;
  /** Nothing was here before. */
  readonly created: boolean;
  readonly #lock: Deno.FsFile;
  #file: ControllerFile;
  #open = true;

  constructor(path: string, file: ControllerFile, lock: Deno.FsFile, created: boolean) {
    this.path = path;
    this.journalPath = journalFile(path);
    this.id = controllerId(file);
    this.created = created;
    this.#file = file;
    this.#lock = lock;
  }

  /** Cycle numbers up to this one may have been given out, also by runs whose journal is lost. */
  get issuedUpTo(): number {
    return this.#file.issuedUpTo;
  }

  /** Makes a higher limit durable before any number below it is used. A lower one changes nothing. */
  raiseIssued(upTo: number): void {
    if (upTo <= this.#file.issuedUpTo) return;
    this.#write({ ...this.#file, issuedUpTo: upTo });
  }

  /** How far the journal had got at least, by what earlier runs wrote down. */
  get mark(): JournalMark | undefined {
    return this.#file.journal;
  }

  /** Writes down how far the journal has got. Only what is durable in the journal may be in it. */
  writeMark(mark: JournalMark): void {
    this.#write({ ...this.#file, journal: mark });
  }

  #write(file: ControllerFile): void {
    explainedFor(controllerFile(this.path), "write", () => writeController(this.path, file));
    this.#file = file;
  }

  /** Lets go of the directory. The lock file stays: removing it would let two programs lock two files. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    // A child that is being started at this moment has the file open, too, until it runs its own program.
    this.#lock.unlockSync();
    this.#lock.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/**
 * Takes a data directory for this process, making it if needed.
 * @param dir relative paths resolve against the working directory.
 * @param options `machine`: this host's name.
 * @throws DataDirError; then nothing new is left behind.
 */
export function openDataDir(dir: string, options: { machine: string }): DataDir {
  const path = resolve(dir);
  refuseShare(path);
  const made: string[] = [];
  let lock: Deno.FsFile | undefined;
  try {
    return explainedFor(path, "use the data directory", () => {
      // Looked at once before anything is made, so that a refusal leaves no trace, and once under the lock.
      const before = readController(path, options.machine);
      if (before !== undefined) homeOf(path, before);
      makeDirectory(path, made);
      lock = takeLock(path);
      let file = readController(path, options.machine);
      const created = file === undefined;
      file ??= newController(options.machine);
      const directory = homeOf(path, file);
      if (created || directory !== file.directory) {
        file = { ...file, directory };
        writeController(path, file);
      }
      return new DataDir(path, file, lock, created);
    });
  } catch (error) {
    lock?.close();
    removeTraces(path, made);
    throw error;
  }
}

function refuseShare(path: string): void {
  const share = networkShare(path);
  if (share === undefined) return;
  throw new DataDirError(
    "network_share",
    `Cannot use the data directory ${path}: it is on the network share ${share}, where the journal is not safe.`,
    "Choose a directory on a local disk with --data-dir.",
  );
}

/** Makes the directory and its parents, and notes in `made` which ones were missing, innermost first. */
function makeDirectory(path: string, made: string[]): void {
  const missing: string[] = [];
  let there = path;
  for (; !exists(there); there = dirname(there)) missing.push(there);
  // Of a directory below a file, Windows says only that it cannot be found.
  if (!Deno.statSync(there).isDirectory) {
    throw new DataDirError(
      "not_a_directory",
      `Cannot use the data directory ${path}: ${there === path ? "it" : there} is a file.`,
      "Move the file away, or choose another directory with --data-dir.",
    );
  }
  for (const at of missing.reverse()) {
    Deno.mkdirSync(at, { mode: 0o700 });
    made.unshift(at);
  }
  if (made.length > 0) protect(path, "directory");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The system releases the lock when the process ends, however it ends. */
function takeLock(dir: string): Deno.FsFile {
  const path = join(dir, "lock");
  const lock = Deno.openSync(path, { create: true, read: true, write: true });
  try {
    if (!lock.tryLockSync(true)) throw inUse(dir, path);
    lock.truncateSync();
    lock.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

function inUse(dir: string, lockFile: string): DataDirError {
  const pid = holder(dir, lockFile);
  return new DataDirError(
    "in_use",
    `Cannot use the data directory ${dir}: another hvpool${
      pid === undefined ? "" : ` (process ${pid})`
    } runs on it.`,
    "Stop that one with `hvpool stop`, or give this one a directory of its own with --data-dir.",
  );
}

/** The other's process id, for the message only. Windows does not let us read a locked file: then its endpoint. */
function holder(dir: string, lockFile: string): number | undefined {
  try {
    const pid = Number.parseInt(Deno.readTextFileSync(lockFile), 10);
    if (Number.isSafeInteger(pid)) return pid;
  } catch {
    // locked against reading
  }
  try {
    return readEndpoint(dir)?.pid;
  } catch {
    return undefined; // broken: the message does without
  }
}

/** Undoes what a failed first start made; directories only if nothing else is in them. */
function removeTraces(path: string, made: readonly string[]): void {
  if (made.length === 0) return;
  try {
    for (const name of ["lock", "controller.json"]) removeIfThere(join(path, name));
    for (const directory of made) Deno.removeSync(directory);
  } catch {
    // The error that led here is the one to report.
  }
}
