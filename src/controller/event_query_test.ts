import assert from "node:assert/strict";
import { inDirectory, journalIn } from "../journal/journal_fixture.ts";
import { openJournal } from "../journal/journal.ts";
import { testSettings } from "../model/testing/stage.ts";
import type { EventFilter } from "../ports/operations.ts";
import { findEvents } from "./event_query.ts";

const STREAMS: readonly [stream: string, type: string][] = [
  ["host", "run.started"],
  ["cycle/ci/1.1", "cycle.opened"],
  ["cycle/ci/1.1", "op.opened"],
  ["cycle/ci/2.2", "cycle.opened"],
  ["pool/ci", "pool.degraded"],
  ["cycle/ci/1.1", "op.closed"],
  ["cycle/ci/11.3", "cycle.opened"],
  ["cycle/ci/1.1~1", "cycle.found"],
  ["cycle/ci2/1.4", "cycle.opened"],
];
const [POOL] = testSettings().pools;

/** Numbers of the events that a filter finds. */
async function found(
  filter: EventFilter,
  limit = 100,
): Promise<{ seqs: number[]; reset: boolean; upTo?: number }> {
  let answer: ReturnType<typeof findEvents> | undefined;
  await inDirectory((dir) => {
    using journal = openJournal(journalIn(dir));
    const entries = STREAMS.map(([stream, type], i) => ({
      seq: i + 1,
      at: (i + 1) * 1_000,
      stream,
      type,
      data: {},
    }));
    journal.commit(entries);
    assert.ok(POOL !== undefined);
    answer = findEvents(journal, [POOL, { ...POOL, name: "ci2", prefix: "other-" }], filter, limit);
  });
  assert.ok(answer !== undefined);
  return { seqs: answer.events.map(({ seq }) => seq), reset: answer.reset, upTo: answer.upTo };
}

const CASES: readonly { says: string; filter: EventFilter; seqs: number[] }[] = [
  { says: "everything without a filter", filter: {}, seqs: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  { says: "what is after a number", filter: { after: 6 }, seqs: [7, 8, 9] },
  { says: "what is since a time", filter: { since: 8_000 }, seqs: [8, 9] },
  {
    says: "all cycles of a VM by its name, and no other slot's",
    filter: { vm: "runner-1" },
    seqs: [2, 3, 6, 8],
  },
  { says: "a VM of the pool whose prefix it has", filter: { vm: "other-1" }, seqs: [9] },
  { says: "one cycle by its id", filter: { vm: "ci/1.1" }, seqs: [2, 3, 6] },
  { says: "a record of something found by its id", filter: { vm: "ci/1.1~1" }, seqs: [8] },
  {
    says: "a pool with its cycles, and no pool whose name begins so",
    filter: { pool: "ci" },
    seqs: [2, 3, 4, 5, 6, 7, 8],
  },
  { says: "a VM within a pool", filter: { vm: "runner-1", pool: "ci" }, seqs: [2, 3, 6, 8] },
  { says: "nothing for a VM of another pool", filter: { vm: "runner-1", pool: "ci2" }, seqs: [] },
  { says: "a type by its beginning", filter: { type: "op" }, seqs: [3, 6] },
  { says: "nothing for a name that no pool gives", filter: { vm: "nobody" }, seqs: [] },
  { says: "nothing for a slot that is no number", filter: { vm: "runner-01" }, seqs: [] },
];

for (const { says, filter, seqs } of CASES) {
  Deno.test(`findEvents() finds ${says}`, async () => {
    assert.deepEqual((await found(filter)).seqs, seqs);
  });
}

Deno.test("findEvents() gives no more than the limit, and tells where to go on", async () => {
  assert.deepEqual(await found({ vm: "runner-1" }, 2), { seqs: [2, 3], reset: false, upTo: 3 });
});

Deno.test("findEvents() tells how far it looked when nothing more matches", async () => {
  assert.equal((await found({ vm: "runner-1" })).upTo, STREAMS.length);
});
