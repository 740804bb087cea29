import assert from "node:assert/strict";
import { failure, slotBackoffMs } from "./failures.ts";
import { slotId } from "./ids.ts";
import { DEFAULT_TIMES, QUARANTINED_PER_POOL } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, testSettings, VM } from "./testing/stage.ts";

/** Fails the cycle that fills the slot, and opens the next one. */
function failOnce(stage: Stage, slot: number, over: Partial<Cycle> = { vm: "known", vmId: VM }): string {
  const cycle = stage.cycle(over, slot);
  const event = failure(stage.s, cycle, "boot-timeout", "too late", stage.now);
  stage.apply(event);
  return event.type;
}

Deno.test("slotBackoffMs() doubles from two seconds to a minute, at most a fifth longer", () => {
  const stage = new Stage();
  const cycle = stage.cycle();
  for (let failures = 1; failures < 40; failures++) {
    const base = Math.min(60_000, 2_000 * 2 ** (failures - 1));
    const wait = slotBackoffMs(stage.s, cycle, failures);
    assert.ok(wait >= base && wait <= base * 1.2, `${wait} after ${failures} failures`);
  }
});

Deno.test("failure() lets the slot wait, and counts", () => {
  const stage = new Stage();
  failOnce(stage, 1);
  const slot = stage.s.slots.get(slotId("ci", 1));
  assert.equal(slot?.failures, 1);
  assert.equal(slot?.cause, "boot-timeout");
  assert.ok((slot?.notBefore ?? 0) > NOW);
  assert.equal(slot?.live, undefined);
});

Deno.test("failure() quarantines the third machine in a row, for a day", () => {
  const stage = new Stage();
  assert.deepEqual([failOnce(stage, 1), failOnce(stage, 1), failOnce(stage, 1)], [
    "cycle.failed",
    "cycle.failed",
    "cycle.quarantined",
  ]);
  const kept = [...stage.s.cycles.values()].find(({ phase }) => phase === "quarantined");
  assert.equal(kept?.until, NOW + DEFAULT_TIMES.quarantineMs);
  assert.equal(stage.s.pools.get("ci")?.quarantined, 1);
});

Deno.test("failure() keeps at most two machines of a pool", () => {
  const stage = new Stage(testSettings({ size: 5 }));
  for (let slot = 1; slot <= 5; slot++) for (let i = 0; i < 4; i++) failOnce(stage, slot);
  assert.equal(stage.s.pools.get("ci")?.quarantined, QUARANTINED_PER_POOL);
});

Deno.test("failure() keeps nothing where there is no machine to look at", () => {
  const stage = new Stage();
  const types = [1, 2, 3, 4].map(() => failOnce(stage, 1, { vm: "none" }));
  assert.ok(types.every((type) => type === "cycle.failed"), types.join());
});

Deno.test("a runner that comes online clears the count of its slot", () => {
  const stage = new Stage();
  failOnce(stage, 1);
  failOnce(stage, 1);
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "online" } });
  const slot = stage.s.slots.get(slotId("ci", 1));
  assert.deepEqual([slot?.failures, slot?.notBefore, slot?.cause], [0, 0, undefined]);
});
