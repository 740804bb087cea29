import assert from "node:assert/strict";
import { decide } from "./decide.ts";
import { generationOf } from "./fold_pool.ts";
import { registrationName } from "./effects.ts";
import { observe } from "./observe.ts";
import { plan } from "./plan.ts";
import { poolFor, rolloutsAfter, rolloutWidth } from "./rollout.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle, Pool } from "./state.ts";
import { Stage, testRunner, testSettings, VM } from "./testing/stage.ts";

const BEFORE = { size: 8 };
const [{ template: TEMPLATE } = (undefined as never)] = testSettings().pools;
const AFTER = { size: 8, labels: ["self-hosted", "new"] };

function generation(pool: Partial<PoolSettings>): string {
  const [settings] = testSettings(pool).pools;
  assert.ok(settings);
  return generationOf(settings);
}

function poolOf(stage: Stage): Pool {
  const pool = stage.s.pools.get("ci");
  assert.ok(pool);
  return pool;
}

/** A pool whose eight machines are online, and then has other settings. */
function changed(after: Partial<PoolSettings> = AFTER): { stage: Stage; cycles: Cycle[] } {
  const stage = new Stage(testSettings(BEFORE));
  const cycles: Cycle[] = [];
  for (let slot = 1; slot <= 8; slot++) {
    const cycle = stage.cycle({ vm: "known", phase: "online" }, slot);
    cycle.vmId = `${VM.slice(0, -1)}${slot}` as typeof VM;
    stage.s.byVm.set(cycle.vmId, cycle.id);
    cycle.runner = testRunner({ name: registrationName(stage.s, cycle, poolOf(stage).settings, 1) });
    cycle.used = true;
    cycles.push(cycle);
  }
  apply(stage, after);
  stage.check(true);
  stage.vms(...cycles.map(({ vmId = VM }) => [vmId, "running"] as [typeof VM, "running"]));
  stage.list(cycles.map(({ runner }) => ({ id: 7, name: runner?.name ?? "", online: true, busy: false })));
  return { stage, cycles };
}

function apply(stage: Stage, after: Partial<PoolSettings>): void {
  stage.apply({ type: "settings.applied", data: { settings: testSettings(after) } });
  for (const event of rolloutsAfter(stage.s)) stage.apply(event);
  stage.events.length = 0;
}

/** The live cycle of the new generation, if there is one. */
function fresh(stage: Stage): Cycle[] {
  return [...stage.s.cycles.values()].filter(({ generation: one, phase }) => {
    return one === generation(AFTER) && phase !== "retiring";
  });
}

function retired(stage: Stage): number {
  return [...stage.s.cycles.values()].filter(({ phase }) => phase === "retiring").length;
}

/** Ends the machine of a new generation as its job's end does. */
function serve(stage: Stage, cycle: Cycle): void {
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "claimed" } });
  stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause: "its job ended" } });
}

Deno.test("rolloutsAfter() begins nothing for a pool whose machines never came online", () => {
  const stage = new Stage(testSettings(BEFORE));
  stage.cycle({ phase: "booting" });
  stage.apply({ type: "settings.applied", data: { settings: testSettings(AFTER) } });
  assert.deepEqual(rolloutsAfter(stage.s), []);
});

Deno.test("rolloutsAfter() begins nothing where only the number of machines changed", () => {
  const { stage } = changed({ size: 12, recycle: "restore", hot: 2 });
  assert.equal(poolOf(stage).rollout?.phase, "canary", "recycle is of a machine, and size and hot are not");
  const same = changed({ size: 12 });
  assert.equal(poolOf(same.stage).rollout, undefined);
});

Deno.test("plan() lets one machine try a new generation, and leaves the others as they are", () => {
  const { stage } = changed();
  stage.plan();
  assert.equal(retired(stage), 1);
  assert.equal(fresh(stage).length, 1);
  stage.plan();
  assert.equal(fresh(stage).length, 1, "a second one came");
});

Deno.test("plan() waits for a machine without a job before it lets one try", () => {
  const { stage, cycles } = changed();
  for (const cycle of cycles) {
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "claimed" } });
  }
  stage.plan();
  assert.equal(retired(stage), 0);
});

