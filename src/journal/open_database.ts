/** Opens the journal's file and makes sure that it is a journal of a schema that this program knows. */
import { DatabaseSync } from "node:sqlite";
import { explained, JournalError } from "./journal_error.ts";
import { migrate, type Migration, refuseNewer, schemaVersion } from "./migrate.ts";
import { APPLICATION_ID } from "./schema.ts";

/** What {@linkcode openDatabase} needs to know. */
export interface DatabaseRequest {
  readonly path: string;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  readonly maxPages: number | undefined;
  readonly migrations: readonly Migration[];
}

/** The database, closed again if anything about it is wrong. */
export function openDatabase(request: DatabaseRequest): { db: DatabaseSync; created: boolean } {
  const { path, readOnly } = request;
  const size = sizeOf(path);
  if (readOnly && size === undefined) {
    throw new JournalError("missing", `There is no journal at ${path}.`);
  }
  return explained(path, "open", () => {
    const db = new DatabaseSync(path, { readOnly, timeout: request.timeoutMs });
    try {
      identify(db, path);
      refuseNewer(db, request.migrations, path);
      if (readOnly) refuseOlder(db, request.migrations, path);
      else prepareWriter(db, request);
    } catch (error) {
      db.close();
      throw error;
    }
    return { db, created: size === undefined || size === 0 };
  });
}

/** Size of the file; `undefined` when there is none. */
function sizeOf(path: string): number | undefined {
  try {
    const info = Deno.statSync(path);
    if (info.isDirectory) {
      throw new JournalError("io", `Cannot open the journal ${path}: it is a directory.`, {
        remedy: "Move the directory away, or choose another data directory with --data-dir.",
      });
    }
    return info.size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof JournalError) throw error;
    throw new JournalError("io", `Cannot look at the journal ${path}: ${String(error)}.`, { cause: error });
  }
}

/** Somebody else's database must not be turned into a journal. */
function identify(db: DatabaseSync, path: string): void {
  const id = Number(db.prepare("PRAGMA application_id").get()?.["application_id"] ?? 0);
  if (id === APPLICATION_ID) return;
  const tables = Number(db.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"] ?? 0);
  if (id === 0 && tables === 0) return; // new, or a first start that was interrupted
  throw new JournalError("corrupt", `${path} is a database, but not a journal of hvpool.`, {
    remedy: "Move the file away, or choose another data directory with --data-dir.",
  });
}

function refuseOlder(db: DatabaseSync, migrations: readonly Migration[], path: string): void {
  const version = schemaVersion(db);
  if (version === migrations.length) return;
  // Nothing was ever committed to it: no start brings back what it had.
  if (version === 0) throw new JournalError("empty", `The journal ${path} is empty.`);
  throw new JournalError(
    "older",
    `The journal ${path} has schema ${version}; this program reads ${migrations.length}.`,
  );
}

function prepareWriter(db: DatabaseSync, { path, maxPages, migrations }: DatabaseRequest): void {
  const mode = db.prepare("PRAGMA journal_mode = WAL").get()?.["journal_mode"];
  if (mode !== "wal") {
    throw new JournalError(
      "io",
      `Cannot open the journal ${path}: its disk does not allow write-ahead logging.`,
      {
        remedy: "Choose a data directory on a local disk with --data-dir.",
      },
    );
  }
  // FULL: a commit that was acknowledged is on the disk, also after a power cut.
  db.prepare("PRAGMA synchronous = FULL").run();
  if (maxPages !== undefined) db.prepare(`PRAGMA max_page_count = ${Math.trunc(maxPages)}`).get();
  migrate(db, migrations, path);
  // SQLite opens a file that cannot be written without a word; better to know now than at the first commit.
  db.prepare("BEGIN IMMEDIATE").run();
  db.prepare("ROLLBACK").run();
}
