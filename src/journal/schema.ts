/** The journal's tables, as the list of steps that lead to them. */
import type { Migration } from "./migrate.ts";

/** "hvpj" in ASCII: tells a journal from any other SQLite file. */
export const APPLICATION_ID = 0x6876706a;

/**
 * One statement each, since only the errors of prepared ones carry SQLite's number.
 *
 * Events are only ever added. The one exception is compaction, which first says in `compaction.allowed` up to
 * where it will delete; the triggers hold everybody else to the rule, database tools included.
 *
 * `through` and `through_at` are the last event deleted and the latest time of one: a reader that asks for
 * events up to there is told that some are gone.
 */
const V1: readonly string[] = [
  `PRAGMA application_id = ${APPLICATION_ID}`,
  `CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    UNIQUE (stream, version)
  ) STRICT`,
  `CREATE TABLE snapshots (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    schema INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT`,
  `CREATE TABLE compaction (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    allowed INTEGER NOT NULL,
    through INTEGER NOT NULL,
    through_at INTEGER NOT NULL
  ) STRICT`,
  `INSERT INTO compaction VALUES (1, 0, 0, -1)`,
  `CREATE TRIGGER events_are_not_changed BEFORE UPDATE ON events
  BEGIN SELECT RAISE(ABORT, 'events are append-only'); END`,
  `CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
  WHEN OLD.seq > (SELECT allowed FROM compaction)
  BEGIN SELECT RAISE(ABORT, 'events are append-only'); END`,
];

/** Every step from an empty file to today's schema. */
export const MIGRATIONS: readonly Migration[] = [
  (db) => V1.forEach((sql) => db.prepare(sql).run()),
];
