/**
 * How hyperv-runner-pool fails, one test each, showing that it does not happen here: making, ending and replacing
 * machines. `weaknesses_limits_test.ts` has limits, secrets and images, `weaknesses_saved_test.ts` saved machines.
 */
import assert from "node:assert/strict";
import type { OperationName } from "../../src/model/calls.ts";
import type { GuestOdds } from "../../src/simulator/guest_fate.ts";
import {
  assertAllDone,
  begunPlant,
  claim,
  freshPlant,
  inPhase,
  runJobs,
  some,
  untilFull,
} from "./begun_plant.ts";
import type { Plant } from "./plant.ts";
import { HOUR, MINUTE, withPool } from "./settings.ts";

const STOP = { type: "command", command: { type: "stop", drain: false, source: "test" } } as const;
const DRAIN = { type: "command", command: { type: "stop", drain: true, source: "test" } } as const;

/** VMs of ours that are there. */
function machines(plant: Plant): number {
  return plant.first.host.truth().vms.filter(({ removedAt, foreign }) => removedAt === null && !foreign)
    .length;
}

Deno.test("a machine is known to wait, and to have a job, while it does: making it does not last as long as its life", () => {
  const { plant } = begunPlant({ slots: 3 });
  plant.advance(HOUR);
  assert.equal(inPhase(plant, "online").length, 3, "idle machines are not known to be ready");
  const { id } = claim(plant, HOUR);
  assert.equal(inPhase(plant, "online").length, 2);
  plant.advance(HOUR / 2);
  assert.equal(some(plant, "claimed").id, id);
  plant.advance(HOUR);
  assertAllDone(plant);
});

const SILENT_GUESTS = [
  "never_boots",
  "hangs_waiting",
  "hangs_after_got",
  "never_online",
  "crash_in_boot",
] as const;
for (const fate of SILENT_GUESTS) {
  Deno.test(`a guest that goes wrong (${fate}) before it has a job is noticed and replaced`, () => {
    const odds: GuestOdds = { [fate]: 0.4 };
    const { plant, watch } = begunPlant({ odds });
    runJobs(plant, 12);
    untilFull(plant);
    const failed = watch.said("cycle.failed").length + watch.said("cycle.quarantined").length;
    const given = watch.said("cycle.retired").filter(({ reap }) => reap === true).length;
    assert.ok(failed + given > 0, "no guest went wrong, or nobody noticed");
  });
}

Deno.test("a guest that freezes in its job is noticed by its runner's absence, and replaced", () => {
  const { plant, watch } = begunPlant({ slots: 1, odds: { hangs_in_job: 0.5 } });
  for (let i = 0; i < 6; i++) plant.addJob(MINUTE);
  const over = () => plant.forge.truth().jobs.every(({ endedAt }) => endedAt !== null);
  assert.ok(plant.advanceUntil(over, 5 * HOUR));
  assert.ok(plant.forge.truth().jobs.some(({ state }) => state === "lost"), "no guest froze");
  untilFull(plant);
  assert.ok(watch.said("cycle.retired").some(({ reap }) => reap === true));
});

Deno.test("a stop is heard while the pool is still being made, and the next start goes on with what was begun", () => {
  const { plant, watch } = freshPlant({ slots: 6 });
  const { controller } = plant.first;
  plant.start();
  plant.advance(15_000);
  assert.ok(inPhase(plant, "online").length === 0 && machines(plant) > 0);
  controller.push(STOP);
  watch.forget();
  plant.advance(10 * MINUTE);
  assert.deepEqual(watch.said("op.opened"), [], "it went on after the stop");
  const before = machines(plant);
  assert.ok(before > 0 && before <= 6, "machines were made after the stop, or thrown away");
  controller.crash();
  controller.start();
  untilFull(plant);
  assert.equal(controller.state?.issued, 6, "machines were made twice");
});

Deno.test("a connection that breaks while a guest is told what to do neither tells it twice nor costs the slot", () => {
  const { plant, watch } = freshPlant();
  plant.first.faults.add({ call: "media.put", kind: "lost_answer", probability: 0.5 });
  plant.start();
  untilFull(plant);
  runJobs(plant, 20);
  untilFull(plant);
  assert.ok(watch.said("op.closed").some(({ outcome }) => outcome === "unknown"), "no answer was lost");
  assert.deepEqual(watch.said("cycle.failed"), []);
});

