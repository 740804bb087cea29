/** Pools whose machines go back to a checkpoint, in simulated time: jobs, refill, restarts of the host, settings. */
import assert from "node:assert/strict";
import type { CycleId } from "../../src/model/ids.ts";
import { DEFAULT_LANES, type PoolSettings } from "../../src/model/settings.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE, withPool } from "./settings.ts";
import { StandbyWatch } from "./standby_watch.ts";

/** A full pool that keeps checkpoints. */
function restorePlant(
  pool: Partial<PoolSettings>,
  options: Partial<PlantOptions> = {},
): { plant: Plant; watch: StandbyWatch } {
  const watch = new StandbyWatch();
  const plant = new Plant({
    seed: 1,
    controllers: 1,
    slots: 6,
    hints: true,
    memoryMb: 262_144,
    pool: { recycle: "restore", ...pool },
    onTurn: watch.onTurn,
    ...options,
  });
  plant.start();
  untilFull(plant);
  return { plant, watch };
}

function untilFull(plant: Plant): void {
  plant.assertFullAndClean(capacityBoundMs(plant.settings));
  plant.assertLaws();
}

function phases(plant: Plant, phase: string): CycleId[] {
  return plant.cyclesOf(plant.first).filter((cycle) => cycle.phase === phase).map(({ id }) => id);
}

function allDone(plant: Plant, count: number): void {
  const { jobs } = plant.forge.truth();
  assert.equal(jobs.length, count);
  assert.deepEqual(jobs.filter(({ state }) => state !== "done").map(({ id, state }) => `${id} ${state}`), []);
  assert.deepEqual(jobs.filter(({ sawOthers }) => sawOthers.length > 0).map(({ id }) => id), []);
}

for (const hot of [20, 5]) {
  Deno.test(`a thousand jobs on twenty machines, ${hot} of them running, see nothing of each other`, () => {
    const { plant, watch } = restorePlant({ hot }, { slots: 20 });
    assert.deepEqual([phases(plant, "online").length, watch.standby.length], [hot, 20 - hot]);
    const made = plant.first.controller.state?.issued;
    watch.forget();
    for (let i = 0; i < 1_000; i++) plant.addJob(20_000 + (i % 40) * 3_000);
    const over = () => plant.forge.truth().jobs.every(({ state }) => state === "done");
    assert.ok(plant.advanceUntil(over, 10 * HOUR), "the jobs did not end");
    untilFull(plant);
    allDone(plant, 1_000);
    assert.equal(plant.first.controller.state?.issued, made, "no machine was made anew");
    assert.equal(watch.said("cycle.recycled").length, 1_000);
    assert.ok(new Set(plant.forge.truth().jobs.map(({ vm }) => vm)).size <= 20);
    assert.deepEqual([phases(plant, "online").length, watch.standby.length], [hot, 20 - hot]);
    // What was dropped is gone: the template's child, and the layer in which the machine goes on.
    const disks = plant.first.host.truth().disks.filter(({ path, removedAt }) =>
      removedAt === null && path.startsWith("D:\\vms\\")
    );
    assert.equal(disks.length, 40);
  });
}

Deno.test("a saved machine is resumed when a job is taken, and the one that ran it is saved in its stead", () => {
  const { plant, watch } = restorePlant({ hot: 2 });
  const before = phases(plant, "online");
  const saved = watch.standby;
  assert.equal(saved.length, 4);
  plant.addJob(10 * MINUTE);
  assert.ok(plant.advanceUntil(() => phases(plant, "claimed").length === 1, MINUTE), "nobody took the job");
  const [claimed] = phases(plant, "claimed");
  assert.ok(claimed !== undefined && before.includes(claimed));
  assert.equal(phases(plant, "resuming").length, 1, "refill waits for the end of the job");
  assert.ok(plant.advanceUntil(() => phases(plant, "online").length === 2, MINUTE), "nobody was resumed");
  const resumed = phases(plant, "online").filter((id) => !before.includes(id));
  assert.equal(resumed.length, 1);
  assert.ok(resumed.every((id) => saved.includes(id)));
  plant.advance(12 * MINUTE);
  assert.ok(watch.standby.includes(claimed), "it is saved after its job");
  untilFull(plant);
  allDone(plant, 1);
});

Deno.test("saved machines hold no memory: a host runs a pool that it has no room for all at once", () => {
  // Room for four of ten machines beside the host and what others run.
  const { plant } = restorePlant({ hot: 2 }, { slots: 10, memoryMb: 2_048 + 3_072 + 4 * 4_096 });
  for (let i = 0; i < 30; i++) plant.addJob(MINUTE);
  assert.ok(
    plant.advanceUntil(() => plant.forge.truth().jobs.every(({ state }) => state === "done"), 5 * HOUR),
    "the jobs did not end",
  );
  untilFull(plant);
  allDone(plant, 30);
});

