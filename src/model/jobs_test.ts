import assert from "node:assert/strict";
import type { JobResult } from "./job_result.ts";
import { observe, type Reading } from "./observe.ts";
import { dueReads } from "./readings.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, testRunner, testSettings, VM } from "./testing/stage.ts";
import type { PoolSettings } from "./settings.ts";

const NAME = testRunner().name;
const SAID = { state: "running", repository: "acme/site", runId: "77", attempt: 1, job: "build" } as const;
const RESULT: JobResult = {
  id: 5,
  name: "build (x64)",
  workflow: "ci",
  conclusion: "failure",
  queuedAt: null,
  startedAt: null,
  completedAt: null,
  url: null,
};

function listBusy(stage: Stage): void {
  stage.list([{ id: 7, name: NAME, online: true, busy: true }]);
}

/** A machine that takes a job, and whose guest says which. */
function working(pool: Partial<PoolSettings> = {}): { stage: Stage; cycle: Cycle } {
  const stage = new Stage(testSettings({ size: 1, ...pool }));
  const cycle = stage.cycle({ phase: "online", vm: "known", vmId: VM, used: true, runner: testRunner() });
  listBusy(stage);
  stage.vms([VM, "running"]);
  stage.plan();
  assert.equal(cycle.phase, "claimed");
  says(stage, {});
  stage.plan();
  return { stage, cycle };
}

function says(stage: Stage, over: { exit?: number }): void {
  const base = { asOf: stage.s.seq, beat: 1 };
  const phase = over.exit === undefined ? "running" : "done";
  stage.v.guests.set(VM, {
    asOf: stage.s.seq,
    at: stage.now,
    phase,
    use: 1,
    beat: 2,
    base,
    job: SAID,
    ...over,
  });
}

function observed(stage: Stage, reading: Partial<Extract<Reading, { read: "job" }>>): void {
  const { s, v, work } = stage;
  observe({ s, v, work, emit: stage.apply }, {
    read: "job",
    job: NAME,
    asOf: s.seq,
    at: stage.now,
    ...reading,
  });
}

function jobEvents(stage: Stage): string[] {
  return stage.events.splice(0).map(({ type }) => type).filter((type) => type.startsWith("job."));
}

Deno.test("a job is recorded from its start to its end, with what its guest says once", () => {
  const { stage, cycle } = working();
  assert.deepEqual(jobEvents(stage), ["job.started", "job.named"]);
  says(stage, {});
  stage.plan();
  assert.deepEqual(jobEvents(stage), []);
  stage.vms([VM, "off"]);
  stage.plan();
  assert.deepEqual(jobEvents(stage), ["job.ended"]);
  assert.equal(cycle.job, undefined);
  assert.equal(stage.s.unresolved.get(NAME)?.said.repository, "acme/site");
});

Deno.test("GitHub is asked for a job that ended until it says how, or for ten minutes", () => {
  const { stage } = working();
  stage.vms([VM, "off"]);
  stage.plan();
  const asked = dueReads(stage.s, stage.v, new Map(), stage.now).reads.filter(({ read }) => read === "job");
  assert.equal(asked.length, 1);
  stage.events.length = 0;
  observed(stage, {});
  observed(stage, { result: { ...RESULT, conclusion: null } });
  assert.deepEqual(jobEvents(stage), []);
  observed(stage, { result: RESULT });
  assert.deepEqual(jobEvents(stage), ["job.result"]);
  assert.equal(stage.s.unresolved.size, 0);
});

Deno.test("what GitHub never says, or does not let us ask, ends the question with a reason", () => {
  for (const [refused, later] of [["forbidden: actions", 0], [undefined, 600_001]] as const) {
    const { stage } = working();
    stage.vms([VM, "off"]);
    stage.plan();
    stage.now += later;
    stage.events.length = 0;
    observed(stage, refused === undefined ? {} : { refused });
    assert.deepEqual(jobEvents(stage), ["job.result"]);
  }
});

Deno.test("a machine whose job failed is kept where its pool asks for that, by GitHub's word or the exit code", () => {
  const pool = { holdOnFailureMs: 3_600_000 };
  for (const how of ["result", "exit"]) {
    const { stage, cycle } = working(pool);
    if (how === "exit") {
      says(stage, { exit: 1 });
      stage.plan();
      delete cycle.op;
    }
    stage.vms([VM, "off"]);
    stage.plan();
    if (how === "result") {
      assert.equal(cycle.phase, "claimed");
      assert.equal(stage.v.why.get(cycle.id), "asking GitHub how its job ended");
      observed(stage, { result: RESULT });
      stage.plan();
    }
    assert.equal(cycle.phase, "quarantined", how);
    assert.equal(cycle.until, NOW + 3_600_000);
  }
});

Deno.test("a machine is given up when its job went well, or when GitHub says nothing for a minute", () => {
  const pool = { holdOnFailureMs: 3_600_000 };
  const well = working(pool);
  well.stage.vms([VM, "off"]);
  well.stage.plan();
  observed(well.stage, { result: { ...RESULT, conclusion: "success" } });
  well.stage.plan();
  assert.equal(well.cycle.phase, "retiring");
  const silent = working(pool);
  silent.stage.vms([VM, "off"]);
  silent.stage.plan();
  silent.stage.now += 60_000;
  silent.stage.vms([VM, "off"]);
  silent.stage.plan();
  assert.equal(silent.cycle.phase, "retiring");
});

Deno.test("the history says that a job ended only where the guest or GitHub told it", () => {
  for (const told of ["guest", "GitHub", "nobody"] as const) {
    const { stage, cycle } = working();
    if (told === "GitHub") stage.list([]);
    if (told === "guest") cycle.exit = { use: 1, code: 0, bye: true };
    stage.events.length = 0;
    stage.vms([VM, "off"]);
    stage.plan();
    const causes = stage.events.flatMap((event) => event.type === "job.ended" ? [event.data.cause] : []);
    const untold = "it went off, and nothing had told that its job was over";
    assert.deepEqual(causes, [told === "nobody" ? untold : "its job ended"], told);
  }
});
