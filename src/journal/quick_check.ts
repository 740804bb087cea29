/** Looks for damage in a journal without changing it, also beside the program that writes it. */
import { explained } from "./journal_error.ts";
import { openDatabase } from "./open_database.ts";
import { MIGRATIONS } from "./schema.ts";

/** More of it says nothing new. */
const MOST_FINDINGS = 5;

/**
 * SQLite's `PRAGMA quick_check`: what it found, in its own words; nothing when the journal is sound.
 * @throws JournalError when it cannot be read at all: `missing`, `empty`, `locked`, `corrupt`, `newer`, `older` or `io`
 */
export function quickCheck(path: string): string[] {
  const { db } = openDatabase({
    path,
    readOnly: true,
    timeoutMs: 2_000,
    maxPages: undefined,
    migrations: MIGRATIONS,
  });
  try {
    const rows = explained(path, "check", () => db.prepare(`PRAGMA quick_check(${MOST_FINDINGS})`).all());
    return rows.map((row) => String(row["quick_check"])).filter((finding) => finding !== "ok");
  } finally {
    db.close();
  }
}