for (const boot of [1, 4]) {
  Deno.test(`after a restart of the host all saved machines are proven again, ${boot} at once`, () => {
    const { plant, watch } = restorePlant({ hot: 2 }, { slots: 10 });
    const { host, controller } = plant.first;
    controller.settings = { ...plant.settings, lanes: { ...DEFAULT_LANES, boot } };
    controller.crash();
    controller.start();
    untilFull(plant);
    const before = watch.state?.cycles.size;
    const bootBefore = controller.view?.vms?.bootId;
    watch.forget();
    host.reboot(MINUTE);
    plant.capacity.disturb(plant.first.id, plant.timeline.now + 20 * MINUTE);
    assert.ok(plant.advanceUntil(() => controller.view?.vms?.bootId !== bootBefore, 5 * MINUTE));
    assert.ok(
      plant.advanceUntil(() => plant.onlineOf(plant.first) === 2, 5 * MINUTE),
      "nobody was online before all were proven",
    );
    untilFull(plant);
    assert.equal(watch.state?.cycles.size, before);
    const bootId = controller.view?.vms?.bootId;
    for (const { id, proven } of plant.cyclesOf(plant.first)) assert.equal(proven, bootId, id);
    assert.equal(watch.mostAtOnce, boot);
  });
}

Deno.test("machines that are only being proven do not keep runners from coming online after a restart", () => {
  const { plant, watch } = restorePlant({ hot: 1 }, { slots: 20 });
  const { host, controller } = plant.first;
  controller.settings = { ...plant.settings, lanes: { ...DEFAULT_LANES, boot: 1 } };
  controller.crash();
  controller.start();
  untilFull(plant);
  host.reboot(MINUTE);
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 20 * MINUTE);
  plant.advance(2 * MINUTE);
  assert.ok(plant.advanceUntil(() => plant.onlineOf(plant.first) === 1, 10 * MINUTE), "nobody came online");
  assert.ok(phases(plant, "resuming").length > 5, "all were proven before anybody was online");
  untilFull(plant);
  assert.equal(watch.standby.length, 19);
});

Deno.test("a pool whose number of running machines is raised resumes some, and lowered saves them after a job", () => {
  const { plant, watch } = restorePlant({ hot: 2 });
  const { controller } = plant.first;
  const made = controller.state?.issued;
  const apply = (change: Partial<PoolSettings>) => {
    controller.settings = withPool(controller.settings, change);
    controller.crash();
    controller.start();
  };
  apply({ hot: 4 });
  untilFull(plant);
  assert.deepEqual([phases(plant, "online").length, watch.standby.length], [4, 2]);
  apply({ hot: 1 });
  for (let i = 0; i < 8; i++) plant.addJob(MINUTE);
  plant.advance(30 * MINUTE);
  untilFull(plant);
  assert.deepEqual([phases(plant, "online").length, watch.standby.length], [1, 5]);
  assert.equal(controller.state?.issued, made, "no machine was made anew");
  allDone(plant, 8);
});

Deno.test("a pool that is made smaller gives saved machines up without starting them", () => {
  const { plant, watch } = restorePlant({ hot: 2 });
  const { controller } = plant.first;
  watch.forget();
  controller.settings = withPool(controller.settings, { size: 3 });
  controller.crash();
  controller.start();
  untilFull(plant);
  assert.equal(plant.cyclesOf(plant.first).length, 3);
  assert.deepEqual([phases(plant, "online").length, watch.standby.length], [2, 1]);
  assert.equal(watch.opened("vm.remove"), 3);
});

Deno.test("machines that were saved under other settings are replaced, and none of them is left", () => {
  const { plant } = restorePlant({ hot: 2 });
  const { controller } = plant.first;
  controller.settings = withPool(controller.settings, { env: { CHANGED: "1" } });
  controller.crash();
  controller.start();
  // One job tries what is new.
  for (let i = 0; i < 12; i++) {
    plant.addJob(MINUTE);
    plant.advance(5 * MINUTE);
  }
  plant.advance(HOUR);
  untilFull(plant);
  const wanted = controller.state?.pools.get("ci")?.generation;
  for (const { id, generation } of plant.cyclesOf(plant.first)) assert.equal(generation, wanted, id);
  allDone(plant, 12);
});

Deno.test("a pool that no longer keeps checkpoints makes all its machines anew", () => {
  const { plant } = restorePlant({ hot: 2 });
  const { controller } = plant.first;
  controller.settings = {
    ...plant.settings,
    pools: plant.settings.pools.map(({ recycle: _recycle, hot: _hot, ...pool }) => pool),
  };
  controller.crash();
  controller.start();
  for (let i = 0; i < 12; i++) {
    plant.addJob(MINUTE);
    plant.advance(5 * MINUTE);
  }
  plant.advance(HOUR);
  untilFull(plant);
  assert.equal(phases(plant, "online").length, 6);
  for (const { id, checkpoint } of plant.cyclesOf(plant.first)) assert.equal(checkpoint, undefined, id);
  allDone(plant, 12);
});

Deno.test("a drain removes saved machines without starting them, and lets a job end", () => {
  const { plant, watch } = restorePlant({ hot: 2 });
  const { controller, host } = plant.first;
  plant.addJob(10 * MINUTE);
  assert.ok(plant.advanceUntil(() => plant.onlineOf(plant.first) === 3, 3 * MINUTE), "no refill");
  watch.forget();
  controller.push({ type: "command", command: { type: "stop", drain: true, source: "test" } });
  plant.advance(30 * MINUTE);
  assert.deepEqual(plant.cyclesOf(plant.first), []);
  assert.equal(watch.opened("vm.start"), 0);
  assert.equal(watch.opened("checkpoint.restore"), 0);
  const left = host.truth().vms.filter(({ foreign, removedAt }) => !foreign && removedAt === null);
  assert.deepEqual(left, []);
  plant.assertLaws();
  allDone(plant, 1);
});
