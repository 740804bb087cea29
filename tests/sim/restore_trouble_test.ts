/** Pools whose machines go back to a checkpoint, on bad days: damaged saved states, full disks, switches that go. */
import assert from "node:assert/strict";
import type { PoolSettings } from "../../src/model/settings.ts";
import type { Cycle } from "../../src/model/state.ts";
import { SAVED_STATE_FAULTS } from "../../src/simulator/saved_state.ts";
import type { Plant, PlantOptions } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";
import { type Watched, watchedPlant } from "./watched_plant.ts";

function begin(pool: Partial<PoolSettings>, options: Partial<PlantOptions> = {}): Watched {
  return watchedPlant(pool, { slots: 2, ...options });
}

function full(pool: Partial<PoolSettings>, options: Partial<PlantOptions> = {}): Watched {
  const begun = begin(pool, options);
  begun.plant.start();
  untilFull(begun.plant);
  begun.watch.forget();
  return begun;
}

function untilFull(plant: Plant): void {
  plant.assertFullAndClean(2 * capacityBoundMs(plant.settings));
  plant.assertLaws();
}

function inPhase(plant: Plant, phase: string): Cycle[] {
  return plant.cyclesOf(plant.first).filter((cycle) => cycle.phase === phase);
}

function only(plant: Plant, phase: string): Cycle {
  const [cycle, other] = inPhase(plant, phase);
  assert.ok(cycle !== undefined && other === undefined, `Not one machine is ${phase}`);
  return cycle;
}

function runJobs(plant: Plant, count: number, eachMs = MINUTE): void {
  for (let i = 0; i < count; i++) plant.addJob(eachMs);
  const over = () => plant.forge.truth().jobs.every(({ state }) => state === "done");
  assert.ok(plant.advanceUntil(over, 5 * HOUR), "the jobs did not end");
  const saw = plant.forge.truth().jobs.filter(({ sawOthers }) => sawOthers.length > 0);
  assert.deepEqual(saw.map(({ id }) => id), []);
}

for (const hresult of SAVED_STATE_FAULTS) {
  Deno.test(`a saved state that cannot be resumed (${hresult}) is thrown away, and the machine goes on from its checkpoint`, () => {
    const { plant, watch } = full({ hot: 1 });
    const { id, vmId } = only(plant, "standby");
    plant.first.faults.add({
      call: "vm.start",
      kind: "error",
      code: "saved_state_corrupt",
      hresult,
      times: 1,
    });
    runJobs(plant, 1);
    untilFull(plant);
    const rungs = watch.said("cycle.resume_failed").map(({ cycle, rung, cause }) => ({ cycle, rung, cause }));
    assert.deepEqual(rungs, [{ cycle: id, rung: 1, cause: "resume-saved_state_corrupt" }]);
    assert.ok(watch.said("cycle.resume_failed")[0]?.message.includes(hresult));
    assert.equal(watch.opened("savedState.remove"), 1);
    assert.deepEqual(watch.said("cycle.failed"), []);
    const cycle = plant.cyclesOf(plant.first).find((one) => one.id === id);
    assert.deepEqual([cycle?.vmId, cycle?.rung], [vmId, 0], "the same machine, and its count begins anew");
  });

  Deno.test(`a machine whose checkpoint cannot be resumed either (${hresult}) is made anew`, () => {
    const { plant, watch } = full({ hot: 1 });
    const { id, vmId, slot } = only(plant, "standby");
    assert.ok(vmId !== undefined);
    plant.first.host.breakSavedStates({ vmId, hresult });
    runJobs(plant, 1);
    untilFull(plant);
    assert.deepEqual(watch.said("cycle.resume_failed").map(({ cycle, rung }) => ({ cycle, rung })), [
      { cycle: id, rung: 1 },
    ]);
    assert.deepEqual(watch.said("cycle.failed").map(({ cycle, cause }) => ({ cycle, cause })), [
      { cycle: id, cause: "resume-saved_state_corrupt" },
    ]);
    const heir = plant.cyclesOf(plant.first).find((one) => one.slot === slot);
    assert.ok(heir !== undefined && heir.id !== id && heir.vmId !== vmId);
  });
}