Deno.test("three of ten machines that cannot be made once do not leave the pool at seven", () => {
  const { plant, watch } = begunPlant({ slots: 10 });
  plant.first.faults.add({ call: "vm.create", kind: "error", code: "invalid", times: 3 });
  for (let i = 0; i < 10; i++) plant.addJob(MINUTE);
  plant.advance(5 * MINUTE);
  assert.equal(watch.said("cycle.failed").length, 3);
  untilFull(plant);
  assert.equal(inPhase(plant, "online").length, 10);
});

for (const code of [401, 403, 404, 422, 500] as const) {
  Deno.test(`a registration that GitHub refuses once (${code}) does not cost the slot`, () => {
    const { plant } = begunPlant({ slots: 3 });
    plant.forgeFaults.add({ call: "runner.register", kind: "error", code, times: 2 });
    runJobs(plant, 3);
    untilFull(plant);
  });
}

Deno.test("a machine that ended badly is replaced by one with a runner name of its own, and the old registration goes", () => {
  const { plant } = begunPlant();
  const { id, runner, vmId, slot } = some(plant, "online");
  plant.first.host.meddle("turnOff", vmId ?? "");
  plant.advance(MINUTE);
  untilFull(plant);
  const heir = plant.cyclesOf(plant.first).find((cycle) => cycle.slot === slot);
  assert.ok(heir !== undefined && heir.id !== id);
  const { runners } = plant.forge.truth();
  assert.notEqual(heir.runner?.name, runner?.name);
  assert.equal(runners.find(({ name }) => name === heir.runner?.name)?.status, "online");
  assert.notEqual(runners.find(({ name }) => name === runner?.name)?.removedAt, null);
});

const CALLS: readonly OperationName[] = [
  "disk.createChild",
  "vm.create",
  "vm.start",
  "media.put",
  "media.take",
  "vm.remove",
  "dir.remove",
];
for (const call of CALLS) {
  Deno.test(`a ${call} that fails is recorded with its reason, and never taken for done`, () => {
    const { plant, watch } = freshPlant({ slots: 2 });
    plant.first.faults.add({ call, kind: "error", code: "busy", times: 1 });
    plant.start();
    untilFull(plant);
    runJobs(plant, 2);
    untilFull(plant);
    const [failed, other] = watch.said("op.closed").filter(({ outcome }) => outcome === "failed");
    assert.ok(failed !== undefined && other === undefined);
    assert.equal(failed.call, call);
    assert.equal(failed.code, "busy");
    assert.notEqual(failed.message ?? "", "");
  });
}

Deno.test("a machine that is not there is absent, not a state that is merely not off", () => {
  const { plant, watch } = begunPlant();
  const { id, vmId } = some(plant, "online");
  plant.first.host.meddle("remove", vmId ?? "");
  assert.ok(plant.advanceUntil(() => watch.said("vm.gone").some(({ cycle }) => cycle === id), 3 * MINUTE));
  untilFull(plant);
});

Deno.test("no guest's file system is mounted on the host to tell the guest what it is for", () => {
  const { plant, watch } = begunPlant();
  runJobs(plant, 10);
  untilFull(plant);
  assert.equal(watch.opened("disk.inject"), 0);
  assert.ok(watch.opened("media.put") >= 14);
});

Deno.test("where disks are written to, one is mounted at a time, and one that cannot be costs no slot", () => {
  const { plant, watch } = freshPlant({
    slots: 8,
    pool: { delivery: "vhdx" },
    onTurn: (turn, state) => {
      watch.onTurn(turn, state);
      assert.ok(state.lanes.mount <= 1, "two disks are mounted at once");
    },
  });
  plant.first.faults.add({ call: "disk.inject", kind: "error", code: "busy", times: 4 });
  plant.start();
  untilFull(plant);
  assert.ok(watch.opened("disk.inject") >= 12);
});

