import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openJournal, type ReadQuery } from "./journal.ts";
import { entries, inDirectory, journalIn, seqs } from "./journal_fixture.ts";

Deno.test("commit() keeps events across a close, in order, with their versions", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      assert.equal(journal.created, true);
      journal.commit([
        { seq: 1, at: 10, stream: "host", type: "run.started", data: { run: 1 } },
        { seq: 2, at: 10, stream: "pool/web", type: "pool.sized", data: { size: 4, note: "ä \u0000 '" } },
        { seq: 3, at: 11, stream: "host", type: "run.ended", data: {} },
      ]);
    }
    using journal = openJournal(journalIn(dir));
    assert.equal(journal.created, false);
    journal.commit([{ seq: 4, at: 12, stream: "host", type: "run.started", data: { run: 2 } }]);
    assert.deepEqual(journal.read({ limit: 10 }), {
      reset: false,
      rows: [
        { seq: 1, at: 10, stream: "host", version: 1, type: "run.started", data: { run: 1 } },
        {
          seq: 2,
          at: 10,
          stream: "pool/web",
          version: 1,
          type: "pool.sized",
          data: { size: 4, note: "ä \u0000 '" },
        },
        { seq: 3, at: 11, stream: "host", version: 2, type: "run.ended", data: {} },
        { seq: 4, at: 12, stream: "host", version: 3, type: "run.started", data: { run: 2 } },
      ],
    });
    assert.equal(journal.firstSeq(), 1);
    assert.equal(journal.lastSeq(), 4);
  }));

Deno.test("commit() is durable: write-ahead log, full synchronisation", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 1));
    // The mode is kept in the file. `synchronous` belongs to the connection: kill_test.ts is about that.
    using db = new DatabaseSync(journalIn(dir), { readOnly: true });
    assert.equal(db.prepare("PRAGMA journal_mode").get()?.["journal_mode"], "wal");
  }));

Deno.test("commit() refuses events that do not follow, and keeps none of them", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2));
    for (
      const wrong of [entries(1, 1), entries(3, 1), [...entries(2, 1), ...entries(3, 1), ...entries(3, 1)]]
    ) {
      assert.throws(() => journal.commit(wrong), { name: "JournalError", code: "sequence" });
    }
    assert.deepEqual(seqs(journal), [1, 2]);
    journal.commit(entries(2, 1));
    assert.deepEqual(seqs(journal), [1, 2, 3]);
  }));

Deno.test("commit() notices a second writer", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    using other = openJournal(journalIn(dir));
    other.commit(entries(0, 1));
    assert.throws(() => journal.commit(entries(0, 1)), { code: "sequence", remedy: /only one hvpool/ });
  }));

Deno.test("commit() keeps nothing of a turn of which one event cannot be written", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const bad = { seq: 3, at: 1.5, stream: "host", type: "tick", data: {} };
    assert.throws(() => journal.commit([...entries(0, 2), bad]), { name: "JournalError" });
    assert.equal(journal.lastSeq(), 0);
    journal.commit(entries(0, 3));
    assert.deepEqual(journal.read({ limit: 9 }).rows.map((row) => row.version), [1, 2, 3]);
  }));

Deno.test("forget() only forgets: the next version of a stream that was not over is right", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2));
    journal.forget("host");
    journal.commit(entries(2, 1));
    assert.equal(journal.read({ after: 2, limit: 1 }).rows[0]?.version, 3);
  }));

Deno.test("events can be neither changed nor deleted, not even by a database tool", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      journal.commit(entries(0, 3));
    }
    using db = new DatabaseSync(journalIn(dir));
    assert.throws(() => db.exec("UPDATE events SET data = '{}' WHERE seq = 2"), /append-only/);
    assert.throws(() => db.exec("DELETE FROM events WHERE seq = 3"), /append-only/);
    assert.throws(() => db.exec("INSERT INTO events VALUES (4, 0, 'host', 3, 'x', '{}')"), /UNIQUE/);
  }));

