/** A newer runner for a pool's image in simulated time: prepared, tried, followed, and through every death. */
import assert from "node:assert/strict";
import type { PoolSettings } from "../../src/model/settings.ts";
import type { Pool } from "../../src/model/state.ts";
import { Plant } from "./plant.ts";
import { HOUR, MINUTE, TEMPLATE } from "./settings.ts";

const OLD = "2.330.0";
const NEW = "2.338.1";

function begin(seed: number, pool: Partial<PoolSettings> = {}): Plant {
  const plant = new Plant({
    seed,
    controllers: 1,
    slots: 4,
    pool: { runnerVersion: "auto", ...pool },
    hints: true,
    times: { pollReleasesMs: 10 * MINUTE, pollChecksMs: MINUTE },
  });
  const { tampering } = plant.first.controller;
  tampering.disk = { identity: "golden", path: TEMPLATE, image: { runner: OLD } };
  tampering.release = OLD;
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + 12 * HOUR, perHour: 20, meanMs: 10 * MINUTE });
  plant.advance(HOUR);
  return plant;
}

function poolOf(plant: Plant): Pool {
  const [pool] = plant.first.controller.state?.pools.values() ?? [];
  assert.ok(pool);
  return pool;
}

/** Everything of the pool is made from the prepared image. */
function refreshed(plant: Plant): boolean {
  if (plant.first.controller.state === undefined) return false;
  const { disk, rollout } = poolOf(plant);
  return disk?.image?.runner === NEW && rollout === undefined;
}

function assertOnPrepared(plant: Plant): void {
  const { disk } = poolOf(plant);
  const parents = plant.cyclesOf(plant.first)
    .filter(({ phase, parent }) => parent !== undefined && phase !== "retiring")
    .map(({ parent }) => parent);
  assert.ok(parents.length > 0);
  assert.deepEqual([...new Set(parents)], [disk?.path]);
  assert.equal(plant.first.controller.state?.preparation, undefined);
  plant.assertLaws();
}

for (const recycle of [undefined, "restore"] as const) {
  const pool = recycle === undefined ? {} : { recycle };
  Deno.test(`a newer runner is prepared, tried by one machine, and followed by all (${recycle ?? "recreate"})`, () => {
    const plant = begin(1, pool);
    assert.equal(poolOf(plant).disk?.path, TEMPLATE);
    plant.first.controller.tampering.release = NEW;
    let canary = false;
    const done = plant.advanceUntil(() => {
      canary ||= poolOf(plant).rollout?.phase === "canary";
      return refreshed(plant);
    }, 8 * HOUR);
    assert.ok(done, JSON.stringify(plant.first.controller.state?.preparation ?? poolOf(plant)));
    assert.ok(canary, "nobody tried it first");
    assertOnPrepared(plant);
  });

  Deno.test(`a controller that dies at every step of a refresh ends it all the same (${recycle ?? "recreate"})`, () => {
    const plant = begin(2, pool);
    const { controller } = plant.first;
    controller.tampering.release = NEW;
    const end = plant.timeline.now + 10 * HOUR;
    while (!refreshed(plant) && plant.timeline.now < end) {
      controller.dieAfterCommit = true;
      plant.advance(2 * MINUTE);
      controller.dieAfterCommit = false;
      controller.start();
      plant.advance(MINUTE);
    }
    assert.ok(refreshed(plant), JSON.stringify(controller.state?.preparation ?? poolOf(plant)));
    plant.advance(HOUR);
    assertOnPrepared(plant);
  });
}

Deno.test("an image whose disk is too large for the host comes to nothing, is said, and disturbs no pool", () => {
  const plant = begin(3);
  const { controller, faults } = plant.first;
  faults.add({ call: "file.copy", kind: "error", code: "no_space" });
  controller.tampering.release = NEW;
  assert.ok(plant.advanceUntil(() => (controller.state?.unprepared.size ?? 0) > 0, HOUR));
  assert.equal(controller.state?.pausedUntil, 0);
  plant.advance(2 * HOUR);
  assert.equal(poolOf(plant).disk?.path, TEMPLATE);
  plant.assertLaws();
});
