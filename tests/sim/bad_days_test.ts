/** Bad days, as docs/operations.md describes them. What other tests show already is named there and not here. */
import assert from "node:assert/strict";
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
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";

const RESTORE = { recycle: "restore", hot: 2 } as const;

function undisturbed(plant: Plant, forMs: number): void {
  plant.capacity.disturb(plant.first.id, plant.timeline.now + forMs);
}

/** Names of cycles, so that one sees whether they are the same. */
function ids(plant: Plant): string[] {
  return plant.cyclesOf(plant.first).map(({ id }) => id).toSorted();
}

for (const pool of [{}, RESTORE]) {
  const kind = "recycle" in pool ? "put back" : "made anew";

  Deno.test(`storage that is full for hours costs no job and no idle machine, and says so (machines that are ${kind})`, () => {
    const { plant, watch } = begunPlant({ pool });
    const { faults, controller } = plant.first;
    undisturbed(plant, 4 * HOUR);
    const { id } = claim(plant, 2 * HOUR);
    const full = ["disk.createChild", "vm.create", "checkpoint.create", "checkpoint.restore"].map((call) => {
      return faults.add({ call, kind: "error", code: "no_space" });
    });
    for (let i = 0; i < 2; i++) plant.addJob(MINUTE);
    plant.advance(HOUR);
    const { pausedUntil = 0, pauseCause } = controller.state ?? {};
    assert.ok(pausedUntil >= plant.timeline.now - 2 * MINUTE && pauseCause !== undefined, "nothing says so");
    assert.equal(some(plant, "claimed").id, id);
    assert.deepEqual(watch.said("cycle.failed"), [], "a full disk is no machine's fault");
    // Tried again, but not in a hurry.
    const tries = watch.said("op.closed").filter(({ code }) => code === "no_space").length;
    assert.ok(tries > 10 && tries < 200, `${tries} tries within an hour`);
    plant.advance(2 * HOUR);
    for (const over of full) over();
    plant.advance(2 * MINUTE);
    untilFull(plant);
    assertAllDone(plant);
  });

  Deno.test(`a host without memory for an hour keeps what runs, and starts the rest when it has some (machines that are ${kind})`, () => {
    const { plant, watch } = begunPlant({ pool });
    const { host } = plant.first;
    undisturbed(plant, 4 * HOUR);
    const { id } = claim(plant, 2 * HOUR);
    const hog = host.addForeign({ name: "hog", memoryMb: 2_000_000, power: "running" });
    for (let i = 0; i < 2; i++) plant.addJob(MINUTE);
    plant.advance(HOUR);
    assert.equal(some(plant, "claimed").id, id);
    assert.deepEqual(watch.said("cycle.failed"), []);
    assert.ok(watch.said("starts.paused").some(({ code }) => code === "out_of_memory"));
    host.meddle("remove", hog);
    plant.advance(2 * MINUTE);
    untilFull(plant);
    plant.advance(2 * HOUR);
    assertAllDone(plant);
    assert.deepEqual(watch.said("cycle.quarantined"), []);
  });

  Deno.test(`a restart of the Hyper-V service costs no machine and no job (machines that are ${kind})`, () => {
    const { plant, watch } = begunPlant({ slots: 6, pool });
    const { faults } = plant.first;
    undisturbed(plant, 2 * HOUR);
    claim(plant, HOUR);
    plant.addJob(MINUTE);
    // Whatever is under way at that moment is never answered; machines run on meanwhile.
    plant.advance(75_000);
    faults.add({ call: "host", kind: "hang", forMs: 20_000 });
    plant.advance(20_000);
    faults.add({ call: "host", kind: "error", code: "unavailable", forMs: 90_000 });
    const before = inPhase(plant, "online", "claimed", "standby").map(({ id }) => id);
    plant.advance(10 * MINUTE);
    untilFull(plant);
    const there = new Set(ids(plant));
    const served = new Set(
      watch.said("cycle.retired").filter((data) => data.cause === "its job ended").map(({ cycle }) => cycle),
    );
    assert.deepEqual(before.filter((id) => !there.has(id) && !served.has(id)), []);
    assert.deepEqual(watch.said("cycle.quarantined"), []);
    plant.advance(HOUR);
    assertAllDone(plant);
  });

  for (const what of ["remove", "turnOff", "pause", "save", "rename"] as const) {
    Deno.test(`somebody who does ${what} to idle machines gets others in their place, or the same (machines that are ${kind})`, () => {
      const { plant } = begunPlant({ pool });
      for (const phase of ["online", "standby"]) {
        for (const { vmId } of inPhase(plant, phase).slice(0, 1)) plant.first.host.meddle(what, vmId ?? "");
      }
      plant.advance(MINUTE);
      untilFull(plant);
      runJobs(plant, 8);
      untilFull(plant);
    });
  }
}

