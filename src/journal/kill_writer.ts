/** Run by kill_test.ts in a process of its own: commits turns without end, and prints a number after each commit. */
import { openJournal } from "./journal.ts";

const [path = ""] = Deno.args;
using journal = openJournal(path);
const acknowledge = new TextEncoder();
for (let last = journal.lastSeq();;) {
  const turn = Array.from({ length: 5 }, (_, i) => ({
    seq: last + 1 + i,
    at: Date.now(),
    stream: `cycle/web/${i}.${last % 100}`,
    type: "tick",
    data: { text: "x".repeat(180) },
  }));
  last += turn.length;
  const snapshot = last % 500 === 0 ? { snapshot: { at: 0, schema: 1, data: `${last}` } } : {};
  journal.commit(turn, snapshot);
  if (snapshot.snapshot !== undefined) {
    const keepNothing = { keepDays: 0, now: Date.now() + 1, openStreams: new Set<string>() };
    journal.compact({ ...keepNothing, snapshotSeq: last - 250, maxRows: 250 });
  }
  Deno.stdout.writeSync(acknowledge.encode(`${last}\n`));
}