Deno.test("a job is not kept waiting by a saved machine that cannot be resumed: another one is", () => {
  const { plant, watch } = full({ hot: 1 }, { slots: 3 });
  const [broken] = inPhase(plant, "standby");
  assert.ok(broken?.vmId !== undefined);
  plant.first.host.breakSavedStates({ vmId: broken.vmId });
  plant.addJob(10 * MINUTE);
  plant.addJob(10 * MINUTE);
  const failed = () => watch.said("cycle.resume_failed").length === 1;
  assert.ok(plant.advanceUntil(failed, MINUTE), "the broken state was not noticed");
  assert.deepEqual(inPhase(plant, "resuming").filter(({ id }) => id === broken.id), []);
  assert.equal(inPhase(plant, "resuming").length, 1, "nobody is resumed in its place");
  const taken = () => plant.forge.truth().jobs.every(({ state }) => state === "running");
  assert.ok(plant.advanceUntil(taken, 2 * MINUTE), "the second job waits for the broken machine");
  assert.equal(watch.said("cycle.resume_failed")[0]?.cycle, broken.id);
});

Deno.test("all saved states broken at once cost the machines that have them, and no job", () => {
  const { plant, watch } = full({ hot: 2 }, { slots: 8 });
  const before = plant.cyclesOf(plant.first).map(({ id }) => id);
  plant.first.host.breakSavedStates();
  runJobs(plant, 60);
  untilFull(plant);
  assert.ok(watch.said("cycle.resume_failed").length >= 6);
  const left = plant.cyclesOf(plant.first).map(({ id }) => id).filter((id) => before.includes(id));
  assert.deepEqual(left, [], "no checkpoint of theirs can be resumed any more");
});

Deno.test("saved states broken by a restart of the host are found before anybody counts on them", () => {
  const { plant, watch } = full({ hot: 1 }, { slots: 6 });
  plant.first.host.breakSavedStates();
  plant.first.host.reboot(MINUTE);
  plant.advance(2 * MINUTE);
  untilFull(plant);
  const bootId = plant.first.controller.view?.vms?.bootId;
  for (const { id, proven } of plant.cyclesOf(plant.first)) assert.equal(proven, bootId, id);
  watch.forget();
  runJobs(plant, 20);
  assert.deepEqual(watch.said("cycle.resume_failed"), []);
});

Deno.test("a machine whose network cannot be renewed is put back once, then made anew", () => {
  const { plant, watch } = full({ hot: 1 });
  const { id } = only(plant, "standby");
  const off = plant.first.faults.add({ call: "nic.reconnect", kind: "hang" });
  plant.addJob(MINUTE);
  plant.advance(20 * MINUTE);
  off();
  plant.advance(HOUR);
  untilFull(plant);
  assert.deepEqual(
    watch.said("cycle.resume_failed").filter(({ cycle }) => cycle === id).map((
      { rung, cause },
    ) => [rung, cause]),
    [[1, "resume-timeout"]],
  );
  assert.deepEqual(
    watch.said("cycle.failed").filter(({ cycle }) => cycle === id).map(({ cause }) => cause),
    ["resume-timeout"],
  );
  assert.ok(plant.forge.truth().jobs.every(({ state }) => state === "done"));
});

Deno.test("a switch that is deleted after the checkpoint keeps saved machines saved until it is there again", () => {
  const { plant, watch } = begin({ hot: 1, switchName: "jobs" }, { slots: 3 });
  const { host } = plant.first;
  host.addSwitch("jobs");
  plant.start();
  untilFull(plant);
  const before = plant.cyclesOf(plant.first).map(({ id }) => id).toSorted();
  watch.forget();
  host.removeSwitch("jobs");
  plant.addJob(MINUTE);
  plant.advance(4 * MINUTE);
  assert.deepEqual(watch.said("cycle.resume_failed"), [], "a missing switch says nothing of a saved state");
  assert.ok(watch.opened("vm.start") > 1, "nothing was tried again");
  host.addSwitch("jobs");
  plant.advance(2 * MINUTE);
  untilFull(plant);
  assert.deepEqual(plant.cyclesOf(plant.first).map(({ id }) => id).toSorted(), before);
  assert.deepEqual(watch.said("cycle.failed"), []);
});

