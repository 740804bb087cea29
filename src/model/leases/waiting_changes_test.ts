/** Paused leases whose resume waits: that time is theirs, and their holder may pause them again. */
import assert from "node:assert/strict";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import { Desk, MINUTE, SECOND } from "../testing/desk.ts";
import type { LeaseId } from "./lease.ts";

/** What is being tried is answered. */
function settle(desk: Desk): void {
  while (desk.world.open.length > 0) desk.world.answer();
}

/** A lease that was paused after ten minutes, and whose resume waits for what `why` is about. */
function waiting(why: "host" | "quota"): { desk: Desk; id: LeaseId; other?: LeaseId } {
  const quotas = why === "host" ? {} : { quotas: [{ holder: "ann", memoryMb: 4096 }] };
  const desk = new Desk({ size: 2, hot: 2 }, quotas);
  const id = desk.acquire();
  desk.machine(id).machine.content = ["mine"];
  desk.world.run(10 * MINUTE, 10 * SECOND);
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  const other = why === "host" ? undefined : desk.acquire({ idleMs: 600 * MINUTE, totalMs: 600 * MINUTE });
  if (other === undefined) desk.always("vm.start", { code: "out_of_memory" });
  desk.change(id, { kind: "resume" });
  desk.world.run(10 * SECOND);
  settle(desk);
  return { desk, id, ...(other === undefined ? {} : { other }) };
}

for (const why of ["host", "quota"] as const) {
  Deno.test(`a resume that waits for the ${why}'s memory is charged nothing, and goes on with the work`, () => {
    const { desk, id, other } = waiting(why);
    desk.world.run(100 * MINUTE, MINUTE);
    assert.equal(
      desk.lease(id)?.state,
      "changing",
      "longer than the total time, and not too long for a pause",
    );
    if (other === undefined) desk.world.fate = () => "ok";
    else desk.release(other, "reset");
    desk.world.run(2 * MINUTE);
    assert.deepEqual([desk.lease(id)?.state, desk.machine(id).machine.content], ["active", ["mine"]]);
    desk.world.run(19 * MINUTE, MINUTE);
    desk.world.command({ type: "lease.touch", lease: id, at: desk.world.now });
    assert.ok(desk.left(id) > 27 * MINUTE && desk.left(id) <= 32 * MINUTE, `${desk.left(id)}`);
  });

  Deno.test(`a resume that waits for the ${why}'s memory may be paused again, and resumed later`, () => {
    const { desk, id, other } = waiting(why);
    desk.world.run(20 * MINUTE, MINUTE);
    settle(desk);
    desk.change(id, { kind: "pause" });
    assert.equal(desk.lease(id)?.state, "paused");
    assert.match(desk.lease(id)?.failed?.message ?? "", /paused again by test/);
    desk.world.run(60 * MINUTE, MINUTE);
    assert.deepEqual([desk.lease(id)?.state, desk.machine(id).machine.power], ["paused", "saved"]);
    if (other === undefined) desk.world.fate = () => "ok";
    else desk.release(other, "reset");
    desk.world.run(MINUTE);
    assert.equal(desk.lease(id)?.state, "paused", "nobody asks for it any more");
    desk.change(id, { kind: "resume" });
    desk.world.run(MINUTE);
    assert.deepEqual([desk.lease(id)?.state, desk.machine(id).machine.content], ["active", ["mine"]]);
    const { pausedMs = 0 } = desk.lease(id) ?? {};
    assert.ok(pausedMs > 80 * MINUTE && pausedMs < 84 * MINUTE, `${pausedMs}`);
  });
}

