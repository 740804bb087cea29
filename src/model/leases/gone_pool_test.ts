/** A pool is taken out of the configuration, or becomes another one, while its machines are leased. */
import assert from "node:assert/strict";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import { Desk, MINUTE, SECOND } from "../testing/desk.ts";
import type { PoolSettings } from "../settings.ts";

const GONE = "its pool ci is not configured any more";

/** The configuration has these pools now. */
function reload(desk: Desk, pools: readonly PoolSettings[]): void {
  const settings = { ...desk.world.state.settings, pools: [...pools] };
  desk.world.command({ type: "settings", settings, source: "test" });
}

Deno.test("a lease goes on when its pool is taken out; who waits is told, and the machine goes afterwards", () => {
  const desk = new Desk({ size: 2, hot: 2 });
  const has = desk.acquire();
  const { cycle, machine } = desk.machine(has);
  machine.content = ["mine"];
  const other = desk.acquire({ holder: "eve" });
  const waits = desk.acquire({ holder: "bob" });
  desk.release(other, "reset");
  reload(desk, []);
  assert.deepEqual([desk.cause(has), desk.cause(waits)], [undefined, GONE]);
  desk.world.run(5 * MINUTE, 5 * SECOND);
  assert.deepEqual([desk.lease(has)?.state, cycle.phase, desk.world.machines.size], ["active", "claimed", 1]);
  desk.acquire({ holder: "bob" });
  assert.equal(desk.world.state.leases.size, 1, "nobody new is served");
  desk.release(has, "reset");
  desk.world.run(5 * MINUTE, 5 * SECOND);
  assert.equal(desk.world.machines.size, 0);
  assert.equal(desk.world.state.gone.size, 0, "nothing is remembered of it");
});

Deno.test("what a lease may do it may do when its pool is gone: pause, resume, checkpoint, restore, reset", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["one"];
  reload(desk, []);
  desk.change(id, { kind: "checkpoint", name: "a" });
  desk.world.run(10 * SECOND);
  machine.content = ["two"];
  for (const [kind, state] of [["pause", "paused"], ["resume", "active"]] as const) {
    desk.change(id, { kind });
    desk.world.run(20 * SECOND);
    assert.deepEqual([desk.lease(id)?.state, machine.content], [state, ["two"]]);
  }
  desk.change(id, { kind: "restore", name: "a" });
  desk.world.run(20 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.content], ["active", ["one"]]);
  desk.change(id, { kind: "reset" });
  desk.world.run(20 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, desk.lease(id)?.failed, machine.content], [
    "active",
    undefined,
    [],
  ]);
});

Deno.test("a paused lease whose pool is gone is resumed after a restart of the program", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  reload(desk, []);
  desk.world.crash(true, desk.world.state.settings);
  desk.change(id, { kind: "resume" });
  desk.world.run(2 * MINUTE);
  assert.equal(desk.lease(id)?.state, "active");
});

Deno.test("its limits are those that its pool had, and outlive a restart of the program", () => {
  for (const limit of ["idle", "total", "pause"] as const) {
    const desk = new Desk();
    const id = desk.acquire({ idleMs: limit === "idle" ? 20 * MINUTE : 30 * MINUTE });
    if (limit === "pause") desk.change(id, { kind: "pause" });
    desk.world.run(10 * SECOND);
    reload(desk, []);
    desk.world.crash(true, desk.world.state.settings);
    const copy = readSnapshot(writeSnapshot(desk.world.state));
    assert.deepEqual([...copy.gone.keys()], ["ci"]);
    const beat = () => desk.world.command({ type: "lease.touch", lease: id, at: desk.world.now });
    const lasts = limit === "idle" ? 20 : limit === "total" ? 60 : 120;
    for (let minute = 1; minute < lasts; minute++) {
      if (limit === "total") beat();
      desk.world.run(MINUTE, 20 * SECOND);
    }
    assert.equal(desk.cause(id), undefined, `${limit}: too early`);
    desk.world.run(2 * MINUTE);
    assert.equal(
      desk.cause(id),
      {
        idle: "its holder was silent for too long",
        total: "its time was over",
        pause: "it was paused for too long",
      }[limit],
    );
    desk.world.run(5 * MINUTE);
    assert.equal(desk.world.machines.size, 0);
  }
});

