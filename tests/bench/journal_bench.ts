/** What the journal costs: a turn's commit against a bare durable commit, and a start on a million events. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type JournalEntry, openJournal } from "../../src/journal/journal.ts";

/** One line of the report. */
export interface BenchLine {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The value should not be above this. */
  readonly goal: number;
}

/** About as long as the data of an `op.opened`. */
const DATA = { call: "vm.create", args: { name: "web-17", memoryMb: 4096, note: "x".repeat(120) } };
const EVENTS_A_TURN = 5;
const SLOTS = 1_000;

/** Measures in a temporary directory of its own, on the disk that the system keeps those on. */
export async function benchJournal(options: { turns?: number; events?: number } = {}): Promise<BenchLine[]> {
  const dir = await Deno.makeTempDir();
  try {
    return [...commits(dir, options.turns ?? 2_000), start(dir, options.events ?? 1_000_000)];
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Events that follow `after`: a turn touches a few of many cycles, and the host now and then. */
function turn(after: number, count: number): JournalEntry[] {
  return Array.from({ length: count }, (_, i) => {
    const seq = after + 1 + i;
    const cycle = Math.floor(seq / EVENTS_A_TURN);
    const stream = seq % 10 === 0
      ? "host"
      : `cycle/web/${cycle % SLOTS + 1}.${Math.floor(cycle / SLOTS) + 1}`;
    return { seq, at: 1_700_000_000_000 + seq * 50, stream, type: "op.opened", data: DATA };
  });
}

function commits(dir: string, turns: number): BenchLine[] {
  using journal = openJournal(join(dir, "turns.sqlite"));
  using bare = new DatabaseSync(join(dir, "bare.sqlite"));
  bare.prepare("PRAGMA journal_mode = WAL").get();
  bare.prepare("PRAGMA synchronous = FULL").run();
  bare.exec("CREATE TABLE row (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT");
  const insert = bare.prepare("INSERT INTO row (text) VALUES (?)");
  const text = JSON.stringify(DATA);
  const ours: number[] = [];
  const theirs: number[] = [];
  let last = 0;
  // In turn, so that whatever else the disk does hits both alike.
  for (let i = 0; i < turns; i++) {
    theirs.push(elapsedMs(() => insert.run(text)));
    const entries = turn(last, EVENTS_A_TURN);
    ours.push(elapsedMs(() => journal.commit(entries)));
    last += EVENTS_A_TURN;
  }
  return [
    {
      name: "journal: a turn's commit, times a bare durable commit",
      value: median(ours) / median(theirs),
      unit: "×",
      goal: 1.2,
    },
    { name: "journal: a turn's commit", value: median(ours), unit: "ms", goal: 2 },
  ];
}

/** Open, take the snapshot, replay what is after it: all that the journal does at a start. */
function start(dir: string, events: number): BenchLine {
  const path = join(dir, "start.sqlite");
  const behind = Math.min(10_000, events);
  {
    using journal = openJournal(path);
    for (let last = 0; last < events;) {
      const entries = turn(last, Math.min(behind, events - last));
      last += entries.length;
      // The last batch comes after the last snapshot, as it would after a kill.
      const snapshot = { at: 0, schema: 1, data: JSON.stringify(Array.from({ length: SLOTS }, () => DATA)) };
      journal.commit(entries, last < events ? { snapshot } : {});
    }
  }
  const value = elapsedMs(() => {
    using journal = openJournal(path);
    const snapshot = journal.latestSnapshot();
    JSON.parse(snapshot?.data ?? "[]");
    let replayed = snapshot?.seq ?? 0;
    journal.replay(replayed, (row) => replayed = row.seq);
    if (replayed !== events) throw new Error(`replayed up to ${replayed} of ${events}`);
  });
  return { name: `journal: start on ${events} events from a snapshot`, value, unit: "ms", goal: 1_000 };
}

function elapsedMs(body: () => void): number {
  const begun = performance.now();
  body();
  return performance.now() - begun;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.trunc(values.length / 2)] ?? 0;
}
