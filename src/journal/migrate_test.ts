import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openJournal } from "./journal.ts";
import { openDatabase } from "./open_database.ts";
import { entries, inDirectory, journalIn, seqs } from "./journal_fixture.ts";
import { migrate, type Migration, schemaVersion } from "./migrate.ts";
import { MIGRATIONS } from "./schema.ts";

/** A file as some earlier version left it: made by the first steps, with one event in it. */
function fileOf(version: number, path: string): void {
  using db = new DatabaseSync(path);
  migrate(db, MIGRATIONS.slice(0, version), path);
  if (version > 0) db.exec("INSERT INTO events VALUES (1, 5, 'host', 1, 'tick', '{\"n\":1}')");
}

for (let version = 0; version <= MIGRATIONS.length; version++) {
  Deno.test(`a journal of schema ${version} is brought up to date and keeps its events`, () =>
    inDirectory((dir) => {
      fileOf(version, journalIn(dir));
      using journal = openJournal(journalIn(dir));
      const kept = version === 0 ? [] : [1];
      assert.deepEqual(seqs(journal), kept);
      journal.commit(entries(kept.length, 1));
      using db = new DatabaseSync(journalIn(dir), { readOnly: true });
      assert.equal(schemaVersion(db), MIGRATIONS.length);
    }));
}

const STEPS: readonly Migration[] = [
  (db) => db.exec("CREATE TABLE log (text TEXT)"),
  (db) => db.exec("ALTER TABLE log ADD COLUMN at INTEGER NOT NULL DEFAULT 7"),
  (db) => db.exec("ALTER TABLE log RENAME TO history"),
];

Deno.test("migrate() runs only the steps that a file lacks, and carries its rows along", () => {
  using db = new DatabaseSync(":memory:");
  assert.equal(migrate(db, STEPS.slice(0, 1), "j"), 0);
  db.exec("INSERT INTO log VALUES ('old')");
  assert.equal(migrate(db, STEPS, "j"), 1);
  assert.deepEqual({ ...db.prepare("SELECT * FROM history").get() }, { text: "old", at: 7 });
  assert.equal(migrate(db, STEPS, "j"), 3);
});

Deno.test("migrate() leaves the file as it was when a step fails", () => {
  using db = new DatabaseSync(":memory:");
  migrate(db, STEPS.slice(0, 1), "j");
  const broken: Migration = () => {
    throw new Error("no");
  };
  assert.throws(() => migrate(db, [...STEPS, broken], "j"), /no/);
  assert.equal(schemaVersion(db), 1);
  assert.equal(db.isTransaction, false);
  assert.deepEqual(db.prepare("SELECT name FROM sqlite_schema").all().map((row) => row["name"]), ["log"]);
});

Deno.test("a journal of a newer hvpool is refused and not touched", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      journal.commit(entries(0, 1));
    }
    {
      using db = new DatabaseSync(journalIn(dir));
      db.exec("PRAGMA user_version = 99");
    }
    const before = Deno.readFileSync(journalIn(dir));
    for (
      const open of [() => openJournal(journalIn(dir)), () => openJournal(journalIn(dir), { readOnly: true })]
    ) {
      assert.throws(open, { code: "newer", message: /schema 99, this program knows 1/, remedy: /later/ });
    }
    assert.deepEqual(Deno.readFileSync(journalIn(dir)), before);
  }));

Deno.test("a reader refuses a journal that nothing was committed to, instead of changing it", () =>
  inDirectory((dir) => {
    fileOf(0, journalIn(dir));
    new DatabaseSync(journalIn(dir)).close();
    assert.throws(() => openJournal(journalIn(dir), { readOnly: true }), {
      code: "empty",
      remedy: /hvpool run/,
    });
  }));

Deno.test("a reader refuses an older journal instead of changing it", () =>
  inDirectory((dir) => {
    const path = journalIn(dir);
    openJournal(path).close();
    const migrations = [...MIGRATIONS, () => {}];
    assert.throws(
      () => openDatabase({ path, readOnly: true, timeoutMs: 1, maxPages: undefined, migrations }),
      {
        code: "older",
        message: /schema 1; this program reads 2/,
        remedy: /hvpool run/,
      },
    );
  }));
