import assert from "node:assert/strict";
import { inDirectory, journalIn } from "../journal/journal_fixture.ts";
import { type Journal, openJournal } from "../journal/journal.ts";
import { type Event, type NewEvent, streamOf } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import { cycleId, type Ms } from "../model/ids.ts";
import { SNAPSHOT_SCHEMA } from "../model/snapshot.ts";
import { emptyState, type State } from "../model/state.ts";
import { CONTROLLER, NOW, testSettings } from "../model/testing/stage.ts";
import { Keeper, recover } from "./keeper.ts";

/** Writes events as a loop does: folded first, then committed. */
class Writer {
  readonly state: State = emptyState(testSettings());
  readonly keeper: Keeper;

  constructor(journal: Journal) {
    this.keeper = new Keeper(journal, this.state);
    this.write(
      { type: "run.started", data: { controller: CONTROLLER, version: "test" } },
      { type: "settings.applied", data: { settings: testSettings() } },
      { type: "numbers.reserved", data: { upTo: 100_000 } },
    );
  }

  write(...events: NewEvent[]): void {
    this.writeAt(NOW, ...events);
  }

  writeAt(at: Ms, ...events: NewEvent[]): void {
    const placed = events.map((event): Event => {
      const one = { ...event, seq: this.state.seq + 1, at };
      fold(this.state, one);
      return one;
    });
    this.keeper.commit(placed);
  }

  /** A cycle that begins and ends. */
  cycle(n: number, at = NOW): void {
    const cycle = cycleId("ci", 1, n);
    const opened = { cycle, pool: "ci", slot: 1, n, generation: "", storage: "D:\\vms" };
    this.writeAt(at, { type: "cycle.opened", data: opened }, {
      type: "cycle.retired",
      data: { cycle, cause: "test" },
    });
    this.writeAt(at, { type: "cycle.ended", data: { cycle } });
  }
}

Deno.test("recover() gives back the state that was committed", async () => {
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const writer = new Writer(journal);
    for (let n = 1; n <= 20; n++) writer.cycle(n);
    assert.deepEqual(recover(journal, testSettings()), writer.state);
  });
});

Deno.test("recover() of an empty journal is the state before the first event", async () => {
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    assert.deepEqual(recover(journal, testSettings()), emptyState(testSettings()));
  });
});

Deno.test("Keeper takes a snapshot after a thousand events, and recover() begins there", async () => {
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const writer = new Writer(journal);
    for (let n = 1; n <= 300; n++) writer.cycle(n);
    assert.equal(journal.latestSnapshot(), undefined);
    for (let n = 301; n <= 400; n++) writer.cycle(n);
    const snapshot = journal.latestSnapshot();
    assert.ok(snapshot !== undefined && snapshot.seq >= 1_000 && snapshot.seq < journal.lastSeq());
    assert.equal(snapshot.schema, SNAPSHOT_SCHEMA);
    const replayed: number[] = [];
    const reader = {
      latestSnapshot: () => journal.latestSnapshot(),
      replay: (after: number, visit: Parameters<Journal["replay"]>[1]) => {
        replayed.push(after);
        journal.replay(after, visit);
      },
    };
    assert.deepEqual(recover(reader, testSettings()), writer.state);
    assert.deepEqual(replayed, [snapshot.seq]);
  });
});

Deno.test("recover() leaves a snapshot of another form aside, and folds the events", async () => {
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const writer = new Writer(journal);
    writer.cycle(1);
    const reader = {
      latestSnapshot: () => ({ seq: 2, at: NOW, schema: SNAPSHOT_SCHEMA + 1, data: "{}" }),
      replay: (after: number, visit: Parameters<Journal["replay"]>[1]) => journal.replay(after, visit),
    };
    assert.deepEqual(recover(reader, testSettings()), writer.state);
  });
});

Deno.test("Keeper lets go of old events of what has ended, and keeps those of what is open", async () => {
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const writer = new Writer(journal);
    const cycle = cycleId("ci", 2, 1);
    writer.write({
      type: "cycle.opened",
      data: { cycle, pool: "ci", slot: 2, n: 1, generation: "", storage: "D:\\vms" },
    });
    for (let n = 2; n <= 800; n++) writer.cycle(n);
    const later = NOW + 10 * 86_400_000;
    for (
      let bites = 0;
      bites < 100 && !writer.keeper.compact({ keepDays: 1, keepJobsDays: 90 }, later);
      bites++
    );
    const open = journal.read({ limit: 10, stream: `cycle/${cycle}` }).rows;
    assert.equal(open.length, 1);
    assert.equal(journal.read({ limit: 10, stream: "cycle/ci/1.2" }).rows.length, 0);
    assert.deepEqual(recover(journal, testSettings()), writer.state);
  });
});

Deno.test("streamOf() puts each event where a reader looks for it", () => {
  assert.equal(streamOf({ type: "starts.resumed", data: {} }), "host");
  assert.equal(streamOf({ type: "pool.recovered", data: { pool: "ci" } }), "pool/ci");
  assert.equal(streamOf({ type: "cycle.ended", data: { cycle: cycleId("ci", 1, 2) } }), "cycle/ci/1.2");
});
