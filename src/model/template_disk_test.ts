import assert from "node:assert/strict";
import { argumentsOf } from "./effects.ts";
import { observe } from "./observe.ts";
import { disksInUse, poolFor } from "./rollout.ts";
import type { Pool } from "./state.ts";
import { Stage, VM } from "./testing/stage.ts";

const FIRST = { identity: "one", path: "D:\\vms\\c\\templates\\default@1\\disk.vhdx" };
const SECOND = { identity: "two", path: "D:\\vms\\c\\templates\\default@2\\disk.vhdx" };

function see(stage: Stage, disk: typeof FIRST): string[] {
  stage.events.length = 0;
  const { s, v, work } = stage;
  observe({ s, v, work, emit: stage.apply }, {
    read: "check",
    asOf: s.seq,
    at: stage.now,
    pool: "ci",
    ok: true,
    message: "",
    disk,
  });
  return stage.types();
}

function poolOf(stage: Stage): Pool {
  const pool = stage.s.pools.get("ci");
  assert.ok(pool);
  return pool;
}

/** A pool whose machine is made from the first disk and online. */
function running(): Stage {
  const stage = new Stage();
  see(stage, FIRST);
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  stage.apply({
    type: "op.opened",
    data: { cycle: cycle.id, op: 1 as never, call: "disk.createChild", parent: FIRST.path },
  });
  delete cycle.op;
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "online" } });
  return stage;
}

Deno.test("observe() learns the golden disk once, and makes machines from the kept one", () => {
  const stage = new Stage();
  assert.deepEqual(see(stage, FIRST), ["template.changed"]);
  assert.deepEqual(see(stage, FIRST), []);
  const cycle = stage.cycle();
  assert.equal(argumentsOf(stage.s, stage.v, cycle, "disk.createChild")?.["parent"], FIRST.path);
});

Deno.test("another disk at the template's path is a generation that is tried first", () => {
  const stage = running();
  const before = poolOf(stage).generation;
  assert.deepEqual(see(stage, SECOND), ["template.changed", "rollout.started"]);
  assert.notEqual(poolOf(stage).generation, before);
  assert.equal(poolOf(stage).rollout?.phase, "canary");
  const old = poolFor(stage.s, { pool: "ci", generation: before });
  assert.equal(old?.disk?.path, FIRST.path, "older machines are made from the new disk");
});

Deno.test("the disk that was there before, put back, ends the rollout of the other", () => {
  const stage = running();
  see(stage, SECOND);
  see(stage, FIRST);
  const { rollout, good, generation } = poolOf(stage);
  assert.equal(good?.generation, generation);
  assert.equal(rollout, undefined);
});

Deno.test("disksInUse() names the present disk, the last good one, and every parent of a machine", () => {
  const stage = running();
  assert.deepEqual([...disksInUse(stage.s) ?? []], [FIRST.path]);
  see(stage, SECOND);
  assert.deepEqual([...disksInUse(stage.s) ?? []].sort(), [FIRST.path, SECOND.path]);
  stage.apply({ type: "rollout.advanced", data: { pool: "ci", to: poolOf(stage).generation } });
  stage.apply({ type: "rollout.finished", data: { pool: "ci", to: poolOf(stage).generation } });
  assert.ok(disksInUse(stage.s)?.has(FIRST.path), "a machine is still made from it");
  for (const id of [...stage.s.cycles.keys()]) stage.apply({ type: "cycle.ended", data: { cycle: id } });
  assert.deepEqual([...disksInUse(stage.s) ?? []], [SECOND.path]);
});

Deno.test("a template at another path is not the disk that was known", () => {
  const stage = running();
  const [pool] = stage.s.settings.pools;
  assert.ok(pool);
  const template = { ...pool.template, path: "C:\\other.vhdx" };
  stage.apply({
    type: "settings.applied",
    data: { settings: { ...stage.s.settings, pools: [{ ...pool, template }] } },
  });
  assert.equal(poolOf(stage).disk, undefined);
  const cycle = stage.cycle({}, 2);
  assert.equal(argumentsOf(stage.s, stage.v, cycle, "disk.createChild")?.["parent"], "C:\\other.vhdx");
});

Deno.test("disksInUse() does not know what machines of a lost journal are made from", () => {
  const stage = running();
  stage.apply({ type: "journal.lost", data: { upTo: 500 } });
  assert.equal(disksInUse(stage.s), undefined);
});