const QUERIES: readonly { name: string; query: Omit<ReadQuery, "limit">; found: number[] }[] = [
  { name: "everything", query: {}, found: [1, 2, 3, 4, 5, 6] },
  { name: "after an event", query: { after: 4 }, found: [5, 6] },
  { name: "since a time", query: { since: 5_000 }, found: [5, 6] },
  { name: "one stream", query: { stream: "cycle/web/1.1" }, found: [2, 5] },
  { name: "a stream that is the beginning of another", query: { stream: "cycle/web/1" }, found: [] },
  { name: "streams that begin alike", query: { streamPrefix: "cycle/web/" }, found: [2, 3, 5, 6] },
  {
    name: "a stream or a prefix",
    query: { stream: "host", streamPrefix: "cycle/web/12." },
    found: [1, 3, 4, 6],
  },
  { name: "types that begin alike", query: { type: "op" }, found: [4, 5, 6] },
  { name: "one type", query: { type: "op.opened" }, found: [4, 5, 6] },
  {
    name: "all at once",
    query: { after: 1, since: 3_000, streamPrefix: "cycle/", type: "op" },
    found: [5, 6],
  },
  { name: "what looks like a pattern", query: { streamPrefix: "cycle/%" }, found: [] },
];

for (const { name, query, found } of QUERIES) {
  Deno.test(`read() finds ${name}`, () =>
    inDirectory((dir) => {
      using journal = openJournal(journalIn(dir));
      const streams = ["host", "cycle/web/1.1", "cycle/web/12.2"];
      journal.commit([...entries(0, 3, { streams }), ...entries(3, 3, { streams, type: "op.opened" })]);
      assert.deepEqual(journal.read({ ...query, limit: 10 }).rows.map((row) => row.seq), found);
      assert.deepEqual(journal.read({ ...query, limit: 1 }).rows.map((row) => row.seq), found.slice(0, 1));
    }));
}

Deno.test("a snapshot rides the commit and bounds the replay", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      assert.equal(journal.latestSnapshot(), undefined);
      journal.commit(entries(0, 5), { snapshot: { at: 7, schema: 2, data: '{"five":5}' } });
      journal.commit(entries(5, 2));
    }
    using journal = openJournal(journalIn(dir));
    const snapshot = journal.latestSnapshot();
    assert.deepEqual(snapshot, { seq: 5, at: 7, schema: 2, data: '{"five":5}' });
    const replayed: number[] = [];
    journal.replay(snapshot?.seq ?? 0, (row) => replayed.push(row.seq));
    assert.deepEqual(replayed, [6, 7]);
  }));

Deno.test("the last two snapshots are kept, and one without events replaces its like", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    for (const seq of [0, 1, 2, 3]) {
      journal.commit(entries(seq, 1), { snapshot: { at: seq, schema: 1, data: `${seq}` } });
    }
    journal.commit([], { snapshot: { at: 9, schema: 1, data: "again" } });
    assert.deepEqual(journal.latestSnapshot(), { seq: 4, at: 9, schema: 1, data: "again" });
    using db = new DatabaseSync(journalIn(dir), { readOnly: true });
    assert.deepEqual(db.prepare("SELECT seq FROM snapshots ORDER BY seq").all().map((row) => row["seq"]), [
      3,
      4,
    ]);
  }));

Deno.test("replay() walks more events than it holds at a time", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 4_500));
    let sum = 0;
    journal.replay(500, (row) => sum += row.seq);
    assert.equal(sum, (4_500 * 4_501 - 500 * 501) / 2);
    journal.replay(4_500, () => assert.fail("there is nothing after the last one"));
  }));

Deno.test("a reader beside the writer sees what was committed and can change nothing", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2));
    using reader = openJournal(journalIn(dir), { readOnly: true });
    assert.deepEqual(seqs(reader), [1, 2]);
    journal.commit(entries(2, 1), { snapshot: { at: 1, schema: 1, data: "s" } });
    assert.deepEqual(seqs(reader), [1, 2, 3]);
    assert.equal(reader.lastSeq(), 3);
    assert.equal(reader.latestSnapshot()?.data, "s");
    assert.ok("commit" in reader && typeof reader.commit === "function");
    assert.throws(() => openForWriting(reader).commit(entries(3, 1)), { code: "read_only" });
  }));

Deno.test("a reader works with no writer running", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      journal.commit(entries(0, 3));
    }
    using reader = openJournal(journalIn(dir), { readOnly: true });
    assert.deepEqual(seqs(reader), [1, 2, 3]);
  }));

/** What a program without the types could do. */
function openForWriting(reader: object): { commit(entries: readonly unknown[]): void } {
  return reader as { commit(entries: readonly unknown[]): void };
}
