import assert from "node:assert/strict";
import { Desk, MINUTE, SECOND } from "../testing/desk.ts";
import { leaseEnd } from "./lease.ts";

Deno.test("a lease is paused and resumed: its machine is saved, and is as it was", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.change(id, { kind: "pause" });
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.run(10 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.power], ["paused", "saved"]);
  desk.change(id, { kind: "resume" });
  desk.world.run(10 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.power, machine.content], ["active", "running", ["mine"]]);
});

Deno.test("paused time is charged neither to the idle time nor to the total time", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.world.run(10 * MINUTE, 10 * SECOND);
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  const total = desk.world.now;
  desk.world.run(100 * MINUTE, MINUTE);
  desk.change(id, { kind: "resume" });
  const pausedMs = desk.lease(id)?.pausedMs ?? 0;
  assert.ok(pausedMs >= 100 * MINUTE && pausedMs <= desk.world.now - total + 10 * SECOND);
  desk.world.run(10 * SECOND);
  // The idle clock begins anew; of the total time ten minutes are over.
  assert.ok(desk.left(id) > 29 * MINUTE && desk.left(id) <= 30 * MINUTE);
  desk.world.command({ type: "lease.touch", lease: id, at: desk.world.now });
  desk.world.run(25 * MINUTE, MINUTE);
  desk.world.command({ type: "lease.touch", lease: id, at: desk.world.now });
  assert.ok(desk.left(id) > 24 * MINUTE && desk.left(id) < 25 * MINUTE);
});

Deno.test("a lease that is paused for too long ends, and its machine goes back", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  desk.world.run(121 * MINUTE, MINUTE / 2);
  assert.equal(desk.cause(id), "it was paused for too long");
  desk.world.run(MINUTE);
  assert.deepEqual(machine.content, []);
});

Deno.test("with onIdle `save` a silent holder's lease is paused instead of ended, and nobody asked for it", () => {
  const desk = new Desk();
  const id = desk.acquire({ onIdle: "save", idleMs: 5 * MINUTE });
  desk.world.run(6 * MINUTE);
  assert.equal(desk.lease(id)?.state, "paused");
  const changing = desk.world.events.find(({ type }) => type === "lease.changing");
  assert.equal(changing?.type === "lease.changing" && "source" in changing.data, false);
});

Deno.test("a heartbeat resumes what silence has paused, and leaves what its holder has paused", () => {
  const desk = new Desk();
  const id = desk.acquire({ onIdle: "save", idleMs: 5 * MINUTE });
  const beat = () => {
    desk.world.command({ type: "lease.touch", lease: id, at: desk.world.now });
    desk.world.run(10 * SECOND);
    return desk.lease(id)?.state;
  };
  desk.world.run(6 * MINUTE);
  assert.equal(desk.lease(id)?.state, "paused");
  assert.equal(beat(), "active");
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  assert.equal(beat(), "paused");
});

Deno.test("onIdle `save` ends the lease where its machine cannot be saved", () => {
  const desk = new Desk();
  const id = desk.acquire({ onIdle: "save" });
  const lease = desk.lease(id) ?? assert.fail();
  assert.equal(leaseEnd(desk.world.state, lease, undefined).pause, true);
  const pool = desk.world.state.pools.get("ci") ?? assert.fail();
  const { recycle: _, ...cold } = pool.settings;
  pool.settings = cold;
  assert.equal(leaseEnd(desk.world.state, lease, undefined).pause, undefined);
});

Deno.test("a change that lasts is not ended by the idle clock, but by the total one", () => {
  const desk = new Desk();
  const id = desk.acquire({ idleMs: MINUTE, totalMs: 4 * MINUTE });
  desk.always("vm.save", { code: "busy" });
  desk.change(id, { kind: "pause" });
  desk.world.run(3 * MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.run(2 * MINUTE);
  assert.equal(desk.cause(id), "its time was over");
});

Deno.test("what cannot be saved runs on, and its holder is told why", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  desk.next("vm.save", { code: "no_space" });
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  const { state, failed } = desk.lease(id) ?? {};
  assert.deepEqual([state, failed?.message, machine.power], ["active", "the host said so", "running"]);
  assert.equal(desk.world.events.some(({ type }) => type === "starts.paused"), false);
});

