import assert from "node:assert/strict";
import { decide } from "../model/decide.ts";
import type { CycleId } from "../model/ids.ts";
import type { Cycle } from "../model/state.ts";
import type { LeaseId } from "../model/leases/lease.ts";
import { AGENT_POOL, lease } from "../model/testing/leased.ts";
import { Stage, testRunner, testSettings, VM } from "../model/testing/stage.ts";
import { prepareMaintenance } from "./maintenance_request.ts";

Deno.test("the end of a drain of the host names the pools that stay paused, and the command that ends it", () => {
  const stage = new Stage();
  stage.apply({ type: "host.cordoned", data: { drain: true, source: "test" } });
  stage.apply({ type: "pool.cordoned", data: { pool: "ci", drain: false, source: "test" } });
  const resume = () => {
    const { answer } = prepareMaintenance(stage.s, { action: "resume", source: "test" }, stage.now);
    return answer.message;
  };
  assert.match(resume(), /but those that are paused or drained on their own: hvpool uncordon --pool ci\.$/);
  stage.apply({ type: "pool.uncordoned", data: { pool: "ci", source: "test" } });
  assert.equal(resume(), "Every pool makes machines again.");
});

Deno.test("a drain says who has a machine under a lease, and speaks of jobs only where there is one", () => {
  const drain = (stage: Stage) =>
    prepareMaintenance(stage.s, { action: "drain", source: "test" }, stage.now).answer.message;
  const stage = new Stage(testSettings(AGENT_POOL));
  lease(stage.s, stage.cycle({ phase: "claimed", vm: "known", vmId: VM }), stage.now);
  assert.match(drain(stage), / removed\. One machine is leased \(ann\): its lease ends first\.$/);
  const second = stage.cycle({ phase: "claimed", vm: "known" }, 2);
  lease(stage.s, second, stage.now, { id: "l-2" as LeaseId, holder: "bob" });
  assert.match(drain(stage), / removed\. 2 machines are leased \(ann, bob\): their leases end first\.$/);
  const runners = new Stage();
  runners.cycle({ phase: "claimed", vm: "known", vmId: VM, used: true, runner: testRunner() });
  assert.match(drain(runners), / removed\. One machine has a job and ends it first\.$/);
});

/** A machine with a job that somebody gave up without force. */
function leaving(): { stage: Stage; old: Cycle } {
  const stage = new Stage();
  const old = stage.cycle({ phase: "claimed", vm: "known", vmId: VM, used: true, runner: testRunner() });
  const command = { type: "vm.retire", cycle: old.id, force: false, source: "test" } as const;
  for (const event of decide(stage.s, command)) stage.apply(event);
  return { stage, old };
}

const DESTROY = { action: "destroy", vm: "runner-1", force: true, source: "test" } as const;

Deno.test("the name of a machine that was given up with its job means it until it is gone", () => {
  const { stage, old } = leaving();
  const { answer, command } = prepareMaintenance(stage.s, DESTROY, stage.now);
  assert.equal(answer.ok, true);
  assert.deepEqual(command, { type: "vm.retire", cycle: old.id, force: true, source: "test" });
});

Deno.test("a name that means none is refused with those that do, a machine that was given up with its job among them", () => {
  const { stage } = leaving();
  stage.cycle({ phase: "online", vm: "known" }, 2);
  const { answer } = prepareMaintenance(stage.s, { ...DESTROY, vm: "nope" }, stage.now);
  assert.equal(answer.message, 'There is no VM "nope" (there is: runner-1, runner-2).');
});

Deno.test("a name that means a machine and an old one with a job is refused, with the ids of both", () => {
  const { stage, old } = leaving();
  const id = "ci/1.9" as CycleId;
  const data = { cycle: id, pool: "ci", slot: 1, n: 9, generation: old.generation, storage: old.storage };
  stage.apply({ type: "cycle.opened", data });
  const { answer, command } = prepareMaintenance(stage.s, DESTROY, stage.now);
  assert.equal(command, undefined);
  assert.equal(answer.ok ? "ok" : answer.code, "conflict");
  assert.match(
    answer.message,
    /^Several VMs are "runner-1".*: ci\/1\.9 \(provisioning\), ci\/1\.1 \(retiring\)\.$/,
  );
});

Deno.test("destroy says that the slot of a machine with a registration is filled once that is gone", () => {
  const stage = new Stage();
  stage.cycle({ phase: "claimed", vm: "known", vmId: VM, used: true, runner: testRunner() });
  const said = (force: boolean) =>
    prepareMaintenance(stage.s, { ...DESTROY, force }, stage.now).answer.message;
  assert.match(said(false), /is removed once its job has ended .* filled again once it is gone, unless/);
  assert.match(said(true), /is stopped at once, .* filled again unless/);
});

/** A pool of two, whose second machine waits for bob. */
function parked(): Stage {
  const stage = new Stage(testSettings({ ...AGENT_POOL, size: 2 }));
  const cycle = stage.cycle({ phase: "claimed", vm: "known", vmId: VM, used: true }, 2);
  const until = Date.UTC(2026, 6, 1, 12);
  cycle.parked = { holder: "bob", pool: "ci", how: "save", until, checkpoints: [] };
  return stage;
}

Deno.test("a resize says that a parked machine and a leased one stay", () => {
  const resize = (stage: Stage, size: number) =>
    prepareMaintenance(stage.s, { action: "resize", pool: "ci", size, source: "test" }, stage.now).answer
      .message;
  const stage = parked();
  assert.match(
    resize(stage, 1),
    /^Pool ci has 1 machine, until .* 2\. 1 machine is parked for bob until 2026-07-01T12:00:00\.000Z and stays until then\.$/,
  );
  assert.match(resize(stage, 3), /^Pool ci has 3 machines, until [^.]*\.$/);
  lease(stage.s, stage.cycle({ phase: "claimed", vm: "known" }), stage.now);
  assert.match(
    resize(stage, 0),
    / 1 machine is leased \(ann\) and stays until its lease ends\. 1 machine is parked/,
  );
});

Deno.test("destroy and recreate of a parked machine say that what its holder left in it is lost", () => {
  const stage = parked();
  for (const action of ["destroy", "recreate"] as const) {
    const { message } = prepareMaintenance(
      stage.s,
      { action, vm: "runner-2", source: "test" },
      stage.now,
    ).answer;
    assert.match(
      message,
      /^runner-2 \(.*\) is removed\. What bob left in it is lost\. Its slot is filled again/,
    );
  }
});

Deno.test("destroy of a parked machine whose slot is not wanted any more does not say that it is filled again", () => {
  const stage = parked();
  const said = () =>
    prepareMaintenance(stage.s, { action: "destroy", vm: "runner-2", source: "test" }, stage.now).answer
      .message;
  assert.match(said(), /filled again/);
  stage.apply({ type: "settings.applied", data: { settings: { ...stage.s.settings, pools: [] } } });
  assert.match(said(), / What bob left in it is lost\.$/);
});

Deno.test("what is asked of a pool that is not configured any more is refused with who has machines of it", () => {
  const stage = parked();
  lease(stage.s, stage.cycle({ phase: "claimed", vm: "known" }), stage.now);
  stage.apply({ type: "settings.applied", data: { settings: { ...stage.s.settings, pools: [] } } });
  const { answer } = prepareMaintenance(
    stage.s,
    { action: "drain", pool: "ci", source: "test" },
    stage.now,
  );
  assert.match(
    answer.message,
    /^The pool ci is not configured any more: .* Of it 1 lease goes on and 1 machine is parked \(ann, bob\)\. .*`hvpool pool delete ci --force`/,
  );
});