Deno.test("plan() makes further machines of the last good generation until the first has run a job", () => {
  const { stage, cycles } = changed();
  stage.plan();
  const [, second] = cycles.filter(({ phase }) => phase !== "retiring");
  assert.ok(second);
  stage.apply({ type: "cycle.phase", data: { cycle: second.id, phase: "claimed" } });
  stage.apply({ type: "cycle.retired", data: { cycle: second.id, cause: "its job ended" } });
  stage.plan();
  const replaced = stage.s.slots.get(`ci/${second.slot}` as never)?.live;
  assert.equal(stage.s.cycles.get(replaced as never)?.generation, generation(BEFORE));
});

Deno.test("plan() lets the others follow after a job, idle ones only and so many at a time", () => {
  const { stage } = changed();
  stage.plan();
  const [canary] = fresh(stage);
  assert.ok(canary);
  serve(stage, canary);
  stage.events.length = 0;
  stage.plan();
  assert.ok(stage.events.some(({ type }) => type === "rollout.advanced"));
  assert.equal(fresh(stage).length, rolloutWidth(testSettings(AFTER).pools[0] ?? (undefined as never)));
  stage.plan();
  assert.equal(fresh(stage).length, 2, "more came before these were online");
});

Deno.test("plan() ends a rollout when every machine is of it and ready, and keeps it as the good one", () => {
  const { stage, cycles } = changed();
  for (const cycle of cycles) {
    stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause: "test" } });
    stage.apply({ type: "cycle.ended", data: { cycle: cycle.id } });
  }
  stage.apply({ type: "rollout.advanced", data: { pool: "ci", to: generation(AFTER) } });
  stage.plan();
  for (const cycle of fresh(stage)) {
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "online" } });
    delete cycle.op;
  }
  // The pool alone: nobody has seen the machines of these cycles.
  stage.work.pools.add("ci");
  plan(stage.s, stage.v, stage.now, stage.work, stage.apply);
  assert.equal(poolOf(stage).rollout, undefined);
  assert.equal(poolOf(stage).good?.generation, generation(AFTER));
});

Deno.test("plan() takes a generation back after two failures, and makes machines of the last good one", () => {
  const { stage } = changed();
  for (let i = 0; i < 2; i++) {
    stage.plan();
    const [canary] = fresh(stage);
    assert.ok(canary, `no machine tried it the ${i + 1}. time`);
    const data = { cycle: canary.id, cause: "boot-timeout", message: "", notBefore: stage.now };
    stage.apply({ type: "cycle.failed", data });
    stage.now += 120_000;
    stage.check(true);
  }
  stage.plan();
  const { rollout, good } = poolOf(stage);
  assert.equal(rollout?.phase, "reverted");
  assert.match(rollout?.cause ?? "", /2 of its machines/);
  assert.equal(good?.generation, generation(BEFORE));
  assert.deepEqual(fresh(stage), []);
});

Deno.test("plan() goes on with the last good generation while the new settings cannot be used", () => {
  const { stage, cycles } = changed();
  stage.check(false);
  const [first] = cycles;
  assert.ok(first);
  stage.apply({ type: "cycle.retired", data: { cycle: first.id, cause: "its job ended" } });
  stage.plan();
  assert.equal(retired(stage), 1, "others were given up for what cannot be made");
  assert.deepEqual(fresh(stage), []);
  assert.notEqual(stage.s.slots.get("ci/1" as never)?.live, undefined, "its slot stays empty");
});

Deno.test("poolFor() gives machines of the last good generation their own settings, but today's size", () => {
  const { stage, cycles } = changed({ ...AFTER, size: 5 });
  const [first] = cycles;
  assert.ok(first);
  const settings = poolFor(stage.s, first)?.settings;
  assert.deepEqual([settings?.labels, settings?.size], [["self-hosted"], 5]);
  const new_ = { pool: "ci", generation: generation({ ...AFTER, size: 5 }) };
  assert.deepEqual(poolFor(stage.s, new_)?.settings.labels, AFTER.labels);
});

Deno.test("a changed configuration that goes back to the last good generation ends the rollout", () => {
  const { stage } = changed();
  apply(stage, BEFORE);
  assert.equal(poolOf(stage).rollout, undefined);
});