Deno.test("reset puts the machine back to its clean checkpoint under the same lease, and it counts as used", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine, cycle } = desk.machine(id);
  machine.content = ["mine"];
  desk.change(id, { kind: "reset" });
  desk.world.run(10 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.power, machine.content], ["active", "running", []]);
  assert.deepEqual([cycle.phase, cycle.used, cycle.clean], ["claimed", true, false]);
});

Deno.test("a holder makes checkpoints and goes back to them; afterwards the machine is made anew", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine, cycle } = desk.machine(id);
  machine.content = ["one"];
  desk.change(id, { kind: "checkpoint", name: "a" });
  desk.world.run(5 * SECOND);
  assert.deepEqual(desk.lease(id)?.checkpoints.map(({ name }) => name), ["a"]);
  machine.content = ["one", "two"];
  desk.change(id, { kind: "restore", name: "a" });
  desk.world.run(10 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.content], ["active", ["one"]]);
  desk.release(id, "reset");
  desk.world.run(MINUTE);
  assert.equal(desk.world.state.cycles.has(cycle.id), false);
  const [fresh] = desk.world.machines.values();
  assert.deepEqual([...fresh?.checkpoints.values() ?? []].map(({ name }) => name), ["clean"]);
});

Deno.test("a checkpoint whose answer does not come is not made twice, and the machine goes on", () => {
  for (const fate of ["lost answer", "never came"] as const) {
    const desk = new Desk();
    const id = desk.acquire();
    const { machine, cycle } = desk.machine(id);
    desk.next("checkpoint.create", fate);
    desk.change(id, { kind: "checkpoint", name: "a" });
    desk.world.run(5 * SECOND);
    const { state, failed, checkpoints } = desk.lease(id) ?? {};
    assert.deepEqual([state, checkpoints, machine.power], ["active", [], "running"]);
    assert.match(failed?.message ?? "", /did not answer/);
    assert.equal(machine.checkpoints.size, fate === "lost answer" ? 2 : 1);
    desk.release(id, "reset");
    desk.world.run(MINUTE);
    assert.equal(
      desk.world.state.cycles.has(cycle.id),
      false,
      "whoever comes next could find the checkpoint",
    );
  }
});

Deno.test("a checkpoint that is refused for want of space leaves the machine as it was", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.next("checkpoint.create", { code: "no_space" });
  desk.change(id, { kind: "checkpoint", name: "a" });
  desk.world.run(5 * SECOND);
  const { state, failed } = desk.lease(id) ?? {};
  assert.deepEqual([state, failed], ["active", {
    change: { kind: "checkpoint", name: "a" },
    message: "the host said so",
  }]);
});

Deno.test("a checkpoint for which the host's disk has no room is not begun, and says what is lacking", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { memoryMb } = desk.world.state.settings.pools[0]?.template ?? assert.fail();
  const ask = (freeMb: number, name: string) => {
    desk.world.volumes = [{ root: "D:\\", freeMb }];
    desk.world.run(MINUTE);
    desk.change(id, { kind: "checkpoint", name });
    desk.world.run(5 * SECOND);
    return desk.lease(id);
  };
  // Its own saved state is promised, and 5 GiB stay free.
  const enough = 2 * memoryMb + 5 * 1_024;
  const refused = ask(enough - 1, "a");
  assert.deepEqual([refused?.state, refused?.checkpoints], ["active", []]);
  assert.match(
    refused?.failed?.message ?? "",
    /no room for it on D:\\: a checkpoint needs 4096 MiB, 4095 MiB are free/,
  );
  assert.deepEqual(ask(enough, "b")?.checkpoints.map(({ name }) => name), ["b"]);
});

Deno.test("a saved state that cannot be resumed ends the lease, and says so; nobody is given what is left", () => {
  const desk = new Desk();
  const id = desk.acquire({ release: "save" });
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  desk.next("vm.start", { code: "saved_state_corrupt" });
  desk.change(id, { kind: "resume" });
  desk.world.run(MINUTE);
  assert.match(desk.cause(id) ?? "", /could not be resumed: the host said so/);
  assert.deepEqual(machine.content, []);
});

