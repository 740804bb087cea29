import assert from "node:assert/strict";
import { decide } from "./decide.ts";
import { type CycleId, type VmId, vmNotes } from "./ids.ts";
import { inventory } from "./inventory.ts";
import { observe } from "./observe.ts";
import { disksInUse } from "./rollout.ts";
import { BOOT, CONTROLLER, NOW, SCOPE, Stage, testRunner, VM } from "./testing/stage.ts";

const OLD = "22222222-2222-4222-8222-222222222222" as VmId;
const THEIRS = "33333333-3333-4333-8333-333333333333" as VmId;
const OTHER = "ffffffffffffffffffffffffffffffff" as typeof CONTROLLER;

function row(notes: string, name = "vm") {
  return { power: "running", name, notes, directory: "E:\\x" } as const;
}

/** A controller whose journal was lost at number 40, with what its last lists show. */
function lost(busy = true): Stage {
  const stage = new Stage();
  stage.apply({ type: "journal.lost", data: { upTo: 40 } });
  stage.list([
    { id: 5, name: "runner-1-01234567-7.1", online: true, busy },
    { id: 6, name: "runner-9-ffffffff-3.1", online: true, busy: true },
    { id: 8, name: "somebody", online: true, busy: false },
  ]);
  see(stage);
  return stage;
}

function see(stage: Stage): void {
  const rows = new Map([
    [OLD, row(vmNotes(CONTROLLER, "ci/1.7" as CycleId), "runner-1")],
    [THEIRS, row(vmNotes(OTHER, "ci/1.7" as CycleId), "runner-1")],
    [VM, row("my own machine", "dc01")],
  ]);
  const { s, v, work } = stage;
  observe({ s, v, work, emit: stage.apply }, { read: "vms", asOf: s.seq, at: stage.now, bootId: BOOT, rows });
}

Deno.test("inventory() names what is lost, what is foreign and why, and plans to leave both alone", () => {
  const stage = lost();
  stage.v.directories.set("D:\\vms", ["ci-1.7", "ci-1.99", "templates", "photos"]);
  const items = inventory(stage.s, stage.v).map(({ kind, name, belongs }) => `${kind} ${name} ${belongs}`);
  assert.deepEqual(items, [
    "vm runner-1 lost",
    "vm runner-1 foreign",
    "vm dc01 foreign",
    "directory ci-1.7 lost",
    "directory ci-1.99 foreign",
    "directory photos foreign",
    "runner runner-1-01234567-7.1 lost",
    "runner runner-9-ffffffff-3.1 foreign",
    "runner somebody foreign",
  ]);
  assert.ok(inventory(stage.s, stage.v).every(({ plan, why }) => plan === "left alone" && why !== ""));
});

Deno.test("inventory() plans to remove orphans and what is being retired, and does not name what pools have", () => {
  const stage = new Stage();
  const mine = stage.cycle({ vm: "known", vmId: VM, runner: testRunner() });
  stage.list([{ id: 7, name: testRunner().name, online: true, busy: false }]);
  stage.vms([VM, "running"]);
  assert.deepEqual(inventory(stage.s, stage.v), []);
  stage.apply({ type: "cycle.retired", data: { cycle: mine.id, cause: "its job ended" } });
  stage.v.directories.set("D:\\vms", ["ci-1.1"]);
  const items = inventory(stage.s, stage.v);
  assert.deepEqual(items.map(({ kind, belongs, why }) => [kind, belongs, why]), [
    ["vm", "retiring", "its job ended"],
    ["directory", "retiring", "its job ended"],
    ["runner", "retiring", "its job ended"],
  ]);
});

for (
  const [adopt, busy, then] of [
    [true, true, "claimed"],
    [true, false, "online"],
    [false, true, "retiring"],
  ] as const
) {
  Deno.test(`a machine of a lost journal is ${then} after ${adopt ? "--adopt" : "--retire"} (busy: ${busy})`, () => {
    const stage = lost(busy);
    for (const event of decide(stage.s, { type: "reconcile", adopt, source: "ann" })) stage.apply(event);
    see(stage);
    see(stage);
    const cycle = [...stage.s.cycles.values()].find(({ vmId }) => vmId === OLD);
    assert.equal(cycle?.phase, then);
    assert.equal(cycle?.used, true);
    if (adopt) {
      assert.deepEqual([cycle?.runner?.id, cycle?.runner?.scope], [5, SCOPE]);
      assert.equal(stage.s.slots.get("ci/1" as never)?.live, cycle?.id);
      assert.equal(cycle?.job?.name, busy ? "runner-1-01234567-7.1" : undefined);
      // When the job began is not known.
      const begun = stage.events.flatMap((event) => event.type === "job.started" ? [event.data.earlier] : []);
      assert.deepEqual(begun, busy ? [true] : []);
    }
    // What it is made from is not known: no golden disk may go.
    assert.equal(disksInUse(stage.s), undefined);
    assert.equal(stage.s.cycles.size, 1, "something foreign was taken up");
  });
}

Deno.test("an adopted machine whose slot was filled meanwhile ends its job, and is not wanted afterwards", () => {
  const stage = lost();
  const filled = stage.cycle({ phase: "online", vm: "known" }, 1);
  for (const event of decide(stage.s, { type: "reconcile", adopt: true, source: "ann" })) stage.apply(event);
  see(stage);
  see(stage);
  const cycle = [...stage.s.cycles.values()].find(({ vmId }) => vmId === OLD);
  assert.ok(cycle);
  assert.equal(stage.s.slots.get("ci/1" as never)?.live, filled.id);
  assert.equal(stage.step(cycle, "running").step, "wait");
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "online" } });
  stage.list([{ id: 5, name: "runner-1-01234567-7.1", online: true, busy: false }]);
  assert.deepEqual(stage.step(cycle, "running"), { step: "retire", cause: "another machine fills its slot" });
  assert.equal(NOW, stage.now);
});
