import assert from "node:assert/strict";
import type { Lease, LeaseId } from "../model/leases/lease.ts";
import type { Phase } from "../model/phases.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { Cycle } from "../model/state.ts";
import { BOOT, NOW, Stage, testSettings, VM } from "../model/testing/stage.ts";
import type { MaintenanceRequest } from "../ports/operations.ts";
import type { Prepared } from "./maintenance_answer.ts";
import { prepareMaintenance } from "./maintenance_request.ts";
import type { WishRequest } from "./wish_request.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 1,
  agent: { desktop: false, idleMs: 600_000, totalMs: 3_600_000, max: 4 },
};

function stageOf(phase: Phase, over: Partial<Cycle> = {}, pool: Partial<PoolSettings> = AGENT): Stage {
  const stage = new Stage(testSettings(pool));
  stage.vms();
  stage.cycle({ phase, vm: "known", vmId: VM, checkpoint: "c", proven: BOOT, ...over });
  return stage;
}

function ask(stage: Stage, action: WishRequest["action"], more: object = {}): Prepared {
  const request = { action, vm: "runner-1", source: "ann", ...more } as MaintenanceRequest;
  return prepareMaintenance(stage.s, request, NOW);
}

/** A lease of the one machine. */
function leased(state: Lease["state"], release: Lease["release"] = "reset"): Stage {
  const stage = stageOf("claimed");
  const lease = `l-${"0".repeat(26)}` as LeaseId;
  const data = {
    pool: "ci",
    holder: "bob",
    priority: 0,
    labels: {},
    waitMs: 1,
    idleMs: 1,
    totalMs: 1,
    keepMs: 1,
  };
  stage.apply({
    type: "lease.requested",
    data: { lease, ...data, release, onIdle: "release", source: "bob" },
  });
  const cycle = [...stage.s.cycles.values()][0] ?? assert.fail();
  stage.apply({ type: "lease.assigned", data: { lease, cycle: cycle.id, origin: "hot" } });
  const there = stage.s.leases.get(lease) ?? assert.fail();
  there.state = state;
  if (state === "changing") there.change = { kind: "pause" };
  return stage;
}

const IDLE = [
  ["wake", "awake", /is resumed, and kept awake until it is leased or saved\.$/],
  ["save", "saved", /goes back to its saved state, and is resumed for a lease only\.$/],
  ["reset", "reset", /is put back to its clean checkpoint and proven anew\.$/],
  ["stop", "off", /is turned off and kept off: nobody gets it until `vm prepare`/],
] as const;

for (const [action, wish, says] of IDLE) {
  Deno.test(`prepareMaintenance() records ${action} of an idle machine, with who asked and why`, () => {
    const { answer, command } = ask(stageOf("standby"), action, { reason: "a look" });
    assert.deepEqual(command, {
      type: "vm.wish",
      cycle: "ci/1.1",
      wish,
      force: false,
      source: "ann",
      reason: "a look",
    });
    assert.deepEqual([answer.ok, answer.ok && answer.changed, answer.ok && answer.cycle], [
      true,
      true,
      "ci/1.1",
    ]);
    assert.match(answer.message, says);
  });
}

Deno.test("prepareMaintenance() says that what is asked for is so already", () => {
  const stage = stageOf("standby", { wish: { what: "saved", source: "x" } });
  const { answer, command } = ask(stage, "save");
  assert.equal(command, undefined);
  assert.match(answer.message, /^Nothing changes: runner-1 \(ci\/1\.1\) goes back/);
});

Deno.test("prepareMaintenance() starts what is off, and leaves what is ready as it is", () => {
  assert.match(ask(stageOf("provisioning"), "prepare").answer.message, /is made ready; `hvpool vm info`/);
  assert.match(ask(stageOf("online"), "prepare").answer.message, /is ready: it is online\.$/);
});

const CHANGES = [
  ["wake", "paused", "resume"],
  ["save", "active", "pause"],
  ["reset", "active", "reset"],
  ["reset", "paused", "reset"],
] as const;

for (const [action, state, kind] of CHANGES) {
  Deno.test(`prepareMaintenance() makes ${action} of a machine under a lease that is ${state} a ${kind} of it`, () => {
    const { answer, command } = ask(leased(state), action, { reason: "memory" });
    assert.deepEqual(command, {
      type: "lease.change",
      lease: `l-${"0".repeat(26)}`,
      change: { kind },
      source: "ann",
      reason: "memory",
    });
    assert.equal(answer.ok, true);
  });
}

Deno.test("prepareMaintenance() has nothing to do where a lease is so already", () => {
  for (const [action, state] of [["wake", "active"], ["save", "paused"], ["save", "changing"]] as const) {
    const { answer, command } = ask(leased(state), action);
    assert.deepEqual([answer.ok && answer.changed, command], [false, undefined], action);
    assert.match(answer.message, /^Nothing changes: /);
  }
});

