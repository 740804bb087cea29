/** Machines with a GPU partition in simulated time. */
import assert from "node:assert/strict";
import { GPU_PATH } from "../../src/simulator/host_options.ts";
import { Plant } from "./plant.ts";
import { HOUR, MINUTE, simulatedSettings } from "./settings.ts";

Deno.test("every machine of a pool gets the GPU and the video memory that its template names", () => {
  const [ordinary = assert.fail()] = simulatedSettings(2).pools;
  const before = { gpu: GPU_PATH, minVram: 80_000_000, optimalVram: 100_000_000, maxVram: 100_000_000 };
  const template = { ...ordinary.template, gpu: true as const, gpuPartition: before };
  const plant = new Plant({ seed: 1, controllers: 1, slots: 2, pool: { template } });
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + HOUR, perHour: 20, meanMs: MINUTE });
  plant.advance(HOUR);
  const made = plant.first.host.truth().vms.filter(({ foreign, gpus }) => !foreign && gpus > 0);
  assert.ok(made.length > 4, `${made.length} machines`);
  for (const { gpuPartition } of made) assert.deepEqual(gpuPartition, before);
  plant.assertLaws();
});