Deno.test("a machine that is parked for its holder stays for its time, and is removed then", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.release(id, "save");
  desk.world.run(10 * SECOND);
  reload(desk, []);
  desk.world.run(9 * MINUTE);
  assert.deepEqual([machine.power, machine.content, desk.world.machines.size], ["saved", ["mine"], 1]);
  desk.world.run(5 * MINUTE);
  assert.deepEqual([desk.world.machines.size, desk.world.state.gone.size], [0, 0]);
});

Deno.test("a pool that comes back has its leases, and its parked machines", () => {
  const desk = new Desk({ size: 2, hot: 2 });
  const { pools } = desk.world.state.settings;
  const [id, parks] = [desk.acquire(), desk.acquire({ holder: "bob" })];
  const { cycle } = desk.machine(parks);
  desk.release(parks, "save");
  desk.world.run(10 * SECOND);
  reload(desk, []);
  desk.world.run(MINUTE);
  reload(desk, pools);
  assert.equal(desk.world.state.gone.size, 0);
  assert.notEqual(desk.world.state.pools.get("ci")?.good, undefined, "what it was made from proved good");
  const again = desk.acquire({ holder: "bob" });
  desk.world.run(MINUTE);
  assert.deepEqual([desk.lease(again)?.state, desk.lease(again)?.cycle], ["active", cycle.id]);
  const mine = desk.machine(id).cycle;
  desk.release(id, "reset");
  desk.world.run(MINUTE);
  assert.ok(desk.world.state.cycles.has(mine.id), "it is put back, not made anew");
  assert.notEqual(mine.phase, "claimed");
});

Deno.test("a pool that comes back as another one is a new one: nothing is made as it was before", () => {
  const desk = new Desk({ size: 2, hot: 2 });
  const [pool = assert.fail()] = desk.world.state.settings.pools;
  const id = desk.acquire();
  const { cycle } = desk.machine(id);
  reload(desk, []);
  desk.world.run(MINUTE);
  reload(desk, [{ ...pool, template: { ...pool.template, memoryMb: 2_048 } }]);
  desk.world.run(MINUTE);
  const { generation, rollout } = desk.world.state.pools.get("ci") ?? assert.fail();
  assert.equal(rollout, undefined);
  const others = [...desk.world.state.cycles.values()].filter((one) => one.id !== cycle.id);
  assert.deepEqual(others.map((one) => one.generation), [generation]);
  assert.equal(desk.lease(id)?.state, "active");
  desk.release(id, "reset");
  assert.equal(cycle.phase, "retiring");
});

Deno.test("a pool that becomes one of runners keeps its leases, and their machines are made anew afterwards", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { cycle } = desk.machine(id);
  const [pool = assert.fail()] = desk.world.state.settings.pools;
  const { agent: _, ...rest } = pool;
  reload(desk, [{ ...rest, kind: "runner" }]);
  for (const kind of ["pause", "resume"] as const) {
    desk.change(id, { kind });
    desk.world.run(20 * SECOND);
  }
  assert.deepEqual([desk.lease(id)?.state, cycle.phase], ["active", "claimed"]);
  desk.release(id, "reset");
  assert.equal(cycle.phase, "retiring");
});

Deno.test("who has no machine yet when its pool is taken out gets none, and a parked one is parked again", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { cycle } = desk.machine(id);
  desk.release(id, "save");
  desk.world.run(10 * SECOND);
  desk.always("vm.start", { code: "out_of_memory" });
  const again = desk.acquire();
  desk.world.run(10 * SECOND);
  assert.equal(desk.lease(again)?.state, "starting");
  reload(desk, []);
  assert.equal(desk.cause(again), GONE);
  assert.equal(cycle.parked?.holder, "ann");
});

Deno.test("a pool that is deleted with force ends its leases, and nothing of it stays", () => {
  const desk = new Desk();
  const [pool = assert.fail()] = desk.world.state.settings.pools;
  desk.world.command({
    type: "settings",
    settings: { ...desk.world.state.settings, pools: [] },
    source: "test",
  });
  desk.world.run(2 * MINUTE);
  desk.world.command({ type: "pool.create", settings: { ...pool, size: 2, hot: 2 }, source: "test" });
  desk.world.run(2 * MINUTE);
  desk.release(desk.acquire({ holder: "bob" }), "save");
  const id = desk.acquire();
  assert.equal(desk.lease(id)?.state, "active");
  desk.world.command({ type: "pool.delete", pool: "ci", force: true, source: "test" });
  assert.equal(desk.cause(id), "its pool was deleted");
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.world.machines.size, desk.world.state.gone.size], [0, 0]);
});
