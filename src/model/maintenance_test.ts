import assert from "node:assert/strict";
import { conclude } from "./conclude.ts";
import { type Command, decide } from "./decide.ts";
import { argumentsOf } from "./effects.ts";
import type { VmId } from "./ids.ts";
import { cordonOf } from "./maintenance.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, testRunner, testSettings, VM } from "./testing/stage.ts";

const HOUR = 3_600_000;

function act(stage: Stage, command: Command): string[] {
  stage.events.length = 0;
  for (const event of decide(stage.s, command)) stage.apply(event);
  return stage.types();
}

/** A machine with a job, and GitHub's list of it. */
function busy(stage: Stage): Cycle {
  const cycle = stage.cycle({ phase: "claimed", vm: "known", vmId: VM, used: true, runner: testRunner() });
  stage.list([{ id: 7, name: testRunner().name, online: true, busy: true }]);
  return cycle;
}

Deno.test("a paused pool makes no machine and keeps those that it has, until it is resumed", () => {
  const stage = new Stage();
  assert.deepEqual(
    act(stage, { type: "cordon", pool: "ci", drain: false, source: "ann", reason: "update" }),
    [
      "pool.cordoned",
    ],
  );
  const online = stage.cycle({ phase: "online", vm: "known", vmId: VM });
  stage.list([]);
  stage.plan();
  assert.equal(stage.s.cycles.size, 1);
  assert.equal(stage.v.why.get("pool/ci"), "paused by ann: update");
  assert.equal(stage.step(online, "running").step, "wait");
  assert.deepEqual(act(stage, { type: "uncordon", pool: "ci", source: "ann" }), ["pool.uncordoned"]);
  stage.plan();
  assert.equal(stage.s.cycles.size, 2);
});

Deno.test("a drained pool removes what is idle and leaves jobs alone, for one pool or the whole host", () => {
  for (const pool of ["ci", undefined]) {
    const stage = new Stage();
    const named = pool === undefined ? {} : { pool };
    act(stage, { type: "cordon", ...named, drain: true, source: "ann" });
    const idle = stage.cycle({ phase: "online", vm: "known", vmId: VM });
    assert.equal(stage.step(idle, "running").step, "retire");
    const job = busy(stage);
    assert.equal(stage.step(job, "running").step, "wait");
    assert.equal(stage.step(job, "off").step, "retire");
  }
});

Deno.test("cordonOf() says what drains before what only pauses, and survives a snapshot and new settings", () => {
  const stage = new Stage();
  act(stage, { type: "cordon", drain: false, source: "host" });
  act(stage, { type: "cordon", pool: "ci", drain: true, source: "pool" });
  assert.equal(cordonOf(stage.s, "ci")?.source, "pool");
  const again = readSnapshot(writeSnapshot(stage.s));
  assert.deepEqual([...again.cordons], [...stage.s.cordons]);
  stage.apply({ type: "settings.applied", data: { settings: testSettings({ size: 5 }) } });
  assert.equal(cordonOf(stage.s, "ci")?.drain, true);
  assert.deepEqual(act(stage, { type: "cordon", drain: false, source: "again" }), []);
});

Deno.test("a size that was asked for counts until the configuration says another one", () => {
  const stage = new Stage();
  const size = () => stage.s.pools.get("ci")?.settings.size;
  assert.deepEqual(act(stage, { type: "resize", pool: "ci", size: 4, source: "ann" }), ["pool.resized"]);
  assert.equal(size(), 4);
  const { generation } = stage.s.pools.get("ci") ?? {};
  stage.apply({ type: "settings.applied", data: { settings: testSettings() } });
  assert.deepEqual([size(), stage.s.pools.get("ci")?.generation], [4, generation]);
  assert.equal(readSnapshot(writeSnapshot(stage.s)).sizes.get("ci")?.size, 4);
  stage.apply({ type: "settings.applied", data: { settings: testSettings({ size: 3 }) } });
  assert.equal(size(), 3);
  act(stage, { type: "resize", pool: "ci", size: 1, source: "ann" });
  assert.equal(size(), 1);
  act(stage, { type: "resize", pool: "ci", source: "ann" });
  assert.equal(size(), 3);
  assert.deepEqual(act(stage, { type: "resize", pool: "ci", size: 3, source: "ann" }), []);
});

Deno.test("a machine that is given up by command keeps law 7, unless it is forced", () => {
  const stage = new Stage();
  const cycle = busy(stage);
  const command = { type: "vm.retire", cycle: cycle.id, source: "ann" } as const;
  assert.deepEqual(act(stage, { ...command, force: false }), ["cycle.retired"]);
  assert.deepEqual(stage.step(cycle, "running"), { step: "open", call: "runner.remove" });
  assert.deepEqual(act(stage, { ...command, force: false }), []);
  assert.deepEqual(act(stage, { ...command, force: true }), ["cycle.retired"]);
  assert.deepEqual(stage.step(cycle, "running"), { step: "open", call: "vm.turnOff" });
  assert.deepEqual(act(stage, { ...command, force: true }), []);
});