for (const call of ["vm.create", "vm.start", "disk.createChild"] as const) {
  Deno.test(`a machine that could not be made (${call}) leaves neither disk nor VM`, () => {
    const { plant } = freshPlant();
    const off = plant.first.faults.add({ call, kind: "error", code: "invalid" });
    plant.start();
    plant.advance(3 * MINUTE);
    const { controller, host } = plant.first;
    assert.ok((controller.state?.issued ?? 0) > 4, "nothing was tried again");
    controller.settings = withPool(controller.settings, { size: 0 });
    controller.crash();
    controller.start();
    plant.advance(5 * MINUTE);
    // Two of each pool are kept for somebody to look at.
    const kept = inPhase(plant, "quarantined").length;
    assert.ok(kept <= 2 && plant.cyclesOf(plant.first).length === kept);
    assert.equal(machines(plant), kept);
    const disks = host.truth().disks.filter(({ path, removedAt }) =>
      removedAt === null && path.startsWith("D:\\")
    );
    assert.equal(disks.length, kept);
    off();
  });
}

Deno.test("a crash ends no job, and the next start goes on with every machine", () => {
  const { plant } = begunPlant();
  const { controller } = plant.first;
  const { id } = claim(plant, HOUR);
  const before = plant.cyclesOf(plant.first).map((cycle) => cycle.id);
  controller.crash();
  plant.advance(5 * MINUTE);
  controller.start();
  plant.advance(MINUTE);
  assert.deepEqual(plant.cyclesOf(plant.first).map((cycle) => cycle.id), before);
  assert.equal(some(plant, "claimed").id, id);
  plant.advance(HOUR);
  assertAllDone(plant);
});

Deno.test("machines and runners of others are left alone, whatever their names, by a start, by jobs and by a drain", () => {
  const { plant } = freshPlant({ controllers: 2, onTurn: () => {} });
  plant.start();
  plant.advance(10 * MINUTE);
  runJobs(plant, 10);
  const [one, two] = plant.stations;
  assert.ok(one !== undefined && two !== undefined);
  plant.capacity.disturb(one.id, plant.timeline.now + 10 * HOUR);
  one.controller.push(DRAIN);
  plant.advance(20 * MINUTE);
  assert.equal(plant.cyclesOf(one).length, 0);
  assert.equal(plant.onlineOf(two), 4, "another host's runners are gone");
  plant.assertLaws();
});

Deno.test("a drain lets a job end, and makes nothing after it was asked for", () => {
  const { plant, watch } = begunPlant();
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 10 * HOUR);
  claim(plant, HOUR);
  // One is just being made anew.
  plant.first.host.meddle("turnOff", some(plant, "online").vmId ?? "");
  plant.advance(5_000);
  plant.first.controller.push(DRAIN);
  watch.forget();
  plant.advance(HOUR / 2);
  assert.equal(machines(plant), 1, "only the one with the job is left");
  plant.advance(HOUR);
  assertAllDone(plant);
  assert.equal(machines(plant), 0);
  for (const call of ["disk.createChild", "vm.create", "vm.start", "runner.register"] as const) {
    assert.equal(watch.opened(call), 0, `${call} after the drain`);
  }
});

Deno.test("two calls on one machine are never under way at once, however late answers come", () => {
  // The laws watch each call.
  const { plant } = freshPlant({ lagMs: 15_000 });
  plant.first.faults.add({ call: "*", kind: "slow", probability: 0.5, forMs: 4 * HOUR });
  plant.first.controller.lateness = (call) => call === "vm.start" ? 4 * MINUTE : 0;
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 5 * HOUR);
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + 3 * HOUR, perHour: 20, meanMs: 2 * MINUTE });
  for (let i = 0; i < 12; i++) {
    plant.advance(20 * MINUTE);
    plant.first.controller.crash();
    plant.first.controller.start();
  }
  plant.first.controller.lateness = () => 0;
  plant.advance(HOUR);
  untilFull(plant);
  assertAllDone(plant);
});

Deno.test("machines that nobody needs are the same after a day: nothing is made anew for want of a sign", () => {
  const { plant } = begunPlant();
  const before = plant.cyclesOf(plant.first).map(({ id, vmId }) => `${id} ${vmId}`);
  plant.advance(24 * HOUR);
  assert.deepEqual(plant.cyclesOf(plant.first).map(({ id, vmId }) => `${id} ${vmId}`), before);
});