Deno.test("a resume that waits for longer than a lease may be paused ends as one", () => {
  const { desk, id } = waiting("host");
  desk.world.run(119 * MINUTE, MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.run(3 * MINUTE);
  assert.equal(desk.cause(id), "it was paused for too long");
});

/** Resumes and pauses in turn, more often than the limit of a pause lasts; where it has ended that stops. */
function takesBack({ desk, id }: { desk: Desk; id: LeaseId }, minutes: number): void {
  for (let minute = 0; minute < minutes && desk.lease(id) !== undefined; minute++) {
    desk.world.run(30 * SECOND);
    settle(desk);
    desk.change(id, { kind: "pause" });
    desk.world.run(30 * SECOND);
    desk.change(id, { kind: "resume" });
  }
}

for (const why of ["host", "quota"] as const) {
  Deno.test(`a resume that waits for the ${why}'s memory and is taken back again and again makes no pause longer`, () => {
    const { desk, id } = waiting(why);
    const left = desk.left(id);
    takesBack({ desk, id }, 110);
    assert.ok(desk.left(id) <= left - 109 * MINUTE, `${desk.left(id)}`);
    takesBack({ desk, id }, 15);
    assert.equal(desk.cause(id), "it was paused for too long");
  });
}

Deno.test("a crash, and a start that was not answered, do not make a pause longer either", () => {
  const { desk, id } = waiting("host");
  takesBack({ desk, id }, 50);
  desk.world.crash(false);
  desk.always("vm.start", { code: "busy" });
  takesBack({ desk, id }, 3);
  desk.always("vm.start", { code: "out_of_memory" });
  takesBack({ desk, id }, 50);
  assert.ok(desk.left(id) <= 17 * MINUTE, `${desk.left(id)}`);
  const read = readSnapshot(writeSnapshot(desk.world.state)).leases.get(id);
  assert.deepEqual(read, desk.lease(id));
  takesBack({ desk, id }, 20);
  assert.equal(desk.cause(id), "it was paused for too long");
});

Deno.test("the limit of a pause counts from its own beginning once the machine was its holder's again", () => {
  const { desk, id, other = assert.fail() } = waiting("quota");
  takesBack({ desk, id }, 60);
  desk.release(other, "reset");
  desk.world.run(2 * MINUTE);
  assert.equal(desk.lease(id)?.state, "active");
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  assert.equal(desk.lease(id)?.state, "paused");
  assert.ok(desk.left(id) > 119 * MINUTE, `${desk.left(id)}`);
});

Deno.test("what begins anew after its start goes on: a resume whose machine is starting cannot be paused", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  desk.change(id, { kind: "resume" });
  assert.equal(desk.world.open[0]?.call, "vm.start");
  desk.change(id, { kind: "pause" });
  assert.deepEqual([desk.lease(id)?.state, desk.lease(id)?.change?.kind], ["changing", "resume"]);
  desk.world.answer();
  assert.equal(desk.lease(id)?.pausedAt, undefined, "its time goes on");
});

Deno.test("a reset of a paused lease that waits for the host's memory is charged nothing", () => {
  const desk = new Desk();
  const id = desk.acquire();
  desk.change(id, { kind: "pause" });
  desk.world.run(10 * SECOND);
  desk.always("vm.start", { code: "out_of_memory" });
  desk.change(id, { kind: "reset" });
  desk.world.run(100 * MINUTE, MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
  desk.world.fate = () => "ok";
  desk.world.run(2 * MINUTE);
  assert.equal(desk.lease(id)?.state, "active");
  assert.ok((desk.lease(id)?.pausedMs ?? 0) > 99 * MINUTE);
});

Deno.test("a machine that somebody starts while its resume waits is its holder's, however long that waited", () => {
  const { desk, id } = waiting("quota");
  const { machine } = desk.machine(id);
  desk.world.run(60 * MINUTE, MINUTE);
  machine.power = "running";
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.lease(id)?.state, machine.content], ["active", ["mine"]]);
});

Deno.test("a crash while a resume waits costs nothing of its time", () => {
  const { desk, id } = waiting("host");
  desk.world.run(30 * MINUTE, MINUTE);
  desk.world.crash(false);
  desk.world.run(60 * MINUTE, MINUTE);
  assert.equal(desk.lease(id)?.state, "changing");
});

Deno.test("a holder's resume that waits for its quota comes before the same holder's newer lease", () => {
  const { desk, id, other = assert.fail() } = waiting("quota");
  const newer = desk.acquire();
  desk.world.run(MINUTE);
  assert.equal(desk.lease(newer)?.state, "queued");
  desk.release(other, "reset");
  desk.world.run(2 * MINUTE);
  assert.deepEqual([desk.lease(id)?.state, desk.lease(newer)?.state], ["active", "queued"]);
});
