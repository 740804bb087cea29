/** Brings a journal's schema up to date, one step at a time, forward only. */
import type { DatabaseSync } from "node:sqlite";
import { JournalError } from "./journal_error.ts";

/** Step `i` of a list takes a file from `user_version` `i` to `i + 1`. Released steps never change. */
export type Migration = (db: DatabaseSync) => void;

/** `user_version` of the file: how many steps it has behind it. */
export function schemaVersion(db: DatabaseSync): number {
  return Number(db.prepare("PRAGMA user_version").get()?.["user_version"] ?? 0);
}

/** Refuses a file that a newer program wrote. */
export function refuseNewer(db: DatabaseSync, steps: readonly Migration[], path: string): void {
  const version = schemaVersion(db);
  if (version <= steps.length) return;
  throw new JournalError(
    "newer",
    `The journal ${path} was written by a newer hvpool: it has schema ${version}, this program knows ${steps.length}.`,
  );
}

/**
 * Runs the steps that the file lacks in one transaction: a step that fails leaves the file as it was.
 * @returns the version it found.
 */
export function migrate(db: DatabaseSync, steps: readonly Migration[], path: string): number {
  refuseNewer(db, steps, path);
  const found = schemaVersion(db);
  if (found === steps.length) return found;
  db.prepare("BEGIN IMMEDIATE").run();
  try {
    for (const step of steps.slice(found)) step(db);
    db.prepare(`PRAGMA user_version = ${steps.length}`).run();
    db.prepare("COMMIT").run();
  } catch (error) {
    if (db.isTransaction) db.prepare("ROLLBACK").run();
    throw error;
  }
  return found;
}
