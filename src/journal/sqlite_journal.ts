/** The journal on node:sqlite. The contract is in journal.ts. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { Seq } from "../model/ids.ts";
import { Compaction } from "./compaction.ts";
import type {
  CompactRequest,
  Journal,
  JournalEntry,
  JournalRow,
  OpenOptions,
  ReadQuery,
  Snapshot,
} from "./journal.ts";
import { explained, JournalError } from "./journal_error.ts";
import { openDatabase } from "./open_database.ts";
import { MIGRATIONS } from "./schema.ts";

/** Rows that a replay holds in memory at a time. */
const REPLAY_ROWS = 2_000;
const COLUMNS = "seq, at, stream, version, type, data";
/** The last event that ever was: compaction may have deleted it, and snapshots go no further. */
const LAST_SEQ =
  "SELECT max((SELECT coalesce(max(seq), 0) FROM events), (SELECT through FROM compaction)) AS seq";

/** Reads and writes one file. As a reader it is only ever seen as a `JournalReader`. */
export class SqliteJournal implements Journal {
  readonly created: boolean;
  readonly #path: string;
  readonly #db: DatabaseSync;
  readonly #readOnly: boolean;
  readonly #statements = new Map<string, StatementSync>();
  /** Last version of streams written to lately. */
  readonly #versions = new Map<string, number>();
  readonly #compaction: Compaction;
  /** Kept by the writer only: a reader has to look. */
  #lastSeq: Seq = 0;

  constructor(path: string, options: OpenOptions & { readOnly?: boolean }) {
    const readOnly = options.readOnly ?? false;
    const { db, created } = openDatabase({
      path,
      readOnly,
      timeoutMs: options.timeoutMs ?? 2_000,
      maxPages: options.maxPages,
      migrations: MIGRATIONS,
    });
    this.#path = path;
    this.#db = db;
    this.#readOnly = readOnly;
    this.created = created;
    this.#compaction = new Compaction(db);
    try {
      this.#lastSeq = this.#readLastSeq();
    } catch (error) {
      db.close();
      throw error;
    }
  }