Deno.test("a machine with a job that somebody pauses is left alone, and its job is the only thing that is lost", () => {
  const { plant } = begunPlant();
  const { id, vmId } = claim(plant, HOUR);
  plant.first.host.meddle("pause", vmId ?? "");
  plant.advance(5 * MINUTE);
  assert.equal(some(plant, "claimed").id, id, "it may go on");
  plant.advance(HOUR);
  untilFull(plant);
  assert.ok(!ids(plant).includes(id));
  assert.deepEqual(plant.forge.truth().jobs.map(({ state }) => state), ["lost"]);
});

Deno.test("a job whose machine dies is not said to have ended by itself; one that ended is", () => {
  for (const dies of [true, false]) {
    const { plant, watch } = begunPlant();
    const { vmId } = claim(plant, 10 * MINUTE);
    plant.advance(MINUTE);
    if (dies) plant.first.host.meddle("turnOff", vmId ?? "");
    plant.advance(20 * MINUTE);
    assert.deepEqual(plant.forge.truth().jobs.map(({ state }) => state), [dies ? "lost" : "done"]);
    const causes = watch.said("job.ended").map(({ cause }) => cause);
    const died = "it went off, and nothing had told that its job was over";
    assert.deepEqual(causes, [dies ? died : "its job ended"]);
    untilFull(plant);
  }
});

Deno.test("a saved machine that somebody starts is put back before anybody counts on it", () => {
  const { plant, watch } = begunPlant({ pool: RESTORE });
  const { id, vmId } = some(plant, "standby");
  watch.forget();
  plant.first.host.handle("vm.start", { vmId }, () => {});
  plant.advance(5 * MINUTE);
  untilFull(plant);
  const phases = watch.said("cycle.phase").filter(({ cycle }) => cycle === id).map(({ phase }) => phase);
  assert.deepEqual(phases.slice(-2), ["sealing", "standby"]);
  runJobs(plant, 8);
});

Deno.test("a machine in quarantine that somebody starts is turned off again, and stays for whom it is kept", () => {
  const { plant } = freshPlant({ slots: 1 });
  plant.first.faults.add({ call: "vm.start", kind: "error", code: "invalid", times: 3 });
  plant.start();
  plant.advance(5 * MINUTE);
  const { id, vmId } = some(plant, "quarantined");
  plant.first.host.handle("vm.start", { vmId }, () => {});
  plant.advance(2 * MINUTE);
  assert.equal(plant.first.host.find(vmId ?? "")?.power, "off");
  assert.equal(some(plant, "quarantined").id, id);
});

Deno.test("a machine whose name, notes and hardware somebody changes is still known by its id", () => {
  const { plant } = begunPlant();
  const { id, vmId } = some(plant, "online");
  plant.first.host.handle("vm.set", { vmId, name: "my own", notes: "keep out" }, () => {});
  plant.advance(2 * HOUR);
  assert.ok(ids(plant).includes(id));
  assert.equal(plant.first.host.find(vmId ?? "")?.name, "my own");
  const { pausedUntil } = plant.first.controller.state ?? {};
  assert.equal(pausedUntil, 0);
});

Deno.test("a runner that registers and never comes online is given up, and its registration with it", () => {
  const { plant } = freshPlant({ slots: 2, odds: { never_online: 0.5 }, seed: 4 });
  plant.start();
  plant.advance(HOUR);
  untilFull(plant);
  const { runners } = plant.forge.truth();
  const offline = runners.filter(({ removedAt, status, name }) => {
    return removedAt === null && status === "offline" && name.startsWith("runner-") &&
      name.includes(`-${plant.first.id.slice(0, 8)}-`);
  });
  const never = runners.filter(({ session }) => session === undefined);
  assert.ok(never.length > 0, "every runner came online");
  assert.deepEqual(offline.map(({ name }) => name), []);
});

