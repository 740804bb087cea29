/** How hyperv-runner-pool fails, one test each, showing that it does not happen here: limits, secrets, images. */
import assert from "node:assert/strict";
import { deliveryCall } from "../../src/controller/executor.ts";
import { CACHE_VARIABLE, DEFAULT_TIMES } from "../../src/model/settings.ts";
import { writeSnapshot } from "../../src/model/snapshot.ts";
import { runnerExit } from "../../src/ports/guest.ts";
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
import { HOUR, MINUTE } from "./settings.ts";

Deno.test("a job that never ends is ended with its machine where the pool says after how long", () => {
  const { plant } = begunPlant({ pool: { jobTimeoutMs: 2 * HOUR } });
  const { id } = claim(plant, 100 * HOUR);
  plant.advance(2 * HOUR - 2 * MINUTE);
  assert.equal(some(plant, "claimed").id, id);
  plant.advance(5 * MINUTE);
  assert.equal(inPhase(plant, "claimed").length, 0);
  plant.advance(5 * MINUTE);
  assert.deepEqual(plant.forge.truth().jobs.map(({ state }) => state), ["lost"]);
  untilFull(plant);
});

Deno.test("a hundred machines are not made at once: no lane has more calls under way than it has places", () => {
  const open = new Map<number, string>();
  const most = { vm: 0, starting: 0 };
  const begun = freshPlant({ slots: 100 });
  const { plant, watch } = freshPlant({
    slots: 100,
    onTurn: (turn, state) => {
      watch.onTurn(turn, state);
      for (const event of turn.events) {
        if (event.type === "op.opened") open.set(event.data.op, event.data.call);
        if (event.type === "op.closed") open.delete(event.data.op);
      }
      const calls = [...open.values()].filter((call) => call === "vm.create" || call === "disk.createChild");
      most.vm = Math.max(most.vm, calls.length);
      most.starting = Math.max(most.starting, watch.mostAtOnce);
    },
  });
  plant.start();
  untilFull(plant);
  assert.deepEqual(most, { vm: begun.plant.settings.lanes.vm, starting: begun.plant.settings.lanes.boot });
});

Deno.test("a call that never comes back is given up at its limit, and holds up nothing for good", () => {
  const { plant, watch } = freshPlant();
  for (const call of ["disk.createChild", "vm.create", "vm.start"] as const) {
    plant.first.faults.add({ call, kind: "hang", times: 2 });
  }
  plant.start();
  plant.advance(MINUTE);
  untilFull(plant);
  assert.equal(watch.said("op.closed").filter(({ outcome }) => outcome === "unknown").length, 6);
});

/** Readings of host and GitHub that a pool of so many costs in an hour in which nothing happens. */
function readsAnHour(slots: number): Map<string, number> {
  const reads = new Map<string, number>();
  const { plant, watch } = freshPlant({
    slots,
    times: DEFAULT_TIMES,
    hints: false,
    onTurn: (turn, state) => {
      watch.onTurn(turn, state);
      for (const { read } of turn.reads) reads.set(read, (reads.get(read) ?? 0) + 1);
    },
  });
  plant.start();
  untilFull(plant);
  plant.advance(5 * MINUTE);
  reads.clear();
  plant.advance(HOUR);
  return reads;
}

Deno.test("a hundred idle machines ask host and GitHub no more often than one does", () => {
  const one = readsAnHour(1);
  const hundred = readsAnHour(100);
  assert.deepEqual([...hundred.keys()].toSorted(), [...one.keys()].toSorted());
  for (const [read, count] of one) {
    assert.ok((hundred.get(read) ?? 0) <= count + 1, `${read}: ${hundred.get(read)} instead of ${count}`);
  }
  assert.ok((one.get("runners") ?? 0) <= 360 && (one.get("vms") ?? 0) <= 360);
});

