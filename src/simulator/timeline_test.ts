import assert from "node:assert/strict";
import { Random } from "./random.ts";
import { Timeline } from "./timeline.ts";

Deno.test("advance() runs everything due, in order of time and then of scheduling", () => {
  const timeline = new Timeline(1_000);
  const random = new Random(7);
  const expected: string[] = [];
  const ran: string[] = [];
  const entries = Array.from({ length: 500 }, (_, i) => ({ at: 1_000 + random.int(0, 40), name: `e${i}` }));
  for (const { at, name } of entries) timeline.at(at, () => ran.push(name));
  const sorted = entries.map((entry, i) => ({ ...entry, i })).sort((a, b) => a.at - b.at || a.i - b.i);
  for (const { name } of sorted) expected.push(name);
  timeline.advance(1_040);
  assert.deepEqual(ran, expected);
  assert.equal(timeline.now, 1_040);
});

Deno.test("advance() shows each entry its own time and runs what it schedules", () => {
  const timeline = new Timeline();
  const seen: number[] = [];
  timeline.at(5, () => {
    seen.push(timeline.now);
    timeline.at(7, () => seen.push(timeline.now));
    timeline.at(1, () => seen.push(timeline.now));
  });
  timeline.advance(10);
  assert.deepEqual(seen, [5, 5, 7]);
});

Deno.test("a cancelled entry does not run, and many of them are forgotten", () => {
  const timeline = new Timeline();
  let ran = 0;
  const cancels = Array.from({ length: 1_000 }, (_, i) => timeline.at(i + 1, () => ran++));
  cancels.forEach((cancel, i) => {
    if (i % 10 !== 0) cancel();
    if (i % 10 === 1) cancel();
  });
  assert.equal(timeline.size, 100);
  assert.equal(timeline.nextAt(), 1);
  timeline.advance(2_000);
  assert.equal(ran, 100);
  assert.equal(timeline.nextAt(), undefined);
});

Deno.test("Random plays the same run for the same seed, and another for another", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return [random.next(), random.int(1, 6), random.guid(), random.fork("x").next(), random.exponential(10)];
  };
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
  const random = new Random("mean");
  const mean = Array.from({ length: 20_000 }, () => random.next()).reduce((a, b) => a + b) / 20_000;
  assert.ok(Math.abs(mean - 0.5) < 0.02, `mean ${mean}`);
});
