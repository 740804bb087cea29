import assert from "node:assert/strict";
import { percentile, Stopwatch } from "./stopwatch.ts";

Deno.test("percentile() is a value that was measured, by nearest rank", () => {
  const cases: [number[], number, number | null][] = [
    [[], 0.5, null],
    [[7], 0.5, 7],
    [[7], 0.95, 7],
    [[3, 1, 2], 0.5, 2],
    [[3, 1, 2], 0.95, 3],
    [[4, 3, 2, 1], 0.5, 2],
    [Array.from({ length: 100 }, (_, i) => i + 1), 0.95, 95],
    [[1.26], 0.5, 1.3],
  ];
  for (const [values, share, expected] of cases) {
    assert.equal(percentile(values, share), expected, String(values));
  }
});

Deno.test("a stopwatch keeps times and failures of each step, in the order of the first", async () => {
  let now = 0;
  const watch = new Stopwatch(() => now);
  const takes = (ms: number) => () => {
    now += ms;
    return Promise.resolve();
  };
  await watch.time("b", takes(10));
  await watch.time("a", takes(5));
  await watch.time("b", takes(30));
  await assert.rejects(watch.time("b", () => Promise.reject(new Error("broke"))), /broke/);
  assert.deepEqual(watch.results(), [
    { step: "b", runs: 2, failed: 1, p50Ms: 10, p95Ms: 30, message: "broke" },
    { step: "a", runs: 1, failed: 0, p50Ms: 5, p95Ms: 5, message: "" },
  ]);
});