Deno.test("a machine that is given up with its job counts against its slot until it is gone, or forced", () => {
  for (const how of ["gone", "forced"] as const) {
    const stage = new Stage(testSettings({ size: 1 }));
    const cycle = busy(stage);
    act(stage, { type: "vm.retire", cycle: cycle.id, force: false, source: "ann" });
    assert.equal([...readSnapshot(writeSnapshot(stage.s)).slots.values()][0]?.leaving, cycle.id);
    stage.plan();
    assert.equal(stage.s.cycles.size, 1);
    assert.equal(stage.v.why.get("pool/ci"), `waiting for ${cycle.id} to end its job and be removed`);
    if (how === "forced") act(stage, { type: "vm.retire", cycle: cycle.id, force: true, source: "ann" });
    else stage.apply({ type: "vm.gone", data: { cycle: cycle.id } });
    stage.plan();
    assert.equal(stage.s.cycles.size, 2, how);
  }
});

Deno.test("an idle machine without a registration makes room for another one at once", () => {
  const stage = new Stage(testSettings({ size: 1 }));
  const cycle = stage.cycle({ phase: "booting", vm: "known", vmId: VM });
  act(stage, { type: "vm.retire", cycle: cycle.id, force: false, source: "ann" });
  stage.list([]);
  stage.plan();
  assert.equal(stage.s.cycles.size, 2);
});

Deno.test("a machine with a job is kept after it: unregistered, isolated, off, until its time is over", () => {
  const stage = new Stage();
  const cycle = busy(stage);
  const until = NOW + HOUR;
  assert.deepEqual(act(stage, { type: "vm.hold", cycle: cycle.id, until, source: "ann" }), ["cycle.hold"]);
  stage.vms([VM, "off"]);
  stage.plan();
  assert.equal(cycle.phase, "quarantined");
  assert.equal(stage.s.slots.get("ci/1" as never)?.failures ?? 0, 0);
  cycle.runner = testRunner({ gone: true });
  delete cycle.op;
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "net.isolate" });
  assert.equal(argumentsOf(stage.s, stage.v, cycle, "net.isolate")?.["guard"], true);
  cycle.walls = "held";
  assert.deepEqual(stage.step(cycle, "off"), { step: "wait", why: "kept for inspection", until });
  stage.now = until;
  assert.equal(stage.step(cycle, "off").step, "retire");
});

Deno.test("an idle machine that is held is kept at once, and runs on isolated once it is unregistered", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "online", vm: "known", vmId: VM, used: true, runner: testRunner() });
  stage.list([{ id: 7, name: testRunner().name, online: true, busy: false }]);
  const until = NOW + HOUR;
  assert.deepEqual(act(stage, { type: "vm.hold", cycle: cycle.id, until, source: "ann" }), [
    "cycle.hold",
    "cycle.kept",
  ]);
  assert.deepEqual(stage.step(cycle, "running"), { step: "open", call: "runner.remove" });
  cycle.runner = testRunner({ gone: true });
  assert.deepEqual(stage.step(cycle, "running"), { step: "open", call: "net.isolate" });
  cycle.walls = "held";
  assert.equal(stage.step(cycle, "running").step, "wait");
  assert.equal(stage.s.pools.get("ci")?.quarantined, 0);
  assert.deepEqual(act(stage, { type: "vm.release", cycle: cycle.id, source: "ann" }), ["cycle.released"]);
  assert.equal(stage.step(cycle, "off").step, "retire");
});

Deno.test("a held machine whose cycle would fail or be found to have served is kept as well", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "provisioning", vm: "none" });
  cycle.hold = { until: NOW + HOUR, source: "ann" };
  const op = stage.open(cycle, "vm.create");
  const answer = { outcome: "failed", code: "invalid", message: "no" } as const;
  assert.ok(cycle.op);
  const types = conclude(stage.s, cycle, { ...cycle.op, id: op }, answer, stage.now).map(({ type }) => type);
  assert.deepEqual(types, ["op.closed", "cycle.kept"]);
});

Deno.test("a quarantined machine that is held does not count against its pool's quarantine", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "known", vmId: VM as VmId });
  const data = { cycle: cycle.id, cause: "x", message: "x", notBefore: 0, until: NOW + 1 };
  stage.apply({ type: "cycle.quarantined", data });
  assert.equal(stage.s.pools.get("ci")?.quarantined, 1);
  act(stage, { type: "vm.hold", cycle: cycle.id, until: NOW + HOUR, source: "ann" });
  assert.deepEqual([stage.s.pools.get("ci")?.quarantined, cycle.until], [0, NOW + HOUR]);
});

Deno.test("a job that takes longer than its pool allows is ended with its machine, above law 7", () => {
  const stage = new Stage(testSettings({ jobTimeoutMs: HOUR }));
  const cycle = busy(stage);
  const waits = stage.step(cycle, "running");
  assert.equal(waits.step === "wait" ? waits.until : undefined, NOW + HOUR);
  stage.now += HOUR;
  stage.list([{ id: 7, name: testRunner().name, online: true, busy: true }]);
  const step = stage.step(cycle, "running");
  assert.deepEqual([step.step, step.step === "retire" && step.force], ["retire", true]);
  const never = new Stage();
  const other = busy(never);
  never.now += 5 * 24 * HOUR;
  never.list([{ id: 7, name: testRunner().name, online: true, busy: true }]);
  assert.equal(never.step(other, "running").step, "wait");
});

Deno.test("a configuration that is read anew is recorded when it says something else", () => {
  const stage = new Stage();
  const command = { type: "settings", source: "ann" } as const;
  assert.deepEqual(act(stage, { ...command, settings: stage.s.settings }), []);
  assert.deepEqual(act(stage, { ...command, settings: testSettings({ size: 7 }) }), ["settings.applied"]);
});
