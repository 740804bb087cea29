/** Machines that wait for their holder while their pool is made smaller, changed or deleted. */
import assert from "node:assert/strict";
import { Desk, MINUTE, SECOND } from "./testing/desk.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle } from "./state.ts";

/** The configuration has these pools now. */
function reload(desk: Desk, pools: readonly PoolSettings[]): void {
  const settings = { ...desk.world.state.settings, pools: [...pools] };
  desk.world.command({ type: "settings", settings, source: "test" });
}

/** A pool of two, whose second machine bob has parked for ten minutes. */
function parked(): { desk: Desk; pool: PoolSettings; cycle: Cycle } {
  const desk = new Desk({ size: 2, hot: 2 });
  const [pool = assert.fail()] = desk.world.state.settings.pools;
  const leases = ["ann", "bob"].map((holder) => desk.acquire({ holder }));
  for (const [n, id] of leases.entries()) {
    const { cycle, machine } = desk.machine(id);
    machine.content = ["mine"];
    if (cycle.slot !== 2) continue;
    desk.release(id, "save");
    desk.release(leases[1 - n] ?? assert.fail(), "reset");
    desk.world.run(30 * SECOND);
    return { desk, pool, cycle };
  }
  return assert.fail("nobody has the second machine");
}

function left({ desk, cycle }: { desk: Desk; cycle: Cycle }): unknown {
  const machine = cycle.vmId === undefined ? undefined : desk.world.machines.get(cycle.vmId);
  return [machine?.power, machine?.content, desk.world.machines.size];
}

Deno.test("a parked machine beyond the size of its pool stays for its time, and is removed then", () => {
  for (const how of ["resize", "reload", "back", "back as another"] as const) {
    const all = parked();
    const { desk, pool } = all;
    if (how === "resize") desk.world.command({ type: "resize", pool: "ci", size: 1, source: "test" });
    else if (how === "reload") reload(desk, [{ ...pool, size: 1, hot: 1 }]);
    else {
      reload(desk, []);
      desk.world.run(MINUTE);
      const memoryMb = how === "back" ? pool.template.memoryMb : 2_048;
      reload(desk, [{ ...pool, size: 1, hot: 1, template: { ...pool.template, memoryMb } }]);
    }
    desk.world.run(7 * MINUTE, 5 * SECOND);
    assert.deepEqual(left(all), ["saved", ["mine"], 2], how);
    desk.world.run(5 * MINUTE, 5 * SECOND);
    assert.deepEqual([desk.world.machines.size, desk.world.state.cycles.has(all.cycle.id)], [1, false], how);
  }
});

Deno.test("a parked machine is kept through a drain, of its pool and of the host, and is removed when its time is over", () => {
  for (const drained of [{ pool: "ci" }, {}]) {
    const all = parked();
    const { desk } = all;
    desk.world.command({ type: "cordon", drain: true, source: "test", ...drained });
    desk.world.run(7 * MINUTE, 5 * SECOND);
    assert.deepEqual(left(all), ["saved", ["mine"], 1], "the idle one is gone, the parked one is as it was");
    desk.world.run(5 * MINUTE, 5 * SECOND);
    assert.equal(desk.world.machines.size, 0);
  }
});

Deno.test("its holder gets a parked machine beyond the size, and it is removed after that lease", () => {
  const { desk, cycle } = parked();
  const holder = cycle.parked?.holder ?? assert.fail();
  desk.world.command({ type: "resize", pool: "ci", size: 1, source: "test" });
  desk.world.run(MINUTE);
  const again = desk.acquire({ holder });
  desk.world.run(MINUTE);
  assert.deepEqual([desk.lease(again)?.state, desk.lease(again)?.cycle], ["active", cycle.id]);
  desk.release(again, "reset");
  assert.equal(cycle.phase, "retiring");
  assert.equal(cycle.cause, "its lease ended");
});

Deno.test("a parked machine beyond the size is taken away by whoever runs the host", () => {
  const { desk, cycle } = parked();
  desk.world.command({ type: "resize", pool: "ci", size: 1, source: "test" });
  desk.world.command({ type: "vm.wish", cycle: cycle.id, wish: "off", force: true, source: "test" });
  desk.world.run(2 * MINUTE);
  assert.equal(desk.world.machines.size, 1);
});

Deno.test("a parked machine stays for its time when its pool is made of something else", () => {
  const all = parked();
  const { desk, pool, cycle } = all;
  reload(desk, [{ ...pool, canary: 0, template: { ...pool.template, memoryMb: 2_048 } }]);
  desk.world.run(6 * MINUTE, 5 * SECOND);
  assert.deepEqual(left(all), ["saved", ["mine"], 2]);
  desk.world.run(10 * MINUTE, 5 * SECOND);
  assert.ok(!desk.world.state.cycles.has(cycle.id));
  const { generation } = desk.world.state.pools.get("ci") ?? assert.fail();
  const made = [...desk.world.state.cycles.values()].map((one) => one.generation);
  assert.deepEqual(made, [generation, generation]);
});

Deno.test("a pool that was made at run time is deleted with force only while a machine of it is parked", () => {
  const desk = new Desk();
  const [pool = assert.fail()] = desk.world.state.settings.pools;
  reload(desk, []);
  desk.world.run(2 * MINUTE);
  desk.world.command({ type: "pool.create", settings: pool, source: "test" });
  desk.world.run(2 * MINUTE);
  desk.release(desk.acquire(), "save");
  desk.world.run(10 * SECOND);
  const remove = (force: boolean) =>
    desk.world.command({ type: "pool.delete", pool: "ci", force, source: "test" });
  remove(false);
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.world.state.created.has("ci"), desk.world.machines.size], [true, 1]);
  remove(true);
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.world.machines.size, desk.world.state.gone.size], [0, 0]);
});

Deno.test("what is left of a pool that is in no configuration any more is taken away with force", () => {
  const { desk } = parked();
  const id = desk.acquire({ holder: "eve" });
  desk.world.run(10 * SECOND);
  reload(desk, []);
  const remove = (force: boolean) =>
    desk.world.command({ type: "pool.delete", pool: "ci", force, source: "test" });
  remove(false);
  desk.world.run(MINUTE);
  assert.deepEqual([desk.lease(id)?.state, desk.world.machines.size], ["active", 2]);
  remove(true);
  assert.equal(desk.cause(id), "its pool was deleted");
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.world.machines.size, desk.world.state.gone.size], [0, 0]);
});