  commit(entries: readonly JournalEntry[], extra: { snapshot?: Omit<Snapshot, "seq"> } = {}): void {
    this.#refuseReader();
    const { snapshot } = extra;
    if (entries.length === 0 && snapshot === undefined) return;
    const lastSeq = this.#follow(entries);
    const versions = new Map<string, number>();
    this.#transaction("write to", () => {
      const insert = this.#statement("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)");
      for (const { seq, at, stream, type, data } of entries) {
        const version = (versions.get(stream) ?? this.#version(stream)) + 1;
        insert.run(seq, at, stream, version, type, JSON.stringify(data));
        versions.set(stream, version);
      }
      if (snapshot !== undefined) this.#writeSnapshot({ ...snapshot, seq: lastSeq });
    });
    for (const [stream, version] of versions) this.#versions.set(stream, version);
    this.#lastSeq = lastSeq;
  }

  forget(stream: string): void {
    this.#versions.delete(stream);
  }

  read(query: ReadQuery): { rows: JournalRow[]; reset: boolean } {
    const { sql, values } = select(query);
    return explained(this.#path, "read", () => {
      const rows = this.#statement(sql).all(...values).map((row) => this.#row(row));
      // Asked after the rows: a compaction in between then says "reset" too often, never too seldom.
      const gone = this.#statement("SELECT through, through_at FROM compaction").get();
      const reset = (query.after !== undefined && query.after < Number(gone?.["through"])) ||
        (query.since !== undefined && query.since <= Number(gone?.["through_at"]));
      return { rows, reset };
    });
  }

  replay(after: Seq, visit: (row: JournalRow) => void): void {
    let expected = after + 1;
    while (true) {
      const { rows } = this.read({ after: expected - 1, limit: REPLAY_ROWS });
      for (const row of rows) {
        if (row.seq !== expected) this.#refuseGap(expected);
        expected++;
        visit(row);
      }
      if (rows.length < REPLAY_ROWS) break;
    }
    // Also when the missing ones are the last ones: then there was no later row to give them away.
    if (expected <= this.lastSeq()) this.#refuseGap(expected);
  }

  firstSeq(): Seq {
    return explained(
      this.#path,
      "read",
      () => Number(this.#statement("SELECT coalesce(min(seq), 0) AS seq FROM events").get()?.["seq"]),
    );
  }

  lastSeq(): Seq {
    return this.#readOnly ? this.#readLastSeq() : this.#lastSeq;
  }

  latestSnapshot(): Snapshot | undefined {
    return explained(this.#path, "read a snapshot from", () => {
      const row = this.#statement("SELECT seq, at, schema, data FROM snapshots ORDER BY seq DESC LIMIT 1")
        .get();
      if (row === undefined) return undefined;
      return {
        seq: Number(row["seq"]),
        at: Number(row["at"]),
        schema: Number(row["schema"]),
        data: String(row["data"]),
      };
    });
  }

  compact(request: CompactRequest): { deleted: number; done: boolean } {
    this.#refuseReader();
    return this.#transaction("compact", () => this.#compaction.bite(request));
  }

  close(): void {
    if (this.#db.isOpen) this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** One IMMEDIATE transaction; through prepared statements, whose errors carry SQLite's number. */
  #transaction<T>(doing: string, body: () => T): T {
    return explained(this.#path, doing, () => {
      this.#statement("BEGIN IMMEDIATE").run();
      try {
        const result = body();
        this.#statement("COMMIT").run();
        return result;
      } catch (error) {
        // A full disk can have ended the transaction already.
        if (this.#db.isTransaction) this.#statement("ROLLBACK").run();
        throw error;
      }
    });
  }

  /** Checks that the entries follow the last event, and says which the last one will be. */
  #follow(entries: readonly JournalEntry[]): Seq {
    let last = this.#lastSeq;
    for (const { seq, type } of entries) {
      if (seq !== last + 1) {
        throw new JournalError(
          "sequence",
          `Cannot write event ${seq} (${type}) to the journal ${this.#path}: ${last + 1} has to come next.`,
        );
      }
      last = seq;
    }
    return last;
  }

  #version(stream: string): number {
    const known = this.#versions.get(stream);
    if (known !== undefined) return known;
    const row = this.#statement("SELECT coalesce(max(version), 0) AS v FROM events WHERE stream = ?").get(
      stream,
    );
    return Number(row?.["v"]);
  }

  /** Two are kept, so that compaction never outruns the one before the newest. */
  #writeSnapshot({ seq, at, schema, data }: Snapshot): void {
    this.#statement("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)").run(seq, at, schema, data);
    this.#statement(
      "DELETE FROM snapshots WHERE seq NOT IN (SELECT seq FROM snapshots ORDER BY seq DESC LIMIT 2)",
    ).run();
  }

  #readLastSeq(): Seq {
    return explained(this.#path, "read", () => Number(this.#statement(LAST_SEQ).get()?.["seq"]));
  }

  #row(row: Record<string, unknown>): JournalRow {
    const seq = Number(row["seq"]);
    return {
      seq,
      at: Number(row["at"]),
      stream: String(row["stream"]),
      version: Number(row["version"]),
      type: String(row["type"]),
      data: this.#data(seq, String(row["data"])),
    };
  }

  #data(seq: Seq, text: string): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(text);
      if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
    } catch (error) {
      throw new JournalError(
        "corrupt",
        `Event ${seq} in the journal ${this.#path} cannot be read: its data is damaged.`,
        {
          cause: error,
        },
      );
    }
    throw new JournalError(
      "corrupt",
      `Event ${seq} in the journal ${this.#path} cannot be read: its data is no object.`,
    );
  }

  #refuseGap(seq: Seq): never {
    throw new JournalError("corrupt", `Event ${seq} is missing from the journal ${this.#path}.`);
  }

  #refuseReader(): void {
    if (this.#readOnly) {
      throw new JournalError("read_only", `The journal ${this.#path} was opened for reading only.`);
    }
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Greater than every text that goes on after a prefix: texts compare by their UTF-8 bytes. */
const PREFIX_END = "\u{10ffff}";

/**
 * The query as SQL. One stream is found by its index; everything else walks the events in order: a tenth of a
 * second for a million, where sorting what an index finds would be unbounded. The `+` keeps SQLite to that.
 */
function select(query: ReadQuery): { sql: string; values: SQLInputValue[] } {
  const wheres = ["seq > ?"];
  const values: SQLInputValue[] = [query.after ?? 0];
  if (query.since !== undefined) {
    wheres.push("at >= ?");
    values.push(query.since);
  }
  if (query.stream !== undefined && query.streamPrefix !== undefined) {
    wheres.push("(+stream = ? OR (+stream >= ? AND +stream < ?))");
    values.push(query.stream, query.streamPrefix, query.streamPrefix + PREFIX_END);
  } else if (query.stream !== undefined) {
    wheres.push("stream = ?");
    values.push(query.stream);
  } else if (query.streamPrefix !== undefined) {
    wheres.push("+stream >= ? AND +stream < ?");
    values.push(query.streamPrefix, query.streamPrefix + PREFIX_END);
  }
  if (query.type !== undefined) {
    wheres.push("type >= ? AND type < ?");
    values.push(query.type, query.type + PREFIX_END);
  }
  values.push(Math.max(0, Math.trunc(query.limit)));
  return { sql: `SELECT ${COLUMNS} FROM events WHERE ${wheres.join(" AND ")} ORDER BY seq LIMIT ?`, values };
}