Deno.test("prepareMaintenance() refuses what would get in the way of a lease", () => {
  assert.match(
    ask(leased("changing"), "reset").answer.message,
    /^The pause of lease l-0+ is not over yet/,
  );
  assert.match(ask(leased("starting"), "save").answer.message, /has no machine yet/);
  assert.match(
    ask(leased("active"), "prepare").answer.message,
    /^bob has runner-1 .* as ready as its holder left it/,
  );
  assert.match(
    ask(leased("active"), "stop").answer.message,
    /^bob has runner-1 .*--force ends the lease.*vm save/,
  );
});

Deno.test("prepareMaintenance() turns a leased machine off by force, and says whose lease ends", () => {
  const { answer, command } = ask(leased("active"), "stop", { force: true });
  assert.ok(command?.type === "vm.wish" && command.force);
  assert.match(answer.message, /is turned off and kept off.* The lease l-0+ of bob ends\.$/);
  const destroyed = ask(leased("paused", "destroy"), "stop", { force: true });
  assert.match(destroyed.answer.message, /is removed, as its lease says, and made anew\. The lease/);
});

Deno.test("prepareMaintenance() destroys and recreates a leased machine by force only", () => {
  for (const action of ["destroy", "recreate"] as const) {
    const request = { action, vm: "runner-1", source: "ann" } as const;
    const { answer, command } = prepareMaintenance(leased("active").s, request, NOW);
    assert.equal(command, undefined);
    assert.match(
      answer.message,
      /^bob has runner-1 .* under the lease l-0+\. --force ends it at once; `hvpool lease force/,
    );
    const forced = prepareMaintenance(leased("active").s, { ...request, force: true }, NOW);
    assert.equal(forced.command?.type, "vm.retire");
  }
});

Deno.test("prepareMaintenance() leaves a parked machine to its holder unless it is forced", () => {
  const parked = { holder: "bob", pool: "ci", how: "save", until: NOW + 1_000, checkpoints: [] } as const;
  for (const { 0: action } of IDLE) {
    const { answer, command } = ask(stageOf("claimed", { parked }), action);
    assert.equal(command, undefined);
    assert.match(answer.message, /^runner-1 .* waits for bob until 2026-.*hvpool vm stop runner-1 --force/);
  }
  const { answer } = ask(stageOf("claimed", { parked }), "stop", { force: true });
  assert.match(answer.message, /What bob left in it is lost\.$/);
});

Deno.test("prepareMaintenance() refuses what a machine cannot do, and says what can be done instead", () => {
  const { recycle: _, hot: _h, ...cold } = AGENT as PoolSettings;
  const { template } = testSettings().pools[0] ?? assert.fail();
  const gpu: Partial<PoolSettings> = { ...cold, template: { ...template, gpu: true } };
  assert.match(
    ask(stageOf("online", {}, gpu), "save").answer.message,
    /cannot be saved: .*GPU.*`hvpool vm stop`/,
  );
  assert.match(
    ask(stageOf("online", {}, gpu), "reset").answer.message,
    /no clean checkpoint: .*GPU.*`hvpool vm recreate`/,
  );
  assert.equal(ask(stageOf("online", {}, gpu), "stop").answer.ok, true);
  const young = new Stage(testSettings(AGENT));
  young.cycle({ phase: "booting" });
  assert.match(ask(young, "reset").answer.message, /no clean checkpoint yet: it is booting/);
  assert.match(ask(stageOf("retiring"), "wake", { vm: "ci/1.1" }).answer.message, /is being removed/);
  assert.match(
    ask(stageOf("quarantined"), "wake", { vm: "ci/1.1" }).answer.message,
    /`hvpool vm quarantine release ci\/1\.1`/,
  );
});

for (
  const [action, instead] of [
    ["wake", /has no resume: .*pool resume/],
    ["save", /has no save: .*vm hold/],
    ["stop", /has no stop: .*vm destroy.*pool pause/],
    ["reset", /has no reset: .*vm recreate/],
    ["prepare", /has no prepare: .*vm recreate/],
  ] as const
) {
  Deno.test(`prepareMaintenance() refuses ${action} in a pool of runners, and names what to use`, () => {
    const { answer } = ask(stageOf("online", {}, { kind: "runner" }), action);
    assert.equal(answer.ok, false);
    assert.match(answer.message, instead);
  });
}

Deno.test("prepareMaintenance() makes a pool no larger than its max", () => {
  const { s } = stageOf("online");
  const resize = (size: number) =>
    prepareMaintenance(s, { action: "resize", pool: "ci", size, source: "ann" }, NOW);
  assert.equal(resize(4).answer.ok, true);
  assert.match(resize(5).answer.message, /has at most 4 machines by its `max`, not 5/);
});
