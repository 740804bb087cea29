/** How HyperV-Kube, whose machines are saved and resumed, fails, one test each, showing that it does not happen here. */
import assert from "node:assert/strict";
import type { Job } from "../../src/simulator/jobs.ts";
import { begunPlant, freshPlant, inPhase, runJobs, some, untilFull } from "./begun_plant.ts";
import type { Plant } from "./plant.ts";
import { HOUR, MINUTE } from "./settings.ts";

const RESTORE = { recycle: "restore" } as const;

/** No two jobs were on one machine at the same time. */
function assertNoneShared(jobs: readonly Job[]): void {
  const last = new Map<string, Job>();
  for (const job of jobs.toSorted((a, b) => (a.startedAt ?? 0) - (b.startedAt ?? 0))) {
    const before = job.vm === null ? undefined : last.get(job.vm);
    const free = before === undefined || (before.endedAt ?? Infinity) <= (job.startedAt ?? 0);
    assert.ok(free, `Jobs ${before?.id} and ${job.id} were both on ${job.vm}`);
    if (job.vm !== null) last.set(job.vm, job);
  }
}

function oursOn({ first: { host } }: Plant) {
  return host.truth().vms.filter(({ foreign, removedAt }) => !foreign && removedAt === null);
}

Deno.test("jobs that come at the same moment never get the same machine", () => {
  const { plant } = begunPlant({ slots: 6, pool: { ...RESTORE, hot: 1 } });
  for (let round = 0; round < 5; round++) {
    runJobs(plant, 6, 2 * MINUTE);
    plant.advance(round * 7_000);
  }
  assertNoneShared(plant.forge.truth().jobs);
});

Deno.test("a machine whose resume comes to nothing does not drop out of its pool", () => {
  const { plant, watch } = begunPlant({ slots: 3, pool: { ...RESTORE, hot: 1 } });
  plant.first.faults.add({ call: "vm.start", kind: "hang", times: 1 });
  plant.first.faults.add({ call: "nic.reconnect", kind: "hang", times: 2 });
  runJobs(plant, 4);
  untilFull(plant);
  assert.equal(inPhase(plant, "online", "standby").length, 3);
  assert.ok(watch.said("op.closed").some(({ outcome }) => outcome === "unknown"));
});

Deno.test("no job sees what another one has left, though nobody asked for a reset; and there is one checkpoint a machine", () => {
  const { plant, watch } = begunPlant({ slots: 3, pool: RESTORE });
  runJobs(plant, 40);
  untilFull(plant);
  assert.ok(watch.opened("checkpoint.restore") >= 40);
  assert.deepEqual(plant.forge.truth().jobs.filter(({ sawOthers }) => sawOthers.length > 0), []);
  assert.deepEqual(oursOn(plant).map(({ checkpoints }) => checkpoints), [["clean"], ["clean"], ["clean"]]);
});

Deno.test("a machine that is removed leaves its number, its directory and its runner's name to nobody", () => {
  const { plant } = begunPlant({ slots: 4 });
  for (let i = 0; i < 12; i++) {
    plant.first.host.meddle("remove", some(plant, "online").vmId ?? "");
    plant.advance(2 * MINUTE);
  }
  untilFull(plant);
  const made = plant.first.host.truth().vms.filter(({ foreign }) => !foreign);
  assert.ok(made.length >= 16);
  assert.equal(new Set(made.map(({ directory }) => directory)).size, made.length);
  assert.equal(new Set(made.map(({ notes }) => notes)).size, made.length);
  const names = plant.forge.truth().runners.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

for (const pool of [{}, RESTORE, { ...RESTORE, hot: 1 }]) {
  Deno.test(`a pool that is taken out of the configuration takes its machines along (${JSON.stringify(pool)})`, () => {
    const { plant } = begunPlant({
      memoryMb: 262_144,
      pools: [
        { name: "one", prefix: "one-", size: 3, ...pool },
        { name: "two", prefix: "two-", size: 3, ...pool },
      ],
    });
    plant.addJob(HOUR);
    plant.advance(MINUTE);
    const { controller, id, host } = plant.first;
    plant.capacity.disturb(id, plant.timeline.now + 10 * HOUR);
    controller.settings = {
      ...controller.settings,
      pools: controller.settings.pools.filter(({ name }) => name === "two"),
    };
    controller.crash();
    controller.start();
    plant.advance(2 * HOUR);
    assert.deepEqual(plant.forge.truth().jobs.map(({ state }) => state), ["done"]);
    untilFull(plant);
    assert.equal(oursOn(plant).length, 3);
    const disks = host.truth().disks.filter(({ path, removedAt }) =>
      removedAt === null && path.includes("\\one-")
    );
    assert.deepEqual(disks, []);
  });
}

Deno.test("the files of a machine that cannot be removed stay, until it can be", () => {
  const { plant, watch } = begunPlant({ slots: 1 });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + HOUR);
  const off = plant.first.faults.add({ call: "vm.remove", kind: "error", code: "busy" });
  const { vmId, id } = some(plant, "online");
  runJobs(plant, 1);
  plant.advance(10 * MINUTE);
  assert.ok(plant.first.host.find(vmId ?? "") !== undefined);
  assert.ok(
    watch.said("op.closed").filter(({ call, cycle }) => call === "vm.remove" && cycle === id).length > 10,
  );
  assert.equal(
    watch.said("op.opened").filter(({ call, cycle }) => call === "dir.remove" && cycle === id).length,
    0,
  );
  off();
  plant.advance(5 * MINUTE);
  untilFull(plant);
  assert.equal(plant.first.host.find(vmId ?? ""), undefined);
});

Deno.test("a machine that was saved for days gets its runner only after its guest has gone on, with its network renewed", () => {
  const { plant, watch } = begunPlant({ slots: 2, pool: { ...RESTORE, hot: 1 } });
  const { id } = some(plant, "standby");
  plant.advance(72 * HOUR);
  watch.forget();
  runJobs(plant, 2);
  const phases = watch.said("cycle.phase").filter(({ cycle }) => cycle === id).map(({ phase }) => phase);
  assert.deepEqual(phases.slice(0, 3), ["resuming", "waiting", "joining"]);
  const calls = watch.said("op.opened").filter(({ cycle }) => cycle === id).map(({ call }) => call);
  assert.deepEqual(calls.slice(0, 4), ["vm.start", "nic.reconnect", "runner.register", "media.put"]);
});

Deno.test("a pool keeps itself at its size, its running machines and its limits without being asked", () => {
  const { plant } = freshPlant({ slots: 5, pool: { ...RESTORE, hot: 2 } });
  plant.start();
  untilFull(plant);
  runJobs(plant, 20);
  for (const what of ["remove", "turnOff", "remove"] as const) {
    const [victim] = inPhase(plant, "standby", "online");
    plant.first.host.meddle(what, victim?.vmId ?? "");
    plant.advance(MINUTE);
  }
  plant.advance(5 * MINUTE);
  untilFull(plant);
  assert.deepEqual([inPhase(plant, "online").length, inPhase(plant, "standby").length], [2, 3]);
});