Deno.test("decide() pauses, goes on, and takes back; what already is brings no event", () => {
  const { stage } = changed();
  const act = (action: "pause" | "resume" | "revert") => {
    const events = decide(stage.s, { type: "rollout", pool: "ci", action, source: "test" });
    for (const event of events) stage.apply(event);
    return events.map(({ type }) => type);
  };
  assert.deepEqual(act("resume"), []);
  assert.deepEqual(act("pause"), ["rollout.paused"]);
  stage.plan();
  assert.deepEqual(fresh(stage), [], "a paused rollout went on");
  assert.deepEqual(act("pause"), []);
  assert.deepEqual(act("revert"), ["rollout.reverted"]);
  assert.deepEqual(act("revert"), []);
  assert.deepEqual(act("resume"), ["rollout.resumed"]);
  assert.equal(poolOf(stage).rollout?.phase, "canary");
  stage.plan();
  assert.equal(fresh(stage).length, 1);
});

Deno.test("decide() has nothing to do where nothing is rolled out", () => {
  const stage = new Stage();
  assert.deepEqual(decide(stage.s, { type: "rollout", pool: "ci", action: "pause", source: "test" }), []);
  assert.deepEqual(decide(stage.s, { type: "rollout", pool: "nope", action: "revert", source: "test" }), []);
});

Deno.test("a rollout ends once none of the old ones is left and as many new ones came as the pool has, however busy it is", () => {
  const { stage } = changed();
  const pool = poolOf(stage);
  stage.apply({ type: "rollout.advanced", data: { pool: "ci", to: pool.generation } });
  for (const cycle of [...stage.s.cycles.values()]) {
    stage.apply({
      type: "cycle.retired",
      data: { cycle: cycle.id, cause: "a new generation is rolled out" },
    });
  }
  for (let slot = 1; slot <= pool.settings.size; slot++) {
    stage.cycle({ phase: "online" }, slot);
    stage.plan();
    assert.equal(
      poolOf(stage).rollout?.phase,
      slot < pool.settings.size ? "rolling" : undefined,
      `slot ${slot}`,
    );
    // Each is gone with its job before the next one is there.
    const live = stage.s.slots.get(`ci/${slot}` as never)?.live;
    if (live !== undefined) {
      stage.apply({ type: "cycle.retired", data: { cycle: live, cause: "its job ended" } });
    }
  }
});

Deno.test("a canary that is ready for long enough without a job lets the others follow, and the pool is looked at then", () => {
  const { stage } = changed();
  stage.plan();
  const [canary] = fresh(stage);
  assert.ok(canary);
  stage.apply({ type: "cycle.phase", data: { cycle: canary.id, phase: "online" } });
  const until = stage.now + stage.s.settings.times.canaryMs;
  stage.now = until - 1;
  const { wakes } = stage.plan();
  assert.equal(poolOf(stage).rollout?.phase, "canary");
  assert.equal(wakes.get("pool/ci"), until);
  stage.now = until;
  stage.plan();
  assert.equal(poolOf(stage).rollout?.phase, "rolling");
});

Deno.test("a job that began and ended between two lists counts for its generation: GitHub removed its registration", () => {
  for (const [cause, served] of [["it was shut down", 1], ["the pool was made smaller", 0]] as const) {
    const { stage } = changed();
    stage.plan();
    const [canary] = fresh(stage);
    assert.ok(canary);
    canary.vmId = VM;
    canary.runner = testRunner();
    stage.apply({ type: "cycle.phase", data: { cycle: canary.id, phase: "online" } });
    stage.apply({ type: "cycle.retired", data: { cycle: canary.id, cause } });
    const op = stage.open(canary, "runner.remove");
    stage.apply({
      type: "op.closed",
      data: { cycle: canary.id, op, call: "runner.remove", outcome: "ok", missing: true },
    });
    assert.equal(poolOf(stage).rollout?.served, served, cause);
  }
});

Deno.test("there is no way back to a golden disk that was written to, and its machines are made from the new one", () => {
  const { stage } = changed({ size: 8, template: { ...TEMPLATE, memoryMb: 8192 } });
  const pool = poolOf(stage);
  const good = { identity: "good", path: "D:\\store\\default@1\\disk.vhdx" };
  assert.ok(pool.good);
  pool.good = { ...pool.good, disk: good };
  const check = {
    read: "check",
    pool: "ci",
    asOf: stage.s.seq,
    at: stage.now,
    ok: true,
    message: "",
  } as const;
  const { s, v, work, apply: emit } = stage;
  observe({ s, v, work, emit }, { ...check, spoilt: "D:\\another.vhdx" });
  assert.ok(poolOf(stage).rollout, "another disk is not the good one");
  observe({ s, v, work, emit }, { ...check, spoilt: good.path });
  assert.equal(poolOf(stage).good, undefined);
  assert.equal(poolOf(stage).rollout, undefined);
});
