/** Situations as in `scenarios.ts`, of machines that go back to a checkpoint. */
import { DEFAULT_LANES, type PoolSettings } from "../../src/model/settings.ts";
import { LawBroken } from "./law_broken.ts";
import type { Plant, PlantOptions } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";
import { type Watched, watchedPlant } from "./watched_plant.ts";

function expect(condition: boolean, what: string): void {
  if (!condition) throw new LawBroken(what);
}

/** A full pool that keeps checkpoints, each turn watched. */
function fullPlant(pool: Partial<PoolSettings>, options: Partial<PlantOptions> = {}): Watched {
  const { plant, watch } = watchedPlant(pool, { slots: 3, ...options });
  plant.start();
  untilFull(plant);
  watch.forget();
  return { plant, watch };
}

function untilFull(plant: Plant): void {
  plant.assertFullAndClean(2 * capacityBoundMs(plant.settings));
  plant.assertLaws();
}

function count(plant: Plant, phase: string): number {
  return plant.cyclesOf(plant.first).filter((cycle) => cycle.phase === phase).length;
}

/** Runs jobs, one after the other on each machine. */
function runJobs(plant: Plant, count: number): void {
  for (let i = 0; i < count; i++) plant.addJob(MINUTE);
  const over = () => plant.forge.truth().jobs.every(({ state }) => state === "done");
  expect(plant.advanceUntil(over, 3 * HOUR), "The jobs did not end");
  untilFull(plant);
}

/** Machines have many jobs. */
function manyJobs(): void {
  const { plant, watch } = fullPlant({ hot: 1 });
  const made = plant.first.controller.state?.issued;
  runJobs(plant, 9);
  expect(watch.said("cycle.recycled").length === 9, "Not every machine was put back after its job");
  expect(plant.first.controller.state?.issued === made, "Machines were made anew");
}

/** A restore is refused, or does nothing and is not answered. */
function restoreFails(): void {
  const { plant } = fullPlant({ hot: 1 });
  const { faults } = plant.first;
  faults.add({ call: "checkpoint.restore", kind: "error", code: "busy", times: 2 });
  runJobs(plant, 2);
  faults.add({ call: "checkpoint.restore", kind: "hang", times: 1 });
  runJobs(plant, 2);
}

/** The host restarts: what is saved stays saved. */
function hostRestarts(): void {
  const { plant } = fullPlant({ hot: 1 });
  plant.first.host.reboot(MINUTE);
  plant.advance(2 * MINUTE);
  untilFull(plant);
  const bootId = plant.first.controller.view?.vms?.bootId;
  for (const { id, proven } of plant.cyclesOf(plant.first)) {
    expect(proven === bootId, `${id} was not proven again`);
  }
}

/** The host restarts, and forty machines are to be proven through one place. */
function manyToProve(): void {
  const { plant, watch } = fullPlant({ hot: 1 }, { slots: 40 });
  const { host, controller, faults } = plant.first;
  controller.settings = { ...plant.settings, lanes: { ...DEFAULT_LANES, boot: 1 } };
  controller.crash();
  controller.start();
  watch.forget();
  host.reboot(MINUTE);
  faults.add({ call: "vm.start", kind: "slow", forMs: 15 * MINUTE });
  plant.advance(2 * MINUTE);
  expect(plant.advanceUntil(() => plant.onlineOf(plant.first) > 0, 3 * MINUTE), "Nobody came online soon");
  untilFull(plant);
  expect(watch.mostAtOnce === 1, `${watch.mostAtOnce} machines were started at once`);
  expect(watch.said("cycle.resume_failed").length === 0, "A machine was given no time to go on");
}

/** One saved state is damaged, then all that there are. */
function damagedStates(): void {
  const { plant, watch } = fullPlant({ hot: 1 });
  const { faults, host } = plant.first;
  faults.add({ call: "vm.start", kind: "error", code: "saved_state_corrupt", times: 1 });
  plant.addJob(MINUTE);
  const failed = () => watch.said("cycle.resume_failed").length === 1;
  expect(plant.advanceUntil(failed, MINUTE), "The damaged state was not noticed");
  expect(count(plant, "resuming") === 1, "Nobody is resumed in place of the damaged one");
  runJobs(plant, 2);
  expect(watch.said("cycle.resume_failed").length === 1, "The damaged state was not noticed once");
  expect(watch.said("cycle.failed").length === 0, "A machine with a good checkpoint was given up");
  host.breakSavedStates();
  runJobs(plant, 12);
}

/** A job is taken while others are saved. */
function refill(): void {
  const { plant } = fullPlant({ hot: 1 });
  plant.addJob(HOUR);
  expect(plant.advanceUntil(() => count(plant, "claimed") === 1, MINUTE), "Nobody took the job");
  expect(count(plant, "resuming") === 1, "Nobody is resumed in its place");
}

/** Every situation. */
export const RESTORE_SCENARIOS = {
  manyJobs,
  restoreFails,
  hostRestarts,
  manyToProve,
  damagedStates,
  refill,
} as const satisfies Record<string, () => void>;
