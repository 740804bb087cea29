/** Why a data directory cannot be used, in words for the person who must act. */

/**
 * - `in_use`: another hvpool runs on it.
 * - `other_host`: it was copied from another machine.
 * - `copied`: it is a copy of another one on this machine.
 * - `not_a_directory`, `network_share`, `read_only`, `full`: the place will not do.
 * - `broken`: a file in it cannot be read as what it should be.
 * - `lost_identity`: there is a journal, but no controller.json beside it.
 * - `io`: everything else that the disk refuses.
 */
export type DataDirErrorCode =
  | "in_use"
  | "other_host"
  | "copied"
  | "not_a_directory"
  | "network_share"
  | "read_only"
  | "full"
  | "broken"
  | "lost_identity"
  | "io";

/** `message` says what was tried, on what, and why it failed; `remedy` says what to do. Print both. */
export class DataDirError extends Error {
  override readonly name = "DataDirError";
  readonly code: DataDirErrorCode;
  readonly remedy: string;

  constructor(code: DataDirErrorCode, message: string, remedy: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
  }
}

/** By the names that Deno gives to the systems' numbers, on Windows too. */
const BY_OS_CODE: Readonly<Record<string, DataDirErrorCode>> = {
  EROFS: "read_only",
  EACCES: "read_only",
  EPERM: "read_only",
  ENOSPC: "full",
  EDQUOT: "full",
  ENOTDIR: "not_a_directory",
  EEXIST: "not_a_directory",
};

const WHY: Readonly<Partial<Record<DataDirErrorCode, string>>> = {
  "read_only": "it cannot be written to",
  full: "its disk is full",
  "not_a_directory": "it, or something above it, is a file",
};

const REMEDIES: Readonly<Partial<Record<DataDirErrorCode, string>>> = {
  "read_only":
    "Give the account that hvpool runs as write access to it, or choose another directory with --data-dir.",
  full: "Free some space on that disk, or choose another directory with --data-dir.",
  "not_a_directory": "Move the file away, or choose another directory with --data-dir.",
};

/** Runs `body`; what the system throws comes out as a {@linkcode DataDirError} about `path`. */
export function explainedFor<T>(path: string, doing: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof DataDirError || !(error instanceof Error)) throw error;
    const osCode = "code" in error ? String(error.code) : "";
    // Windows calls a file that is read as a directory ENOENT; Deno's class says it.
    const code = error instanceof Deno.errors.NotADirectory ? "not_a_directory" : BY_OS_CODE[osCode] ?? "io";
    const why = WHY[code] === undefined ? error.message : `${WHY[code]} (${error.message})`;
    const remedy = REMEDIES[code] ?? "Check the disk, or choose another directory with --data-dir.";
    throw new DataDirError(code, `Cannot ${doing} ${path}: ${why}.`, remedy, error);
  }
}
