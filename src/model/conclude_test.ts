import assert from "node:assert/strict";
import {
  type ForgeErrorClass,
  HOST_ERROR_CLASSES,
  type HostErrorClass,
  type OperationName,
  OPERATIONS,
} from "./calls.ts";
import { conclude, type Result, retryDelayMs } from "./conclude.ts";
import type { NewEvent } from "./events.ts";
import type { Phase } from "./phases.ts";
import { ASK_BUSY_MS, DEFAULT_TIMES } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, testRunner, VM } from "./testing/stage.ts";

const PERMANENT: readonly HostErrorClass[] = [
  "access_denied",
  "saved_state_corrupt",
  "broken_chain",
  "invalid",
];
const NO_ROOM: readonly HostErrorClass[] = ["out_of_memory", "no_space"];
const HOST_CALLS = (Object.keys(OPERATIONS) as OperationName[]).filter((call) =>
  OPERATIONS[call].lane !== "forge"
);

type Closed = Extract<NewEvent, { type: "op.closed" }>["data"];

interface Concluded {
  readonly types: string[];
  readonly closed: Closed;
  readonly events: NewEvent[];
  readonly stage: Stage;
}

function concluded(phase: Phase, call: OperationName, result: Result, over: Partial<Cycle> = {}): Concluded {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "known", vmId: VM, runner: testRunner(), ...over, phase });
  const op = { id: stage.open(cycle, call), call, openedAt: NOW };
  // Opening a registration makes a new one; the case is about the one that it was given.
  if (over.runner !== undefined) cycle.runner = over.runner;
  const events = conclude(stage.s, cycle, op, result, stage.now);
  const closed = events.find((event) => event.type === "op.closed")?.data;
  assert.ok(closed !== undefined && "outcome" in closed, "Every answer closes its operation");
  return { types: events.map(({ type }) => type), closed, events, stage };
}

function failed(code: HostErrorClass | ForgeErrorClass, retryAt?: number): Result {
  return { outcome: "failed", code, message: "refused", ...(retryAt === undefined ? {} : { retryAt }) };
}

for (const code of HOST_ERROR_CLASSES) {
  const ends = PERMANENT.includes(code);
  const paused = NO_ROOM.includes(code);
  const what = ends ? "fails it for good" : paused ? "pauses starts on the whole host" : "is tried again";
  Deno.test(`conclude() of ${code} from a cycle that is made ${what}, whatever the call`, () => {
    for (const call of HOST_CALLS) {
      const { types, closed } = concluded("provisioning", call, failed(code));
      const expected = ends
        ? ["op.closed", "cycle.failed"]
        : paused
        ? ["starts.paused", "op.closed"]
        : ["op.closed"];
      assert.deepEqual(types, expected, call);
      assert.equal(closed.code, code);
      assert.ok((closed.notBefore ?? 0) > NOW, `${call} is tried again without a wait`);
    }
  });

  Deno.test(`conclude() of ${code} from a retiring cycle never gives up`, () => {
    for (const call of ["vm.turnOff", "vm.remove", "dir.remove", "media.take"] as const) {
      const { types, closed } = concluded("retiring", call, failed(code));
      assert.deepEqual(types, paused ? ["starts.paused", "op.closed"] : ["op.closed"], call);
      assert.ok((closed.notBefore ?? 0) > NOW);
    }
  });
}

Deno.test("conclude() fails a cycle whose step was retried until its deadline", () => {
  const retryingSince = NOW - DEFAULT_TIMES.retryForMs;
  const { types, events } = concluded("provisioning", "vm.start", failed("busy"), { retryingSince });
  assert.deepEqual(types, ["op.closed", "cycle.failed"]);
  const failure = events[1];
  assert.ok(failure?.type === "cycle.failed");
  assert.equal(failure.data.cause, "vm.start-busy");
  assert.equal(failure.data.message, "refused");
});

for (const call of Object.keys(OPERATIONS) as OperationName[]) {
  const ends = OPERATIONS[call].unknown === "end-cycle";
  Deno.test(`conclude() of ${call} without an answer ${ends ? "ends a live cycle" : "leaves the rest to the next reading"}`, () => {
    const live = concluded("provisioning", call, { outcome: "unknown", message: "no answer" });
    assert.deepEqual(live.types, ends ? ["op.closed", "cycle.failed"] : ["op.closed"]);
    assert.equal(live.closed.outcome, "unknown");
    assert.ok((live.closed.notBefore ?? 0) > NOW);
    const retiring = concluded("retiring", call, { outcome: "unknown", message: "no answer" });
    assert.deepEqual(retiring.types, ["op.closed"]);
  });
}

