import assert from "node:assert/strict";
import { type CompactRequest, type Journal, openJournal } from "./journal.ts";
import { entries, inDirectory, journalIn, seqs } from "./journal_fixture.ts";

const DAY_MS = 86_400_000;
/** Everything of the fixture's events is older than a day by now. */
const LATER: CompactRequest = {
  keepDays: 1,
  now: 10 * DAY_MS,
  openStreams: new Set(),
  snapshotSeq: 1_000_000,
};

function snapshot(journal: Journal): void {
  journal.commit([], { snapshot: { at: 0, schema: 1, data: "{}" } });
}

Deno.test("compact() deletes old events of ended streams and keeps those of open ones", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 6, { streams: ["host", "cycle/a/1.1", "cycle/a/2.2"] }));
    snapshot(journal);
    const done = journal.compact({ ...LATER, openStreams: new Set(["cycle/a/2.2"]) });
    assert.deepEqual(done, { deleted: 4, done: true });
    assert.deepEqual(seqs(journal), [3, 6]);
    assert.equal(journal.firstSeq(), 3);
  }));

Deno.test("compact() keeps events that are younger than keepDays", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit([...entries(0, 3), ...entries(3, 2, { startMs: 9.5 * DAY_MS })]);
    snapshot(journal);
    assert.deepEqual(journal.compact(LATER), { deleted: 3, done: true });
    assert.deepEqual(seqs(journal), [4, 5]);
  }));

Deno.test("compact() keeps what no snapshot has in it", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2));
    assert.equal(journal.compact(LATER).deleted, 0);
    snapshot(journal);
    journal.commit(entries(2, 2));
    assert.equal(journal.compact({ ...LATER, snapshotSeq: 1 }).deleted, 1);
    assert.equal(journal.compact(LATER).deleted, 1);
    assert.deepEqual(seqs(journal), [3, 4]);
  }));

Deno.test("compact() keeps what the older of two snapshots needs", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 2));
    snapshot(journal);
    journal.commit(entries(2, 2));
    snapshot(journal);
    journal.compact(LATER);
    assert.deepEqual(seqs(journal), [3, 4]);
  }));

Deno.test("compact() takes small bites and goes on where it stopped", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 10, { streams: ["host", "cycle/a/1.1"] }));
    snapshot(journal);
    const request = { ...LATER, openStreams: new Set(["host"]), maxRows: 4 };
    assert.deepEqual(journal.compact(request), { deleted: 2, done: false });
    assert.deepEqual(journal.compact(request), { deleted: 2, done: false });
    assert.deepEqual(journal.compact(request), { deleted: 1, done: true });
    assert.deepEqual(seqs(journal), [1, 3, 5, 7, 9]);
    // The next sweep begins at the beginning: what was open before may have ended.
    assert.deepEqual(journal.compact({ ...request, openStreams: new Set(), maxRows: 100 }), {
      deleted: 5,
      done: true,
    });
  }));

Deno.test("compact() is not held up by an event from a time that has not come", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit([...entries(0, 1), ...entries(1, 1, { startMs: 99 * DAY_MS }), ...entries(2, 1)]);
    snapshot(journal);
    assert.equal(journal.compact(LATER).deleted, 2);
    assert.deepEqual(seqs(journal), [2]);
  }));

Deno.test("numbers go on after everything was deleted, in the next run too", () =>
  inDirectory((dir) => {
    {
      using journal = openJournal(journalIn(dir));
      journal.commit(entries(0, 3));
      snapshot(journal);
      assert.equal(journal.compact(LATER).deleted, 3);
      assert.equal(journal.lastSeq(), 3);
      assert.equal(journal.firstSeq(), 0);
    }
    using journal = openJournal(journalIn(dir));
    assert.equal(journal.lastSeq(), 3);
    assert.equal(journal.latestSnapshot()?.seq, 3);
    journal.commit(entries(3, 1));
    assert.deepEqual(seqs(journal), [4]);
  }));

Deno.test("read() says reset to whoever asks for events that are gone, and to nobody else", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 6));
    assert.equal(journal.read({ after: 0, since: 0, limit: 1 }).reset, false);
    journal.commit([], { snapshot: { at: 0, schema: 1, data: "" } });
    journal.compact({ ...LATER, snapshotSeq: 4 });
    const reset = (query: { after?: number; since?: number }) => journal.read({ ...query, limit: 9 }).reset;
    assert.equal(reset({ after: 0 }), true);
    assert.equal(reset({ after: 3 }), true);
    assert.equal(reset({ after: 4 }), false);
    assert.equal(reset({ since: 4_000 }), true);
    assert.equal(reset({ since: 4_001 }), false);
    assert.equal(reset({}), false);
  }));

Deno.test("replay() refuses to go over a hole", () =>
  inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    journal.commit(entries(0, 4));
    snapshot(journal);
    journal.compact({ ...LATER, snapshotSeq: 2 });
    assert.throws(() => journal.replay(0, () => {}), { code: "corrupt", message: /Event 1 is missing/ });
    const replayed: number[] = [];
    journal.replay(2, (row) => replayed.push(row.seq));
    assert.deepEqual(replayed, [3, 4]);
    journal.compact(LATER);
    assert.throws(() => journal.replay(2, () => {}), { code: "corrupt", message: /Event 3 is missing/ });
  }));
