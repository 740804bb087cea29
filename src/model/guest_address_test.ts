import assert from "node:assert/strict";
import { freshAddress } from "./guest_address.ts";
import type { Ms } from "./ids.ts";
import { type GuestSaid, observe } from "./observe.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, testSettings, VM } from "./testing/stage.ts";

const OLD = "172.16.0.2";
const NEW = "172.20.0.9";

function stageOf(): { stage: Stage; cycle: Cycle } {
  const stage = new Stage(testSettings({ kind: "agent", recycle: "restore" }));
  const cycle = stage.cycle({ phase: "resuming", vm: "known", vmId: VM, resumed: true });
  return { stage, cycle };
}

/** What the guest says in a reading that began now, or at an earlier place of the journal. */
function says(stage: Stage, said: Partial<GuestSaid>, asOf = stage.s.seq): void {
  const { s, v, work } = stage;
  const report = { phase: "waiting", use: 0, beat: 1, ...said } as const;
  const reading = { read: "guests", asOf, at: stage.now, reports: new Map([[VM, report]]) } as const;
  observe({ s, v, work, emit: stage.apply }, reading);
}

function later(stage: Stage, ms: Ms): void {
  stage.now += ms;
}

/** The network is renewed: the answer closes the operation. */
function renewed(stage: Stage, cycle: Cycle): void {
  const op = stage.open(cycle, "nic.reconnect");
  stage.apply({ type: "op.closed", data: { cycle: cycle.id, op, call: "nic.reconnect", outcome: "ok" } });
}

Deno.test("an address counts once it stood in reports of two beats that began after the network was renewed", () => {
  const { stage, cycle } = stageOf();
  says(stage, { address: OLD, beat: 7 });
  says(stage, { address: OLD, beat: 8 });
  assert.equal(freshAddress(stage.v, cycle), OLD);
  const before = stage.s.seq;
  renewed(stage, cycle);
  assert.equal(freshAddress(stage.v, cycle), undefined);
  says(stage, { address: OLD, beat: 9 }, before);
  assert.equal(freshAddress(stage.v, cycle), undefined, "this reading began before");
  says(stage, { address: OLD, beat: 9 });
  says(stage, { address: OLD, beat: 9 });
  assert.equal(freshAddress(stage.v, cycle), undefined, "one beat, however often it is read");
  says(stage, { address: NEW, beat: 10 });
  assert.equal(freshAddress(stage.v, cycle), undefined, "another one begins anew");
  says(stage, { address: NEW, beat: 11 });
  assert.equal(freshAddress(stage.v, cycle), NEW);
  says(stage, { beat: 12 });
  assert.equal(freshAddress(stage.v, cycle), undefined, "it was taken away");
});

Deno.test("an address that only the integration service says has to stand for ten seconds", () => {
  const { stage, cycle } = stageOf();
  renewed(stage, cycle);
  for (const beat of [1, 2, 3, 4, 5]) {
    says(stage, { address: OLD, late: true, beat });
    assert.equal(freshAddress(stage.v, cycle), undefined, `beat ${beat}`);
    later(stage, 2_000);
  }
  says(stage, { address: OLD, late: true, beat: 6 });
  assert.equal(freshAddress(stage.v, cycle), OLD);
});

Deno.test("an address stays what it is while other things are done with its machine", () => {
  const { stage, cycle } = stageOf();
  renewed(stage, cycle);
  says(stage, { address: OLD, beat: 1 });
  says(stage, { address: OLD, beat: 2 });
  const op = stage.open(cycle, "checkpoint.create");
  stage.apply({ type: "op.closed", data: { cycle: cycle.id, op, call: "checkpoint.create", outcome: "ok" } });
  assert.equal(freshAddress(stage.v, cycle), OLD);
  const start = stage.open(cycle, "vm.start");
  stage.apply({
    type: "op.closed",
    data: { cycle: cycle.id, op: start, call: "vm.start", outcome: "unknown" },
  });
  assert.equal(freshAddress(stage.v, cycle), undefined);
  assert.equal(stage.now, NOW);
});