Deno.test("conclude() keeps of a good answer what the journal needs, and no secret", () => {
  const made = concluded("provisioning", "vm.create", { outcome: "ok", value: { vmId: VM } }).closed;
  assert.deepEqual(made.learnt, { vmId: VM, power: "off" });
  const started =
    concluded("provisioning", "vm.start", { outcome: "ok", value: { power: "running" } }).closed;
  assert.deepEqual(started.learnt, { power: "running" });
  const removed = concluded("retiring", "vm.remove", { outcome: "ok", value: {} }).closed;
  assert.deepEqual(removed.learnt, { power: "absent" });
  const { closed, events } = concluded("waiting", "runner.register", {
    outcome: "ok",
    value: { runnerId: 9, credentials: { kind: "jit", jitConfig: "top-secret" } },
  });
  assert.deepEqual(closed.learnt, { runnerId: 9 });
  assert.ok(!JSON.stringify(events).includes("top-secret"));
});

Deno.test("conclude() shortens what a host says to a length that cannot fill the journal", () => {
  const { closed } = concluded("retiring", "vm.remove", {
    outcome: "failed",
    code: "unknown",
    message: "x".repeat(5_000),
  });
  assert.equal(closed.message?.length, 500);
});

Deno.test("conclude() of 404 for a young registration asks again when it is old", () => {
  const registeredAt = NOW - 30_000;
  const runner = testRunner({ registeredAt });
  const { closed } = concluded("retiring", "runner.remove", failed("not_found"), { runner, used: true });
  assert.equal(closed.missing, undefined);
  assert.equal(closed.notBefore, registeredAt + DEFAULT_TIMES.youngMs);
});

Deno.test("conclude() of 404 for an old registration takes it for gone", () => {
  const runner = testRunner({ registeredAt: NOW - DEFAULT_TIMES.youngMs });
  const { closed } = concluded("retiring", "runner.remove", failed("not_found"), { runner, used: true });
  assert.equal(closed.missing, true);
});

Deno.test("conclude() of 422 asks again later and takes nothing for gone", () => {
  const { closed, types } = concluded("retiring", "runner.remove", failed("busy"));
  assert.deepEqual(types, ["op.closed"]);
  assert.equal(closed.missing, undefined);
  assert.equal(closed.notBefore, NOW + ASK_BUSY_MS);
});

Deno.test("conclude() of a removal while joining tells whether the machine served", () => {
  const served = (result: Result) => concluded("joining", "runner.remove", result).types;
  const job = ["job.started", "job.ended"];
  assert.deepEqual(served(failed("busy")), ["op.closed", ...job, "cycle.retired"]);
  assert.deepEqual(served(failed("not_found")), ["op.closed", ...job, "cycle.retired"]);
  assert.deepEqual(served({ outcome: "ok", value: {} }), ["op.closed", "cycle.failed"]);
  assert.deepEqual(served(failed("unavailable")), ["op.closed"]);
});

for (
  const code of [
    "unauthorized",
    "forbidden",
    "suspended",
    "not_found",
    "conflict",
    "invalid",
    "rate_limited",
    "unavailable",
  ] as const
) {
  Deno.test(`conclude() of ${code} to a registration is tried again and costs no cycle`, () => {
    const { types, closed } = concluded("waiting", "runner.register", failed(code));
    assert.deepEqual(types, ["op.closed"]);
    assert.equal(closed.missing, undefined);
    assert.ok((closed.notBefore ?? 0) > NOW);
  });
}

Deno.test("conclude() waits as long as GitHub says", () => {
  const { closed } = concluded("retiring", "runner.remove", failed("rate_limited", NOW + 600_000));
  assert.equal(closed.notBefore, NOW + 600_000);
});

Deno.test("conclude() makes the pause of a host longer each time, up to a minute", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "provisioning", vm: "known", vmId: VM });
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const id = stage.open(cycle, "vm.start");
    for (
      const event of conclude(
        stage.s,
        cycle,
        { id, call: "vm.start", openedAt: stage.now },
        failed("out_of_memory"),
        stage.now,
      )
    ) {
      stage.apply(event);
    }
    waits.push(stage.s.pausedUntil - stage.now);
    stage.now = stage.s.pausedUntil;
  }
  assert.deepEqual(waits, [4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

Deno.test("retryDelayMs() doubles from half a second to fifteen, at most a fifth longer", () => {
  const stage = new Stage();
  const cycle = stage.cycle();
  for (let attempts = 0; attempts < 40; attempts++) {
    cycle.attempts = attempts;
    const base = Math.min(15_000, 500 * 2 ** attempts);
    const delay = retryDelayMs(stage.s, cycle);
    assert.ok(delay >= base && delay <= base * 1.2, `${delay} after ${attempts} attempts`);
  }
});
