import assert from "node:assert/strict";
import * as fc from "fast-check";
import { readSnapshot, writeSnapshot } from "../../src/model/snapshot.ts";
import { LawChecker } from "./law_checker.ts";
import { histories, type HistoryStep, RandomHistory } from "./random_history.ts";

/** Fixed, so that a red run can be repeated. */
const SEED = 20_260_101;
const SILENT = { onInputs: () => {}, onTurn: () => {}, onDeath: () => {} };

function play(
  steps: readonly HistoryStep[],
  listener: ConstructorParameters<typeof RandomHistory>[0] = SILENT,
  pool: ConstructorParameters<typeof RandomHistory>[1] = {},
): RandomHistory {
  const history = new RandomHistory(listener, pool);
  for (const step of steps) history.step(step);
  return history;
}

Deno.test("the seven laws hold whatever hosts, guests and GitHub say, and whenever the program dies", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(histories(), (steps) => {
      const checker = new LawChecker();
      play(steps, checker);
      for (const [type, count] of checker.counts) seen.set(type, (seen.get(type) ?? 0) + count);
    }),
    { seed: SEED, numRuns: 5_000 },
  );
  // Histories that lead nowhere would break no law.
  const rare = [
    "op.opened media.put",
    "op.opened vm.turnOff",
    "cycle.ended",
    "cycle.found",
    "vm.found",
    "runner.missing",
    "cycle.quarantined",
    "cycle.kept",
    "cycle.released",
    "host.cordoned",
    "pool.resized",
  ];
  for (const type of rare) {
    assert.ok((seen.get(type) ?? 0) > 0, `${type} never happened: ${JSON.stringify([...seen])}`);
  }
});

Deno.test("the laws hold for machines whose configuration is written onto their disk", () => {
  let delivered = 0;
  fc.assert(
    fc.property(histories(), (steps) => {
      const checker = new LawChecker();
      play(steps, checker, { delivery: "vhdx" });
      delivered += checker.counts.get("op.opened disk.inject") ?? 0;
    }),
    { seed: SEED, numRuns: 2_000 },
  );
  assert.ok(delivered > 0);
});

Deno.test("the laws hold for machines that go back to a checkpoint", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(histories(), (steps) => {
      const checker = new LawChecker();
      play(steps, checker, { recycle: "restore", hot: 1 });
      for (const [type, count] of checker.counts) seen.set(type, (seen.get(type) ?? 0) + count);
    }),
    { seed: SEED, numRuns: 4_000 },
  );
  for (const type of ["op.opened checkpoint.create", "op.opened checkpoint.restore", "cycle.resume_failed"]) {
    assert.ok((seen.get(type) ?? 0) > 0, `${type} never happened: ${JSON.stringify([...seen])}`);
  }
});

Deno.test("fold() makes of the journal the very state that wrote it", () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const history = play(steps);
      assert.deepEqual(history.replayed(), history.state);
    }),
    { seed: SEED, numRuns: 3_000 },
  );
});

Deno.test("readSnapshot() gives back the state that writeSnapshot() was given", () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      const { state } = play(steps);
      assert.deepEqual(readSnapshot(writeSnapshot(state)), state);
    }),
    { seed: SEED, numRuns: 3_000 },
  );
});

Deno.test("turn() does the same whenever the same comes in", () => {
  fc.assert(
    fc.property(histories(), (steps) => {
      assert.deepEqual(play(steps).events, play(steps).events);
    }),
    { seed: SEED, numRuns: 500 },
  );
});