Deno.test("a job of five days is left to run, through restarts, outages and other people's jobs", () => {
  const { plant } = begunPlant({ slots: 3 });
  const { id, vmId } = claim(plant, 120 * HOUR);
  plant.scheduleJobs({ until: plant.timeline.now + 100 * HOUR, perHour: 4, meanMs: 10 * MINUTE });
  const { controller, faults } = plant.first;
  for (let day = 0; day < 4; day++) {
    undisturbed(plant, 24 * HOUR);
    plant.forge.outage(HOUR);
    plant.advance(8 * HOUR);
    controller.crash();
    plant.advance(HOUR);
    controller.start();
    faults.add({ call: "*", kind: "error", probability: 0.2, forMs: 30 * MINUTE });
    plant.advance(14 * HOUR);
    const cycle = some(plant, "claimed");
    assert.ok(inPhase(plant, "claimed").some((one) => one.id === id), `${cycle.id} instead of ${id}`);
    plant.assertLaws();
  }
  assert.ok(plant.first.host.find(vmId ?? "") !== undefined);
  plant.advance(40 * HOUR);
  assertAllDone(plant);
  untilFull(plant);
});

for (const [what, asleep] of [["with its computer", true], ["alone", false]] as const) {
  Deno.test(`a controller that sleeps for eight hours, ${what}, acts on nothing that it read before`, () => {
    const { plant, watch } = begunPlant();
    undisturbed(plant, 9 * HOUR);
    const { controller, host } = plant.first;
    const job = claim(plant, HOUR);
    plant.advance(MINUTE);
    const before = ids(plant);
    watch.forget();
    controller.sleep(8 * HOUR);
    const running = plant.cyclesOf(plant.first).map(({ vmId }) => vmId ?? "");
    // The guests stand still, as their host does.
    if (asleep) { for (const vmId of running) host.handle("vm.pause", { vmId }, () => {}); }
    plant.advance(8 * HOUR - 10_000);
    assert.deepEqual(watch.said("op.opened"), [], "it did not sleep");
    if (asleep) { for (const vmId of running) host.handle("vm.resume", { vmId }, () => {}); }
    plant.advance(10_000);
    // The laws watch that nothing is done to a machine without a reading that counts.
    plant.advance(5 * MINUTE);
    assert.deepEqual(
      before.filter((id) => id !== job.id && !ids(plant).includes(id)),
      [],
      "idle machines were given up",
    );
    plant.advance(2 * HOUR);
    untilFull(plant);
    // To GitHub a runner that is silent for so long has lost its job.
    assert.deepEqual(plant.forge.truth().jobs.map(({ state }) => state), [asleep ? "lost" : "done"]);
    runJobsBesides(plant);
  });
}

/** Jobs after one that was lost. */
function runJobsBesides(plant: Plant): void {
  const before = plant.forge.truth().jobs.length;
  for (let i = 0; i < 4; i++) plant.addJob(MINUTE);
  const over = () => plant.forge.truth().jobs.slice(before).every(({ state }) => state === "done");
  assert.ok(plant.advanceUntil(over, HOUR), "the pool does not serve");
  plant.assertLaws();
}

Deno.test("a registration whose answer is lost after it was made is not left at GitHub, and none is made under its name again", () => {
  const { plant } = freshPlant({ slots: 3 });
  plant.forgeFaults.add({ call: "runner.register", kind: "lost_answer", times: 3 });
  plant.start();
  plant.advance(15 * MINUTE);
  untilFull(plant);
  const left = plant.forge.truth().runners.filter(({ removedAt, status }) =>
    removedAt === null && status === "offline"
  );
  assert.deepEqual(left.map(({ name }) => name), []);
  runJobs(plant, 3);
});

for (
  const [what, code, call] of [
    ["500s", 500, "github"],
    ["a secondary limit", 429, "github"],
    ["a secondary limit on registrations", 403, "runner.register"],
  ] as const
) {
  Deno.test(`${what} from GitHub for an hour cost no machine and no job, and are not asked against in a hurry`, () => {
    const { plant, watch } = begunPlant({ slots: 6 });
    undisturbed(plant, 3 * HOUR);
    claim(plant, 30 * MINUTE);
    const before = ids(plant);
    watch.forget();
    plant.forgeFaults.add({ call, kind: "error", code, forMs: HOUR });
    plant.advance(20 * MINUTE);
    assert.deepEqual(ids(plant), before, "machines were given up because GitHub does not answer");
    plant.addJob(MINUTE);
    plant.advance(40 * MINUTE);
    const asked = watch.opened("runner.register") + watch.opened("runner.remove");
    assert.ok(asked < 600, `${asked} writes within an hour`);
    plant.advance(capacityBoundMs(plant.settings));
    untilFull(plant);
    assertAllDone(plant);
    assert.deepEqual(watch.said("cycle.quarantined"), []);
  });
}
