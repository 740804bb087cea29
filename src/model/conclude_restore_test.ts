/** What answers mean for machines that go back to a checkpoint. */
import assert from "node:assert/strict";
import { HOST_ERROR_CLASSES, type HostErrorClass } from "./calls.ts";
import { conclude, type Result } from "./conclude.ts";
import type { NewEvent } from "./events.ts";
import type { OpId } from "./ids.ts";
import { type PoolSettings, RESUMES_TO_GIVE_UP } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { BOOT, NOW, Stage, testRunner, testSettings, VM } from "./testing/stage.ts";

const RESTORE = { recycle: "restore" } as const satisfies Partial<PoolSettings>;

/** They say nothing of the saved state. */
const PASSING: readonly HostErrorClass[] = ["busy", "unavailable", "access_denied", "timeout"];
const NO_ROOM: readonly HostErrorClass[] = ["out_of_memory", "no_space"];

function resuming(over: Partial<Cycle> = {}): { stage: Stage; cycle: Cycle } {
  const stage = new Stage(testSettings(RESTORE));
  const sealed = { vm: "known", vmId: VM, checkpoint: "clean-1", clean: true } as const;
  return { stage, cycle: stage.cycle({ ...sealed, ...over, phase: "resuming" }) };
}

/** Opens a start and answers it; the events are folded. */
function answer(
  stage: Stage,
  cycle: Cycle,
  result: Result,
  call: "vm.start" | "checkpoint.restore" = "vm.start",
) {
  const op = { id: stage.open(cycle, call), call, openedAt: stage.now };
  const events = conclude(stage.s, cycle, op, result, stage.now);
  for (const event of events) stage.apply(event);
  return events;
}

function types(events: readonly NewEvent[]): string[] {
  return events.map(({ type }) => type);
}

function refused(code: HostErrorClass): Result {
  return { outcome: "failed", code, message: "refused" };
}

for (const code of HOST_ERROR_CLASSES) {
  if (NO_ROOM.includes(code)) {
    Deno.test(`conclude() of ${code} to a resume waits for room and keeps the saved state`, () => {
      const { stage, cycle } = resuming();
      assert.deepEqual(types(answer(stage, cycle, refused(code))), ["starts.paused", "op.closed"]);
      assert.equal(cycle.phase, "resuming");
      assert.equal(cycle.rung, 0);
      assert.ok(stage.s.pausedUntil > stage.now);
    });
    continue;
  }
  if (PASSING.includes(code)) {
    Deno.test(`conclude() of ${code} to a resume tries again and keeps the saved state`, () => {
      const { stage, cycle } = resuming();
      assert.deepEqual(types(answer(stage, cycle, refused(code))), ["op.closed"]);
      assert.equal(cycle.phase, "resuming");
      assert.equal(cycle.rung, 0);
      assert.ok(cycle.notBefore > stage.now);
      assert.deepEqual(stage.step(cycle, "saved"), { step: "open", call: "vm.start" });
    });

    Deno.test(`conclude() of ${code} to a resume gives the machine up at its deadline`, () => {
      const { stage, cycle } = resuming();
      answer(stage, cycle, refused(code));
      stage.now += stage.s.settings.times.retryForMs;
      assert.deepEqual(types(answer(stage, cycle, refused(code))), ["op.closed", "cycle.failed"]);
    });
    continue;
  }
  Deno.test(`conclude() of ${code} to a resume puts it back once more, then gives it up`, () => {
    const { stage, cycle } = resuming({ proven: BOOT });
    const first = answer(stage, cycle, refused(code));
    assert.deepEqual(types(first), ["op.closed", "cycle.resume_failed"]);
    const failed = first[1];
    assert.ok(failed?.type === "cycle.resume_failed");
    assert.deepEqual([failed.data.rung, failed.data.cause], [1, `resume-${code}`]);
    assert.equal(cycle.phase, "sealing");
    assert.equal(cycle.clean, false, "its saved state is not trusted any more");
    assert.equal(cycle.proven, undefined, "nor is what it did earlier in this start of the host");
    assert.equal(stage.s.slots.get("ci/1" as never)?.failures, 0, "the slot pays nothing for the first");

    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "resuming" } });
    const second = answer(stage, cycle, refused(code));
    assert.deepEqual(types(second), ["op.closed", "cycle.failed"]);
    assert.equal(cycle.phase, "retiring");
  });

  Deno.test(`conclude() of ${code} to a resume that went well in between counts from the beginning`, () => {
    const { stage, cycle } = resuming();
    answer(stage, cycle, refused(code));
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "resuming" } });
    answer(stage, cycle, { outcome: "ok", value: { power: "running" } });
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "waiting", proven: BOOT } });
    assert.equal(cycle.rung, 0);
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "resuming" } });
    assert.deepEqual(types(answer(stage, cycle, refused(code))), ["op.closed", "cycle.resume_failed"]);
  });
}