Deno.test("a switch that stays away for hours costs machines, and all of it is well when it is back", () => {
  const { plant } = begin({ hot: 1, switchName: "jobs" }, { slots: 3 });
  const { host } = plant.first;
  host.addSwitch("jobs");
  plant.start();
  untilFull(plant);
  host.removeSwitch("jobs");
  plant.addJob(MINUTE);
  plant.advance(3 * HOUR);
  host.addSwitch("jobs");
  plant.advance(10 * MINUTE);
  untilFull(plant);
  runJobs(plant, 6);
});

for (const call of ["checkpoint.create", "checkpoint.restore"] as const) {
  Deno.test(`storage that is full at ${call} stops the sealing where it is, and costs no machine`, () => {
    const { plant, watch } = begin({ hot: 1 }, { slots: 3 });
    plant.first.faults.add({ call, kind: "error", code: "no_space", forMs: 20 * MINUTE });
    plant.start();
    plant.advance(18 * MINUTE);
    assert.ok(watch.opened(call) > 3, "it was not tried again");
    assert.deepEqual(watch.said("cycle.failed"), []);
    assert.equal(watch.said("starts.paused").length > 0, true);
    plant.advance(5 * MINUTE);
    untilFull(plant);
    assert.deepEqual(watch.said("cycle.failed"), []);
    assert.equal(plant.first.controller.state?.issued, 3, "the same machines went on");
    runJobs(plant, 6);
    untilFull(plant);
  });
}

Deno.test("storage that is full after a job keeps the used machine from everybody until it is put back", () => {
  const { plant, watch } = full({ hot: 1 });
  plant.first.faults.add({ call: "checkpoint.restore", kind: "error", code: "no_space", forMs: 20 * MINUTE });
  runJobs(plant, 1);
  plant.advance(5 * MINUTE);
  const sealing = only(plant, "sealing");
  assert.deepEqual([sealing.used, sealing.clean], [true, false]);
  assert.equal(plant.onlineOf(plant.first), 1, "the other machine serves meanwhile");
  runJobs(plant, 1);
  plant.advance(25 * MINUTE);
  untilFull(plant);
  assert.deepEqual(watch.said("cycle.failed"), []);
});

for (const call of ["checkpoint.create", "checkpoint.restore", "vm.start", "nic.reconnect"] as const) {
  for (const kind of ["lost_answer", "hang", "slow", "error"] as const) {
    Deno.test(`a ${call} that goes wrong (${kind}) now and then costs no job and lets nobody see another's files`, () => {
      const { plant } = begin({ hot: 2 }, { slots: 4, seed: 7 });
      plant.first.faults.add({ call, kind, probability: 0.3, forMs: 4 * HOUR });
      plant.start();
      plant.scheduleJobs({ until: plant.timeline.now + 4 * HOUR, perHour: 40, meanMs: 2 * MINUTE });
      plant.advance(6 * HOUR);
      untilFull(plant);
      const { jobs } = plant.forge.truth();
      assert.ok(jobs.length > 100);
      assert.deepEqual(
        jobs.filter(({ state }) => state !== "done").map(({ id, state }) => `${id} ${state}`),
        [],
      );
      assert.deepEqual(jobs.filter(({ sawOthers }) => sawOthers.length > 0).map(({ id }) => id), []);
    });
  }
}

for (const what of ["turnOff", "remove", "pause", "save"] as const) {
  Deno.test(`somebody who does ${what} to machines on the way to their job is put up with`, () => {
    const { plant } = full({ hot: 2 }, { slots: 4 });
    plant.scheduleJobs({ until: plant.timeline.now + 2 * HOUR, perHour: 40, meanMs: MINUTE });
    for (let i = 0; i < 60; i++) {
      plant.advance(2 * MINUTE - 7_000 + (i % 15) * 1_000);
      const some = plant.cyclesOf(plant.first).find(({ phase, vmId }) => {
        return vmId !== undefined && ["sealing", "standby", "resuming", "waiting"].includes(phase);
      });
      if (some?.vmId !== undefined) plant.first.host.meddle(what, some.vmId);
    }
    plant.advance(HOUR);
    untilFull(plant);
    const { jobs } = plant.forge.truth();
    assert.ok(jobs.every(({ state, sawOthers }) => state === "done" && sawOthers.length === 0));
  });
}
