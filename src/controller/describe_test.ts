import assert from "node:assert/strict";
import { statusSchema } from "../api/schemas.ts";
import { decide } from "../model/decide.ts";
import { NOW, SCOPE, Stage, testRunner, testSettings, VM } from "../model/testing/stage.ts";
import type { Status } from "../model/status.ts";
import { describe } from "./describe.ts";

function described(stage: Stage, rate?: { limit: number; remaining: number; resetAt: number }): Status {
  const status = describe(stage.s, stage.v, {
    version: "1.2.3",
    startedAt: NOW - 1_000,
    now: stage.now,
    rate: () => rate,
  });
  assert.deepEqual(statusSchema.strict().parse(status), status, "The status is not what the contract says");
  return status;
}

/** One machine in each phase. */
function manyPhases(): Stage {
  const stage = new Stage(testSettings({ size: 6 }));
  stage.cycle({}, 1);
  stage.cycle({ phase: "joining", vm: "known", vmId: VM, runner: testRunner() }, 2);
  stage.cycle({ phase: "online" }, 3);
  stage.cycle({ phase: "claimed" }, 4);
  const failed = stage.cycle({}, 5);
  stage.apply({
    type: "cycle.failed",
    data: { cycle: failed.id, cause: "boot-timeout", message: "", notBefore: NOW },
  });
  const kept = stage.cycle({ vm: "known" }, 6);
  const until = NOW + 1_000;
  stage.apply({
    type: "cycle.quarantined",
    data: { cycle: kept.id, cause: "boot-timeout", message: "", notBefore: NOW, until },
  });
  return stage;
}

Deno.test("describe() is what the contract says, at the very beginning and with a pool in every phase", () => {
  described(new Stage());
  described(manyPhases());
});

Deno.test("describe() counts slots that are ready, claimed, starting and failed", () => {
  const [pool] = described(manyPhases()).pools;
  assert.deepEqual(pool, {
    name: "ci",
    kind: "runner",
    size: 6,
    ready: 1,
    claimed: 1,
    standby: 0,
    parked: 0,
    off: 0,
    queued: 0,
    created: false,
    cold: null,
    starting: 2,
    // The machine that is kept, its slot, and the slot that waits.
    failed: 3,
    why: null,
    configuredSize: 6,
    cordon: null,
    rollout: null,
    image: {
      template: "default",
      builtAt: null,
      runner: null,
      runnerLatest: null,
      outdatedSince: null,
      expiresAt: null,
      level: "ok",
      why: null,
    },
  });
});

Deno.test("describe() does not call a runner ready that GitHub shows offline", () => {
  const stage = new Stage();
  stage.cycle({ phase: "online", runner: testRunner() });
  stage.list([], { offlineSince: new Map([[testRunner().name, NOW]]) });
  const [pool] = described(stage).pools;
  assert.deepEqual([pool?.ready, pool?.starting], [0, 1]);
});

Deno.test("describe() says of each VM what it is called, where it is and why it waits", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "online", vm: "known", vmId: VM, runner: testRunner() });
  stage.vms([VM, "running"]);
  stage.v.why.set(cycle.id, "waiting for a job");
  assert.deepEqual(described(stage).vms, [{
    id: VM,
    name: "runner-1",
    pool: "ci",
    slot: 1,
    cycle: "ci/1.1",
    phase: "online",
    power: "running",
    since: new Date(NOW).toISOString(),
    runner: testRunner().name,
    failures: 0,
    generation: cycle.generation,
    job: null,
    lease: null,
    parked: null,
    memoryMb: null,
    uptimeSeconds: null,
    savedStateMb: null,
    resumedAt: null,
    address: null,
    heldUntil: null,
    why: "waiting for a job",
  }]);
});

Deno.test("describe() leaves out what is gone from the host and only waits for GitHub", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ runner: testRunner() });
  stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause: "its job ended" } });
  assert.deepEqual(described(stage).vms, []);
});

Deno.test("describe() says why a pool of size 0 does nothing", () => {
  assert.match(described(new Stage(testSettings({ size: 0 }))).pools[0]?.why ?? "", /paused/);
});

Deno.test("describe() tells the controller's state: starting, running, draining, stopping", () => {
  const stage = new Stage();
  assert.equal(described(stage).controller.state, "starting");
  stage.vms();
  assert.equal(described(stage).controller.state, "running");
  stage.apply({ type: "controller.stopping", data: { drain: true, source: "test" } });
  assert.equal(described(stage).controller.state, "draining");
  stage.apply({ type: "controller.stopping", data: { drain: false, source: "test" } });
  assert.equal(described(stage).controller.state, "stopping");
});

Deno.test("describe() tells GitHub's state and why it fails", () => {
  const stage = new Stage();
  assert.equal(described(stage).github.state, "unknown");
  stage.list([]);
  assert.equal(described(stage).github.state, "ok");
  stage.list([], { failing: { since: NOW, code: "unavailable", message: "503 Service Unavailable" } });
  assert.deepEqual(described(stage).github, { state: "failing", why: "503 Service Unavailable", rate: null });
});

Deno.test("describe() tells the scarcest rate", () => {
  const stage = new Stage();
  const [pool] = stage.s.settings.pools;
  assert.ok(pool !== undefined);
  const other = { ...pool, name: "two", scope: "orgs/two" as typeof SCOPE };
  stage.apply({
    type: "settings.applied",
    data: { settings: { ...stage.s.settings, pools: [pool, other] } },
  });
  const status = describe(stage.s, stage.v, {
    version: "1.2.3",
    startedAt: NOW,
    now: NOW,
    rate: (scope) => ({ limit: 5_000, remaining: scope === SCOPE ? 4_000 : 3_000, resetAt: NOW }),
  });
  assert.equal(status.github.rate?.remaining, 3_000);
});

Deno.test("describe() says who holds a machine, through what and why, before its job has ended and after", () => {
  const hold = {
    until: NOW + 60_000,
    source: "api (hvpool vm hold)",
    actor: "root@vm",
    reason: "flaky test",
  };
  const held = "held by root@vm, through api (hvpool vm hold): flaky test";
  const why = (stage: Stage) => described(stage).vms[0]?.why;

  const busy = new Stage();
  const cycle = busy.cycle({ phase: "claimed", vm: "known", vmId: VM, runner: testRunner() });
  for (const event of decide(busy.s, { type: "vm.hold", cycle: cycle.id, ...hold })) busy.apply(event);
  assert.equal(why(busy), held);
  busy.apply({
    type: "cycle.kept",
    data: { cycle: cycle.id, cause: "its runner has ended", until: hold.until },
  });
  assert.equal(why(busy), `${held}; its runner has ended`);

  const idle = new Stage();
  const other = idle.cycle({ phase: "online", vm: "known", vmId: VM, runner: testRunner() });
  for (const event of decide(idle.s, { type: "vm.hold", cycle: other.id, ...hold })) idle.apply(event);
  const kept = idle.events.find(({ type }) => type === "cycle.kept");
  assert.equal(kept?.type === "cycle.kept" && kept.data.cause, held);
  assert.equal(why(idle), held);
  // As an earlier version wrote it.
  other.cause = "held by root@vm, through api (hvpool vm hold)";
  assert.equal(why(idle), held);
});
