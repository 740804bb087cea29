/** What can go wrong with the journal, in words for the person who must act. */

/**
 * - `missing`: a reader found no journal.
 * - `empty`: a reader found a file that nothing was ever committed to.
 * - `locked`: another program holds the file.
 * - `read_only`: the file or its directory cannot be written.
 * - `full`: no space left on the disk.
 * - `corrupt`: the file is damaged, or is not a journal.
 * - `newer`, `older`: the file has another schema than this program knows.
 * - `sequence`: events do not follow the last one; two writers, or a mistake in the program.
 * - `io`: everything else that the disk or SQLite refuses.
 */
export type JournalErrorCode =
  | "missing"
  | "empty"
  | "locked"
  | "read_only"
  | "full"
  | "corrupt"
  | "newer"
  | "older"
  | "sequence"
  | "io";

const REMEDIES: Readonly<Record<JournalErrorCode, string>> = {
  missing: "Start `hvpool run` with this data directory once, or name the right one with --data-dir.",
  empty: "Start `hvpool run` with this data directory once, or name the right one with --data-dir.",
  locked: "End the program that holds it (another hvpool, a database tool, a backup) and start again.",
  "read_only":
    "Give the account that hvpool runs as write access to the file and its directory, or choose another one with --data-dir.",
  full: "Free some space on the disk that holds it and start again. What was committed before is kept.",
  corrupt:
    "Check the disk, then move it away together with its -wal and -shm files, keep controller.json where it is, and start again " +
    "with the newest backup of it, or with none. Either counts as lost: `hvpool reconcile --dry-run` then lists what was made " +
    "before, and `--adopt` or `--retire` takes it up.",
  newer: "Use the hvpool version that wrote it, or a later one. Migrations only go forward.",
  older: "Start `hvpool run` with this data directory once; that brings the journal up to date.",
  sequence: "Make sure that only one hvpool uses this data directory, and start again.",
  io: "Check the disk and the permissions of the directory, and start again.",
};

/** `message` says what was tried, on which file, and why it failed; `remedy` says what to do. Print both. */
export class JournalError extends Error {
  override readonly name = "JournalError";
  readonly code: JournalErrorCode;
  readonly remedy: string;

  constructor(code: JournalErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? REMEDIES[code];
  }
}

/** SQLite's primary result codes. Source: sqlite.org/rescode.html. */
const BY_RESULT: Readonly<Record<number, JournalErrorCode>> = {
  3: "read_only", // PERM
  5: "locked", // BUSY
  6: "locked", // LOCKED
  8: "read_only", // READONLY
  11: "corrupt", // CORRUPT
  13: "full", // FULL
  19: "sequence", // CONSTRAINT: a seq or (stream, version) that is there already
  26: "corrupt", // NOTADB
};

/** Runs `body`; what SQLite throws comes out as a {@linkcode JournalError} that says what was being done. */
export function explained<T>(path: string, doing: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (error instanceof JournalError || !isSqliteError(error)) throw error;
    // The low byte is the primary code; the rest says more, and is kept in the message's number.
    const result = error.errcode;
    const code = result === undefined ? "io" : BY_RESULT[result & 0xff] ?? "io";
    const number = result === undefined ? "" : ` (SQLite ${result})`;
    throw new JournalError(code, `Cannot ${doing} the journal ${path}: ${error.message}${number}.`, {
      cause: error,
    });
  }
}

function isSqliteError(error: unknown): error is Error & { errcode?: number } {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}