Deno.test("a resume that is refused for something that passes is tried again, then the lease is paused as it was", () => {
  const desk = new Desk({}, {});
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  desk.always("vm.start", { code: "unavailable" });
  desk.change(id, { kind: "resume" });
  desk.world.run(4 * MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.lease(id)?.state, machine.power, machine.content], ["paused", "saved", ["mine"]]);
});

Deno.test("a resume waits for the host's memory, however long that takes", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  desk.always("vm.start", { code: "out_of_memory" });
  desk.change(id, { kind: "resume" });
  desk.world.run(15 * MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.fate = () => "ok";
  desk.world.run(2 * MINUTE);
  assert.equal(desk.lease(id)?.state, "active");
});

Deno.test("a crash in the middle of a change goes on with it, whether the call landed or not", () => {
  for (const lands of [true, false]) {
    for (const kind of ["pause", "reset"] as const) {
      const desk = new Desk();
      const id = desk.acquire();
      desk.change(id, { kind });
      desk.world.crash(lands);
      desk.world.run(MINUTE);
      assert.equal(desk.lease(id)?.state, kind === "pause" ? "paused" : "active");
    }
  }
});

Deno.test("a parked machine is its holder's next one, before everybody's turn, and nobody else's", () => {
  for (const how of ["save", "keep"] as const) {
    const desk = new Desk();
    const first = desk.acquire();
    const { machine, cycle } = desk.machine(first);
    machine.content = ["mine"];
    desk.release(first, how);
    const bob = desk.acquire({ holder: "bob", priority: 100 });
    desk.world.run(10 * SECOND);
    assert.equal(machine.power, how === "save" ? "saved" : "running");
    assert.equal(desk.lease(bob)?.state, "queued");
    const again = desk.acquire();
    desk.world.run(10 * SECOND);
    const { state, origin } = desk.lease(again) ?? {};
    assert.deepEqual([state, origin, desk.machine(again).cycle.id], ["active", "restored", cycle.id]);
    assert.deepEqual([machine.content, machine.power, cycle.parked], [["mine"], "running", undefined]);
    assert.equal(desk.lease(bob)?.state, "queued");
  }
});

Deno.test("a machine whose holder does not come back in time is put back, and others get it", () => {
  const desk = new Desk();
  const first = desk.acquire();
  const { machine } = desk.machine(first);
  machine.content = ["mine"];
  desk.release(first, "save");
  const bob = desk.acquire({ holder: "bob" });
  desk.world.run(11 * MINUTE);
  const { state } = desk.lease(bob) ?? {};
  assert.deepEqual([state, machine.content], ["active", []]);
});

Deno.test("a paused lease that is released with save or keep stays saved", () => {
  for (const how of ["save", "keep"] as const) {
    const desk = new Desk();
    const id = desk.acquire();
    const { machine } = desk.machine(id);
    desk.change(id, { kind: "pause" });
    desk.world.run(5 * SECOND);
    desk.release(id, how);
    desk.world.run(MINUTE);
    assert.equal(machine.power, "saved");
  }
});

Deno.test("checkpoints of a parked machine are the next lease's, and a second one may be parked", () => {
  const desk = new Desk({ size: 2, hot: 2 });
  const [one, two] = [desk.acquire(), desk.acquire()];
  desk.change(one, { kind: "checkpoint", name: "a" });
  desk.world.run(5 * SECOND);
  desk.release(one, "save");
  desk.world.run(5 * SECOND);
  desk.release(two, "save");
  desk.world.run(5 * SECOND);
  const again = [desk.acquire(), desk.acquire()];
  desk.world.run(10 * SECOND);
  assert.deepEqual(again.map((id) => desk.lease(id)?.checkpoints.map(({ name }) => name)), [["a"], []]);
  assert.deepEqual(again.map((id) => desk.lease(id)?.origin), ["restored", "restored"]);
});

