import assert from "node:assert/strict";
import type { FaultKind } from "../../src/simulator/faults.ts";
import { Plant } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";

const SHARE = 0.3;
const KINDS: readonly FaultKind[] = ["error", "lost_answer", "hang", "slow"];

/** Lets nearly a third of all calls, the host's and GitHub's, fail for a minute, in one way or in all. */
function failForAMinute(plant: Plant, kinds: readonly FaultKind[]): void {
  const forMs = MINUTE;
  for (const { id, faults } of plant.stations) {
    for (const kind of kinds) faults.add({ call: "*", kind, probability: SHARE / kinds.length, forMs });
    plant.capacity.disturb(id, plant.timeline.now + forMs);
  }
  for (const kind of kinds) {
    plant.forgeFaults.add({ call: "*", kind, probability: SHARE / kinds.length, forMs });
  }
  plant.advance(forMs);
}

/** Every slot serves again within the bound. */
function assertFullAgain(plant: Plant): void {
  const boundMs = capacityBoundMs(plant.settings);
  const [{ size } = { size: 0 }] = plant.settings.pools;
  const full = () => plant.stations.every((station) => plant.onlineOf(station) === size);
  assert.ok(
    plant.advanceUntil(full, boundMs),
    `Not full after ${boundMs / MINUTE} minutes: ${plant.disorder()}`,
  );
}

const WAYS: readonly (readonly FaultKind[])[] = [...KINDS.map((kind) => [kind]), KINDS];

for (const kinds of WAYS) {
  const way = kinds.length === 1 ? kinds[0]?.replace("_", " ") : "all ways";
  Deno.test(`a pool is full again after 30 % of all calls failed for a minute while it was filled (${way})`, () => {
    for (let seed = 1; seed <= 10; seed++) {
      const plant = new Plant({ seed, slots: 6 });
      plant.start();
      failForAMinute(plant, kinds);
      assertFullAgain(plant);
      plant.assertFullAndClean(capacityBoundMs(plant.settings));
      plant.assertLaws();
    }
  });

  Deno.test(`a pool is full again after 30 % of all calls failed for a minute while jobs came and went (${way})`, () => {
    for (let seed = 11; seed <= 20; seed++) {
      const plant = new Plant({ seed, slots: 6 });
      plant.start();
      plant.scheduleJobs({ until: plant.timeline.now + HOUR + MINUTE, perHour: 240, meanMs: MINUTE });
      plant.advance(HOUR);
      failForAMinute(plant, kinds);
      assertFullAgain(plant);
      plant.advance(HOUR / 2);
      plant.assertFullAndClean(capacityBoundMs(plant.settings));
      plant.assertLaws();
      const { jobs } = plant.forge.truth();
      assert.ok(
        jobs.length > 100 && jobs.every(({ state }) => state === "done"),
        `Seed ${seed}: a job was lost`,
      );
    }
  });
}