Deno.test("conclude() gives a machine up at the second failed resume", () => {
  assert.equal(RESUMES_TO_GIVE_UP, 2);
});

Deno.test("conclude() of a resume without an answer leaves the rest to the next reading", () => {
  const { stage, cycle } = resuming();
  assert.deepEqual(types(answer(stage, cycle, { outcome: "unknown", message: "no answer" })), ["op.closed"]);
  assert.equal(cycle.phase, "resuming");
  assert.equal(cycle.clean, false, "it may have run");
});

Deno.test("conclude() of a corrupt saved state fails a first start, where there is no checkpoint to go back to", () => {
  const stage = new Stage(testSettings(RESTORE));
  const cycle = stage.cycle({ vm: "known", vmId: VM, phase: "provisioning" });
  const events = answer(stage, cycle, refused("saved_state_corrupt"));
  assert.deepEqual(types(events), ["op.closed", "cycle.failed"]);
});

const used = { used: true, put: true, media: true, seenOnline: true, exit: { use: 1, bye: true } } as const;

Deno.test("conclude() of a good restore makes a used machine clean", () => {
  const { stage, cycle } = resuming(used);
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "sealing" } });
  answer(stage, cycle, { outcome: "ok", value: { power: "saved" } }, "checkpoint.restore");
  const { used: isUsed, clean, put, media, seenOnline, exit } = cycle;
  assert.deepEqual({ isUsed, clean, put, media, seenOnline, exit }, {
    isUsed: false,
    clean: true,
    put: false,
    media: false,
    seenOnline: false,
    exit: undefined,
  });
});

const BAD_ANSWERS: Readonly<Record<string, Result>> = {
  "that was not answered": { outcome: "unknown", message: "no answer" },
  "that was refused": refused("busy"),
  "that is not possible": refused("invalid"),
  "that has no room": refused("no_space"),
};
for (const [what, result] of Object.entries(BAD_ANSWERS)) {
  Deno.test(`conclude() of a restore ${what} leaves the machine used, and not clean`, () => {
    const { stage, cycle } = resuming(used);
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "sealing" } });
    answer(stage, cycle, result, "checkpoint.restore");
    assert.deepEqual([cycle.used, cycle.clean], [true, false]);
  });
}

Deno.test("no other call that goes well makes a machine clean or unused", () => {
  const calls = [
    "vm.start",
    "vm.turnOff",
    "savedState.remove",
    "nic.reconnect",
    "checkpoint.create",
    "media.take",
    "guest.bye",
    "runner.remove",
  ] as const;
  for (const call of calls) {
    const { stage, cycle } = resuming({ ...used, clean: false, runner: testRunner() });
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "claimed" } });
    const op = { id: stage.open(cycle, call), call, openedAt: NOW };
    const result: Result = { outcome: "ok", value: { power: "off", checkpointId: "clean-2" } };
    for (const event of conclude(stage.s, cycle, op, result, NOW)) stage.apply(event);
    assert.deepEqual([cycle.used, cycle.clean], [true, false], call);
  }
});

Deno.test("a machine that is given something is not clean any more, whoever started it", () => {
  for (const call of ["media.put", "disk.inject", "guest.deliver", "vm.start"] as const) {
    const { stage, cycle } = resuming();
    stage.open(cycle, call);
    assert.equal(cycle.clean, false, call);
  }
});

Deno.test("conclude() of 422 or 404 while joining hands the registration over and puts the machine back", () => {
  for (const code of ["busy", "not_found"] as const) {
    const { stage, cycle } = resuming(used);
    cycle.runner = testRunner();
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "joining" } });
    const op = {
      id: stage.open(cycle, "runner.remove") as OpId,
      call: "runner.remove" as const,
      openedAt: NOW,
    };
    const result: Result = { outcome: "failed", code, message: "refused" };
    const events = conclude(stage.s, cycle, op, result, NOW);
    assert.deepEqual(types(events).filter((type) => type !== "cycle.found"), [
      "op.closed",
      "job.started",
      "job.ended",
      "runner.dropped",
      "cycle.recycled",
    ]);
    for (const event of events) stage.apply(event);
    assert.equal(cycle.phase, "sealing");
    assert.equal(cycle.runner, undefined);
    const records = [...stage.s.cycles.values()].filter(({ orphan }) => orphan);
    // One that GitHub does not find at that age is gone by its answer, or is watched until it is.
    assert.equal(records.length, types(events).filter((type) => type === "cycle.found").length);
    if (code === "busy") assert.deepEqual(records.map(({ runner }) => runner?.name), [testRunner().name]);
  }
});