Deno.test("a parked machine that cannot be resumed is lost, and its holder gets another one", () => {
  const desk = new Desk({ size: 2, hot: 1 });
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.content = ["mine"];
  desk.release(id, "save");
  desk.world.run(30 * SECOND);
  const again = desk.acquire();
  desk.next("vm.start", { code: "saved_state_corrupt" });
  desk.world.run(MINUTE);
  const { state, origin } = desk.lease(again) ?? {};
  assert.equal(state, "active");
  assert.notEqual(origin, "restored");
  assert.deepEqual(desk.machine(again).machine.content, []);
});

Deno.test("whoever gives up before a parked machine is resumed finds it parked again; with destroy it is not", () => {
  for (const release of ["destroy", undefined] as const) {
    const desk = new Desk();
    const id = desk.acquire();
    const { cycle } = desk.machine(id);
    desk.release(id, "save");
    desk.world.run(30 * SECOND);
    desk.always("vm.start", { code: "out_of_memory" });
    const again = desk.acquire({ waitMs: MINUTE });
    desk.world.run(10 * SECOND);
    assert.equal(desk.lease(again)?.state, "starting");
    if (release !== undefined) desk.release(again, release);
    desk.world.run(6 * MINUTE);
    assert.equal(desk.cause(again), release === undefined ? "no machine was ready in time" : "done");
    const { parked } = desk.world.state.cycles.get(cycle.id) ?? {};
    assert.equal(parked?.holder, release === undefined ? "ann" : undefined);
  }
});

Deno.test("a resume takes a place among those that boot until its guest goes on", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  machine.mute = true;
  desk.change(id, { kind: "resume" });
  desk.world.run(20 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, desk.world.state.booting], ["changing", 1]);
  machine.mute = false;
  desk.world.run(10 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, desk.world.state.booting], ["active", 0]);
});

Deno.test("a paused lease outlives a drain of its pool, and its machine goes once nobody is waited for", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine, cycle } = desk.machine(id);
  desk.change(id, { kind: "pause" });
  desk.world.run(5 * SECOND);
  desk.world.command({ type: "cordon", pool: "ci", drain: true, source: "test" });
  desk.world.run(5 * MINUTE);
  assert.deepEqual([desk.lease(id)?.state, machine.power], ["paused", "saved"]);
  desk.release(id, "save");
  desk.world.run(MINUTE);
  assert.equal(cycle.parked?.holder, "ann", "what she left is kept for as long as was said");
  desk.world.run(11 * MINUTE, 5 * SECOND);
  assert.equal(desk.world.state.cycles.has(cycle.id), false);
});

Deno.test("a leased machine that somebody saves counts as paused, and its holder can resume it", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  machine.power = "saved";
  desk.world.run(15 * SECOND);
  assert.equal(desk.lease(id)?.state, "paused");
  desk.change(id, { kind: "resume" });
  desk.world.run(15 * SECOND);
  assert.deepEqual([desk.lease(id)?.state, machine.power], ["active", "running"]);
});

Deno.test("whoever waits for a saved machine that the host has no room for waits as long as they said, and the time of a start", () => {
  const desk = new Desk({ hot: 0 });
  desk.always("vm.start", { code: "out_of_memory" });
  const id = desk.acquire({ waitMs: MINUTE });
  desk.world.run(2 * SECOND);
  assert.equal(desk.lease(id)?.state, "starting");
  desk.world.run(4 * MINUTE);
  assert.equal(desk.lease(id)?.state, "starting");
  desk.world.run(2 * MINUTE);
  assert.equal(desk.cause(id), "no machine was ready in time");
  desk.world.fate = () => "ok";
  desk.world.run(5 * MINUTE);
  assert.deepEqual([...desk.world.state.cycles.values()].map(({ phase }) => phase), ["standby"]);
});

Deno.test("a machine that is to be parked and finds no space runs on until there is some, and holds up nobody", () => {
  const desk = new Desk();
  const id = desk.acquire();
  const { machine } = desk.machine(id);
  desk.always("vm.save", { code: "no_space" });
  desk.release(id, "save");
  desk.world.run(MINUTE);
  assert.equal(machine.power, "running");
  assert.equal(desk.world.events.some(({ type }) => type === "starts.paused"), false);
  desk.world.fate = () => "ok";
  desk.world.run(MINUTE);
  assert.equal(machine.power, "saved");
});
