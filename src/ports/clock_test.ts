import assert from "node:assert/strict";
import { steadyTime, systemClock } from "./clock.ts";

function clock() {
  const at = { wall: 1_000_000, elapsed: 50 };
  return { at, now: steadyTime(() => at.wall, () => at.elapsed) };
}

Deno.test("steadyTime() goes on at its own pace when the wall clock is set back", () => {
  const { at, now } = clock();
  at.wall -= 3_600_000;
  at.elapsed += 10;
  assert.equal(now(), 1_000_010);
});

Deno.test("steadyTime() follows the wall clock forward, as after a sleep", () => {
  const { at, now } = clock();
  at.wall += 3_600_000;
  at.elapsed += 10;
  assert.equal(now(), 4_600_000);
  at.elapsed += 10;
  assert.equal(now(), 4_600_010);
});

Deno.test("systemClock tells the time of day", () => {
  assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
});
