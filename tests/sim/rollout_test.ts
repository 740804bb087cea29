/** New generations in simulated time: tried, followed, taken back, and through the death of the controller. */
import assert from "node:assert/strict";
import type { PoolSettings } from "../../src/model/settings.ts";
import { Plant } from "./plant.ts";
import { HOUR, MINUTE, TEMPLATE, withPool } from "./settings.ts";

const RESTORE: Partial<PoolSettings> = { recycle: "restore", hot: 3 };

function begin(pool: Partial<PoolSettings>, seed: number): Plant {
  const plant = new Plant({ seed, controllers: 1, slots: 8, pool, hints: true });
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + 12 * HOUR, perHour: 20, meanMs: 10 * MINUTE });
  plant.advance(HOUR);
  return plant;
}

/** Starts the controller anew with a changed pool. */
function change(plant: Plant, pool: Partial<PoolSettings>): void {
  const { controller } = plant.first;
  controller.settings = withPool(controller.settings, pool);
  controller.crash();
  controller.start();
}

function poolOf(plant: Plant) {
  const [pool] = plant.first.controller.state?.pools.values() ?? [];
  assert.ok(pool);
  return pool;
}

/** Live cycles that are, or are not, of the pool's present settings. */
function live(plant: Plant, present: boolean): number {
  const { generation } = poolOf(plant);
  return plant.cyclesOf(plant.first)
    .filter((cycle) => cycle.phase !== "retiring" && cycle.phase !== "quarantined")
    .filter((cycle) => (cycle.generation === generation) === present).length;
}

for (const [name, pool] of [["made anew", {}], ["put back", RESTORE]] as const) {
  Deno.test(`a new generation is tried by one, then followed by all, of machines that are ${name}`, () => {
    const plant = begin(pool, 3);
    change(plant, { ...pool, env: { NEW: "1" } });
    let most = 0;
    const done = plant.advanceUntil(() => {
      const { rollout } = poolOf(plant);
      if (rollout?.phase === "canary") most = Math.max(most, live(plant, true));
      return rollout === undefined;
    }, 8 * HOUR);
    assert.ok(done, `the rollout did not end: ${JSON.stringify(poolOf(plant).rollout)}`);
    assert.equal(most, 1, "more than one tried it");
    assert.equal(live(plant, false), 0);
    plant.assertLaws();
  });

  Deno.test(`a generation that does not start is taken back without a gap, of machines that are ${name}`, () => {
    const plant = begin(pool, 4);
    plant.first.host.removeSwitch("Lab");
    change(plant, { ...pool, switchName: "Lab" });
    assert.ok(plant.advanceUntil(() => poolOf(plant).rollout?.phase === "reverted", 2 * HOUR));
    let least = Infinity;
    for (let i = 0; i < 120; i++) {
      plant.advance(MINUTE);
      if (i > 15) least = Math.min(least, live(plant, false));
    }
    assert.ok(least >= 7, `only ${least} of 8 machines were there after it was taken back`);
    assert.equal(live(plant, true), 0);
    plant.assertLaws();
    // Mended: a configuration that works is tried again.
    change(plant, { ...pool, switchName: "", env: { MENDED: "1" } });
    assert.ok(plant.advanceUntil(() => poolOf(plant).rollout === undefined, 8 * HOUR));
  });

  Deno.test(`a controller that dies at every step of a rollout ends it all the same, of machines that are ${name}`, () => {
    const plant = begin(pool, 5);
    const { controller } = plant.first;
    change(plant, { ...pool, template: { ...templateOf(plant), memoryMb: 2048 } });
    const end = plant.timeline.now + 9 * HOUR;
    while (poolOf(plant).rollout !== undefined && plant.timeline.now < end) {
      controller.dieAfterCommit = true;
      plant.advance(7 * MINUTE);
      controller.dieAfterCommit = false;
      controller.start();
      plant.advance(MINUTE);
    }
    assert.equal(poolOf(plant).rollout, undefined, "the rollout did not end");
    plant.advance(HOUR);
    plant.assertLaws();
    assert.equal(live(plant, false), 0);
  });
}

function templateOf(plant: Plant): PoolSettings["template"] {
  const { template } = poolOf(plant).settings;
  assert.equal(template.path, TEMPLATE);
  return template;
}
