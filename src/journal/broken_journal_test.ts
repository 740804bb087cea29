import assert from "node:assert/strict";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openJournal } from "./journal.ts";
import { entries, inDirectory, journalIn, seqs } from "./journal_fixture.ts";
import { setJournalAside } from "./set_aside.ts";

/** A journal of a few hundred pages, closed. */
function fill(dir: string): void {
  using journal = openJournal(journalIn(dir));
  journal.commit(entries(0, 20_000));
}

Deno.test("openJournal() refuses a file of garbage, names it and leaves it alone", () =>
  inDirectory((dir) => {
    const garbage = "garbage ".repeat(1_000);
    Deno.writeTextFileSync(journalIn(dir), garbage);
    assert.throws(() => openJournal(journalIn(dir)), {
      name: "JournalError",
      code: "corrupt",
      message: /Cannot open the journal .*journal\.sqlite: file is not a database/,
      remedy:
        /move it away.* the newest backup of it, or with none\. Either counts as lost: .*reconcile.*--adopt.*--retire/,
    });
    assert.equal(Deno.readTextFileSync(journalIn(dir)), garbage);
  }));

for (const readOnly of [true, false]) {
  Deno.test(`a truncated journal is refused by a ${readOnly ? "reader" : "writer"}`, () =>
    inDirectory((dir) => {
      fill(dir);
      Deno.truncateSync(journalIn(dir), Math.trunc(Deno.statSync(journalIn(dir)).size / 3));
      const open = () => readOnly ? openJournal(journalIn(dir), { readOnly }) : openJournal(journalIn(dir));
      assert.throws(open, { name: "JournalError", code: "corrupt" });
    }));
}

Deno.test("damage in the middle is reported when it is read", () =>
  inDirectory((dir) => {
    fill(dir);
    {
      using file = Deno.openSync(journalIn(dir), { write: true });
      const { size } = file.statSync();
      file.seekSync(Math.trunc(size / 2), Deno.SeekMode.Start);
      file.writeSync(new Uint8Array(64 * 1024).fill(0xa5));
    }
    using journal = openJournal(journalIn(dir));
    assert.throws(() => journal.replay(0, () => {}), { code: "corrupt" });
  }));

Deno.test("an event whose data is no JSON is reported by number", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      journal.commit(entries(0, 1));
    }
    {
      using db = new DatabaseSync(journalIn(dir));
      db.exec("INSERT INTO events VALUES (2, 0, 'host', 2, 'tick', '{\"n\":')");
    }
    using journal = openJournal(journalIn(dir));
    assert.throws(() => seqs(journal), { code: "corrupt", message: /Event 2 / });
  }));

Deno.test("openJournal() does not take another program's database over", () =>
  inDirectory((dir) => {
    {
      using db = new DatabaseSync(journalIn(dir));
      db.exec("CREATE TABLE theirs (a)");
    }
    assert.throws(() => openJournal(journalIn(dir)), { code: "corrupt", message: /not a journal of hvpool/ });
    using db = new DatabaseSync(journalIn(dir));
    assert.equal(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "delete");
  }));

Deno.test("an empty file is a journal that was never begun", () =>
  inDirectory((dir) => {
    Deno.writeTextFileSync(journalIn(dir), "");
    using journal = openJournal(journalIn(dir));
    assert.equal(journal.created, true);
    assert.equal(journal.lastSeq(), 0);
  }));

Deno.test("openJournal() refuses a directory, and a place that is not there", () =>
  inDirectory((dir) => {
    assert.throws(() => openJournal(dir), { code: "io", message: /it is a directory/ });
    assert.throws(() => openJournal(join(dir, "no", "journal.sqlite")), {
      code: "io",
      message: /unable to open/,
    });
    assert.throws(() => openJournal(journalIn(dir), { readOnly: true }), { code: "missing" });
    assert.deepEqual([...Deno.readDirSync(dir)], []);
  }));

Deno.test("a full disk fails the commit, keeps what was there and lets later commits in", () =>
  inDirectory((dir) => {
    const big = [{ seq: 2, at: 0, stream: "host", type: "tick", data: { text: "x".repeat(400_000) } }];
    {
      using journal = openJournal(journalIn(dir), { maxPages: 40 });
      journal.commit(entries(0, 1));
      assert.throws(() => journal.commit(big), {
        code: "full",
        message: /Cannot write to the journal .*full/,
        remedy: /Free some space/,
      });
      assert.equal(journal.lastSeq(), 1);
      journal.commit(entries(1, 1));
    }
    using journal = openJournal(journalIn(dir));
    assert.deepEqual(seqs(journal), [1, 2]);
  }));

Deno.test("a disk too full for even an empty journal is said at the opening", () =>
  inDirectory((dir) => {
    assert.throws(() => openJournal(journalIn(dir), { maxPages: 2 }), { code: "full" });
  }));

Deno.test("a program that holds the file makes commits and openings fail as locked, after the time set", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir), { timeoutMs: 20 });
    journal.commit(entries(0, 1));
    using tool = new DatabaseSync(journalIn(dir));
    tool.exec("BEGIN IMMEDIATE");
    assert.throws(() => journal.commit(entries(1, 1)), { code: "locked", remedy: /End the program/ });
    assert.throws(() => openJournal(journalIn(dir), { timeoutMs: 20 }), { code: "locked" });
    tool.exec("COMMIT");
    journal.commit(entries(1, 1));
    assert.deepEqual(seqs(journal), [1, 2]);
  }));

Deno.test("setJournalAside() renames the files of the journal, names the new one, and a new one can begin", () =>
  inDirectory((dir) => {
    Deno.writeTextFileSync(journalIn(dir), "garbage ".repeat(1_000));
    Deno.writeTextFileSync(journalIn(dir) + "-wal", "log");
    const aside = setJournalAside(journalIn(dir), Date.UTC(2026, 7, 21, 10, 15, 30, 250));
    assert.equal(aside.path, journalIn(dir) + ".corrupt-20260821T101530Z");
    assert.ok(aside.message.includes(aside.path));
    const names = [...Deno.readDirSync(dir)].map((entry) => entry.name).sort();
    assert.deepEqual(names, [
      "journal.sqlite.corrupt-20260821T101530Z",
      "journal.sqlite.corrupt-20260821T101530Z-wal",
    ]);
    using journal = openJournal(journalIn(dir));
    assert.equal(journal.created, true);
  }));

Deno.test("setJournalAside() says when there is nothing to set aside", () =>
  inDirectory((dir) => {
    Deno.writeTextFileSync(journalIn(dir) + "-wal", "log");
    assert.throws(() => setJournalAside(journalIn(dir), 0), { code: "missing" });
    assert.equal(Deno.readTextFileSync(journalIn(dir) + "-wal"), "log");
  }));
