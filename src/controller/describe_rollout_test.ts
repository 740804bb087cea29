import assert from "node:assert/strict";
import { statusSchema } from "../api/schemas.ts";
import { rolloutsAfter } from "../model/rollout.ts";
import type { RolloutStatus } from "../model/status.ts";
import { NOW, Stage, testSettings } from "../model/testing/stage.ts";
import { answerRollout } from "./rollout_request.ts";
import { describeRollout } from "./describe_rollout.ts";

/** A pool `ci` of three machines, online, whose labels have changed since. */
function changed(): { stage: Stage; from: string; to: string } {
  const stage = new Stage(testSettings({ size: 3 }));
  const from = generation(stage);
  for (let slot = 1; slot <= 3; slot++) stage.cycle({ phase: "online" }, slot);
  const settings = testSettings({ size: 3, labels: ["self-hosted", "new"] });
  stage.apply({ type: "settings.applied", data: { settings } });
  for (const event of rolloutsAfter(stage.s)) stage.apply(event);
  return { stage, from, to: generation(stage) };
}

function generation(stage: Stage): string {
  return stage.s.pools.get("ci")?.generation ?? "";
}

/** What is said of the pool, checked against the contract. */
function described(stage: Stage): RolloutStatus | null {
  const pool = stage.s.pools.get("ci");
  assert.ok(pool);
  const rollout = describeRollout(stage.s, pool);
  assert.deepEqual(statusSchema.shape.pools.element.shape.rollout.parse(rollout), rollout);
  return rollout;
}

/** Puts a machine of the new generation into a slot. */
function replace(stage: Stage, slot: number) {
  const old = [...stage.s.cycles.values()].find((cycle) => cycle.slot === slot && cycle.phase === "online");
  assert.ok(old);
  stage.apply({ type: "cycle.retired", data: { cycle: old.id, cause: "a new generation is rolled out" } });
  return stage.cycle({}, slot);
}

function ask(stage: Stage, action: "pause" | "resume" | "revert", pool = "ci") {
  return answerRollout(stage.s, { type: "rollout", pool, action, source: "test" }, NOW + 5);
}

Deno.test("describeRollout() says nothing of a pool that is as it was", () => {
  assert.equal(described(new Stage()), null);
});

Deno.test("describeRollout() says what the first machine of a new generation waits for", () => {
  const { stage, from, to } = changed();
  assert.deepEqual(described(stage), {
    to,
    from,
    phase: "canary",
    paused: false,
    failures: 0,
    served: 0,
    since: new Date(NOW).toISOString(),
    why: "its first machine is not made yet",
  });
  const canary = replace(stage, 2);
  assert.match(
    described(stage)?.why ?? "",
    /^its first machine has no job yet: the others follow after one, or 24 hours after it is online/,
  );
  stage.apply({ type: "cycle.phase", data: { cycle: canary.id, phase: "online" } });
  assert.match(
    described(stage)?.why ?? "",
    /^its first machine has no job yet: the others follow after one, or 24 hours after it is online/,
  );
  stage.apply({ type: "cycle.phase", data: { cycle: canary.id, phase: "claimed" } });
  assert.equal(described(stage)?.why, "its first machine runs its first job");
});

Deno.test("describeRollout() counts machines of the new generation, its jobs and its failures", () => {
  const { stage, to } = changed();
  const canary = replace(stage, 1);
  stage.apply({ type: "cycle.phase", data: { cycle: canary.id, phase: "claimed" } });
  stage.apply({ type: "cycle.retired", data: { cycle: canary.id, cause: "its job ended" } });
  stage.apply({ type: "rollout.advanced", data: { pool: "ci", to } });
  stage.cycle({}, 1);
  const failing = replace(stage, 2);
  const data = { cycle: failing.id, cause: "boot-timeout", message: "", notBefore: NOW };
  stage.apply({ type: "cycle.failed", data });
  const rollout = described(stage);
  assert.deepEqual([rollout?.phase, rollout?.served, rollout?.failures], ["rolling", 1, 1]);
  assert.equal(rollout?.why, "1 of 3 machines are of the new generation");
});

Deno.test("describeRollout() says why a generation was taken back", () => {
  const { stage, to } = changed();
  const cause = "2 of its machines came to nothing";
  stage.apply({ type: "rollout.reverted", data: { pool: "ci", to, cause } });
  assert.deepEqual([described(stage)?.phase, described(stage)?.why], ["reverted", cause]);
});

Deno.test("answerRollout() shows how a command leaves the rollout, and leaves the state to the turn", () => {
  const { stage } = changed();
  const before = structuredClone(stage.s);
  const paused = ask(stage, "pause");
  assert.ok(paused.ok);
  assert.equal(paused.rollout.paused, true);
  assert.match(paused.rollout.why, /waits until somebody/);
  const reverted = ask(stage, "revert");
  assert.ok(reverted.ok);
  assert.deepEqual([reverted.rollout.phase, reverted.rollout.why], ["reverted", "asked for by test"]);
  assert.deepEqual(stage.s, before);
});

Deno.test("answerRollout() shows a generation that is tried again from its beginning", () => {
  const { stage, to } = changed();
  stage.apply({ type: "rollout.reverted", data: { pool: "ci", to, cause: "test" } });
  const resumed = ask(stage, "resume");
  assert.ok(resumed.ok);
  assert.deepEqual([resumed.rollout.phase, resumed.rollout.failures], ["canary", 0]);
});

Deno.test("answerRollout() takes a request for what already is", () => {
  const { stage } = changed();
  const resumed = ask(stage, "resume");
  assert.deepEqual(resumed, { ok: true, rollout: described(stage) });
});

Deno.test("answerRollout() refuses unknown pools with the names of those there are, and pools without a rollout", () => {
  const unknown = ask(changed().stage, "pause", "cj");
  assert.ok(!unknown.ok);
  assert.deepEqual([unknown.code, unknown.message], ["not_found", 'There is no pool "cj". There is: ci.']);
  const nothing = ask(new Stage(), "revert");
  assert.ok(!nothing.ok);
  assert.equal(nothing.code, "nothing_rolled_out");
  assert.match(nothing.message, /^Cannot revert a rollout in pool "ci": .*changed configuration/);
});