Deno.test("nobody asks for the newest runner program for each machine, but a few times a day", () => {
  let asked = 0;
  const { plant } = freshPlant({
    onTurn: ({ reads }) => asked += reads.filter(({ read }) => read === "releases").length,
  });
  plant.first.controller.tampering.release = "2.330.0";
  plant.start();
  plant.scheduleJobs({ until: plant.timeline.now + 12 * HOUR, perHour: 20, meanMs: MINUTE });
  plant.advance(12 * HOUR);
  assert.ok(plant.forge.truth().jobs.length > 150);
  assert.ok(asked >= 1 && asked <= 4, `asked ${asked} times`);
});

Deno.test("what a guest was given to register with is worth nothing afterwards, and is out of its drive", () => {
  const { plant, watch } = begunPlant({ slots: 1 });
  const { runner, id, media } = some(plant, "online");
  const { runners } = plant.forge.truth();
  const { jitConfig = "" } = runners.find(({ name }) => name === runner?.name) ?? {};
  assert.notEqual(jitConfig, "");
  const thief = { vm: "elsewhere", job: () => {}, gone: () => {} };
  assert.equal(plant.forge.connect(jitConfig, thief), undefined, "a job could use it again");
  assert.equal(media, false);
  assert.ok(
    watch.said("op.closed").some(({ call, outcome, cycle }) => {
      return call === "media.take" && outcome === "ok" && cycle === id;
    }),
  );
});

Deno.test("no credential is in the journal or in a snapshot", () => {
  let text = "";
  const { plant } = freshPlant({
    onTurn: ({ events }, state) => {
      text += JSON.stringify(events);
      if (events.length > 20) text += writeSnapshot(state);
    },
  });
  plant.first.faults.add({ call: "media.put", kind: "error", code: "busy", probability: 0.3 });
  plant.start();
  untilFull(plant);
  runJobs(plant, 12);
  const { state } = plant.first.controller;
  if (state !== undefined) text += writeSnapshot(state);
  const secrets = plant.forge.truth().runners.map(({ jitConfig }) => jitConfig);
  assert.ok(secrets.length >= 12 && secrets.every((secret) => secret.length > 8));
  assert.ok(text.includes("runner.register"), "there is nothing to look through");
  assert.deepEqual(secrets.filter((secret) => text.includes(secret)), []);
});

Deno.test("the address of a cache server reaches the runner as it is written, and nothing in the guest is patched", () => {
  const url = "http://cache.invalid:3000/ä b/";
  const delivered: string[] = [];
  const { plant } = freshPlant({
    pool: { env: { [CACHE_VARIABLE]: url } },
    onTurn: ({ effects }) => {
      for (const effect of effects) {
        if (effect.call === "media.put") delivered.push(JSON.stringify(deliveryCall(effect, 0).args));
      }
    },
  });
  plant.start();
  untilFull(plant);
  assert.equal(delivered.length, 4);
  const quoted = JSON.stringify(JSON.stringify({ [CACHE_VARIABLE]: url })).slice(3, -3);
  assert.ok(delivered.every((text) => text.includes(quoted)), delivered[0]);
});

Deno.test("a host without a Default Switch, as Windows Server is, runs a pool on a switch of its own", () => {
  const { plant } = freshPlant({ pool: { switchName: "jobs" } });
  plant.first.host.removeSwitch("Default Switch");
  plant.first.host.addSwitch("jobs");
  plant.start();
  untilFull(plant);
  runJobs(plant, 4);
});

Deno.test("a runner that GitHub takes for too old is told as that, and costs no job", () => {
  const { plant, watch } = freshPlant({ odds: { deprecated: 0.3 }, slots: 2 });
  plant.start();
  plant.advance(30 * MINUTE);
  untilFull(plant);
  runJobs(plant, 10);
  assertAllDone(plant);
  const exits = watch.said("runner.exited").map(({ exit }) => runnerExit(exit ?? 0));
  assert.ok(exits.includes("deprecated"), "nobody heard why those runners ended");
});
