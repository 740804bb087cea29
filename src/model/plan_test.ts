import assert from "node:assert/strict";
import { slotId, type VmId } from "./ids.ts";
import { conclude } from "./conclude.ts";
import type { Power } from "./phases.ts";
import { plan } from "./plan.ts";
import { RETIRING_PER_SLOT } from "./settings.ts";
import { NOW, Stage, testRunner, testSettings, VM } from "./testing/stage.ts";

function opened(stage: Stage): string[] {
  return stage.events.flatMap((event) =>
    event.type === "op.opened" ? [`${event.data.cycle} ${event.data.call}`] : []
  );
}

function vmId(n: number): VmId {
  return `00000000-0000-4000-8000-${String(n).padStart(12, "0")}` as VmId;
}

Deno.test("plan() fills every slot of a pool, and opens the first operation of each cycle", () => {
  const stage = new Stage();
  const { effects } = stage.plan();
  assert.deepEqual(effects.map(({ cycle, call }) => `${cycle} ${call}`), [
    "ci/1.1 disk.createChild",
    "ci/2.2 disk.createChild",
  ]);
  assert.equal(effects[0]?.args["parent"], "C:\\t.vhdx");
});

Deno.test("plan() fills nothing before the pool's account, template and switch were checked", () => {
  const stage = new Stage();
  stage.v.checks.clear();
  assert.equal(stage.plan().effects.length, 0);
  assert.match(stage.v.why.get("pool/ci") ?? "", /checking/);
  stage.check(false);
  assert.equal(stage.plan().effects.length, 0);
  assert.equal(stage.v.why.get("pool/ci"), "the group is missing");
});

Deno.test("plan() leaves a pool of size 0 alone", () => {
  const stage = new Stage(testSettings({ size: 0 }));
  assert.equal(stage.plan().effects.length, 0);
});

Deno.test("plan() opens no more operations than the lane has places, and admits in order", () => {
  const stage = new Stage(testSettings({ size: 6 }));
  assert.equal(stage.plan().effects.length, 4);
  assert.equal(stage.s.lanes.vm, 4);
  assert.match(stage.v.why.get("ci/6.6") ?? "", /lane vm/);
  stage.events.length = 0;
  const first = stage.get([...stage.s.cycles.keys()][0] ?? ("" as never));
  stage.apply({
    type: "op.closed",
    data: { cycle: first.id, op: first.op?.id ?? (0 as never), call: "disk.createChild", outcome: "ok" },
  });
  stage.events.length = 0;
  plan(stage.s, stage.v, stage.now, stage.work, stage.apply);
  assert.deepEqual(opened(stage), ["ci/5.5 disk.createChild"]);
});

Deno.test("plan() counts machines that boot against the lane of boots", () => {
  const stage = new Stage(testSettings({ size: 6 }));
  for (let slot = 1; slot <= 6; slot++) {
    stage.cycle({ vm: "known", vmId: vmId(slot), ...(slot <= 3 ? { phase: "booting" } : {}) }, slot);
  }
  stage.vms(
    ...[1, 2, 3].map((n) => [vmId(n), "running"] as [VmId, "running"]),
    ...[4, 5, 6].map((n) => [vmId(n), "off"] as [VmId, "off"]),
  );
  assert.equal(stage.plan().effects.filter(({ call }) => call === "vm.start").length, 1);
});

Deno.test("plan() opens no second operation on a cycle", () => {
  const stage = new Stage();
  stage.plan();
  stage.now += 100_000;
  assert.equal(stage.plan().effects.length, 0);
});

Deno.test("plan() waits before it tries again, and says until when", () => {
  const stage = new Stage(testSettings({ size: 1 }));
  stage.cycle({ retrying: "disk.createChild", notBefore: NOW + 7_000 });
  const { effects, wakes } = stage.plan();
  assert.equal(effects.length, 0);
  assert.equal(wakes.get("ci/1.1"), NOW + 7_000);
  stage.now = NOW + 7_000;
  assert.equal(stage.plan().effects.length, 1);
});

Deno.test("plan() does not hold one call back because another one waits", () => {
  const stage = new Stage();
  const old = stage.cycle({ vm: "known", vmId: vmId(1), used: true }, 1);
  stage.apply({ type: "cycle.retired", data: { cycle: old.id, cause: "test" } });
  Object.assign(old, { retrying: "runner.remove", notBefore: NOW + 30_000 });
  stage.vms([vmId(1), "off"]);
  const own = stage.plan().effects.filter(({ cycle }) => cycle === old.id);
  assert.deepEqual(own.map(({ call }) => call), ["vm.remove"]);
});

Deno.test("plan() starts nothing while the host has no room, and goes on with all else", () => {
  const stage = new Stage();
  stage.cycle({ vm: "known", vmId: vmId(1) }, 1);
  const old = stage.cycle({ vm: "known", vmId: vmId(2) }, 2);
  stage.apply({ type: "cycle.retired", data: { cycle: old.id, cause: "test" } });
  stage.apply({ type: "starts.paused", data: { until: NOW + 30_000, code: "out_of_memory", message: "" } });
  stage.vms([vmId(1), "off"], [vmId(2), "running"]);
  const { effects, wakes } = stage.plan();
  assert.deepEqual(effects.map(({ call }) => call), ["vm.turnOff"]);
  assert.equal(wakes.get("ci/1.1"), NOW + 30_000);
  assert.match(stage.v.why.get("ci/1.1") ?? "", /no room: out_of_memory/);
});

Deno.test("plan() makes no fourth machine while three of a slot wait for their removal", () => {
  const stage = new Stage(testSettings({ size: 1 }));
  for (let i = 0; i < RETIRING_PER_SLOT; i++) {
    const old = stage.cycle({}, 1);
    const op = stage.open(old, "disk.createChild");
    stage.apply({ type: "op.closed", data: { cycle: old.id, op, call: "disk.createChild", outcome: "ok" } });
    stage.apply({ type: "cycle.retired", data: { cycle: old.id, cause: "test" } });
    old.notBefore = NOW + 60_000;
  }
  stage.plan();
  assert.equal(stage.s.issued, RETIRING_PER_SLOT);
  assert.match(stage.v.why.get("pool/ci") ?? "", /old machines/);
});

Deno.test("plan() opens a cycle for a slot whose back-off is over, and is woken for it", () => {
  const stage = new Stage(testSettings({ size: 1 }));
  const cycle = stage.cycle();
  stage.apply({
    type: "cycle.failed",
    data: { cycle: cycle.id, cause: "test", message: "", notBefore: NOW + 5_000 },
  });
  assert.equal(stage.plan().wakes.get("pool/ci"), NOW + 5_000);
  assert.equal(stage.s.issued, 1);
  stage.now = NOW + 5_000;
  stage.plan();
  assert.equal(stage.s.issued, 2);
});

function failAll(stage: Stage, slots: number, cause: (slot: number) => string): void {
  for (let slot = 1; slot <= slots; slot++) {
    const cycle = stage.cycle({}, slot);
    stage.apply({
      type: "cycle.failed",
      data: { cycle: cycle.id, cause: cause(slot), message: "", notBefore: NOW },
    });
    stage.apply({ type: "cycle.ended", data: { cycle: cycle.id } });
  }
}

Deno.test("plan() degrades a pool of which half fails alike, and then tries one machine at a time", () => {
  const stage = new Stage(testSettings({ size: 4 }));
  failAll(stage, 2, () => "boot-timeout");
  stage.plan();
  assert.equal(stage.s.pools.get("ci")?.degraded, "boot-timeout");
  assert.equal([...stage.s.cycles.values()].length, 1);
  assert.match(stage.v.why.get("pool/ci") ?? "", /one machine at a time/);
});

Deno.test("plan() does not degrade a pool whose machines fail for different causes", () => {
  const stage = new Stage(testSettings({ size: 4 }));
  failAll(stage, 4, (slot) => `cause-${slot}`);
  stage.plan();
  assert.equal(stage.s.pools.get("ci")?.degraded, undefined);
  assert.equal(stage.s.cycles.size, 4);
});

Deno.test("plan() ends the degradation with the first runner that comes online, and clears the counts", () => {
  const stage = new Stage(testSettings({ size: 4 }));
  failAll(stage, 4, () => "boot-timeout");
  stage.plan();
  const [probe] = [...stage.s.cycles.values()];
  assert.ok(probe !== undefined);
  const op = probe.op?.id ?? (0 as never);
  stage.apply({ type: "op.closed", data: { cycle: probe.id, op, call: "disk.createChild", outcome: "ok" } });
  stage.apply({ type: "cycle.phase", data: { cycle: probe.id, phase: "joining" } });
  Object.assign(probe, { vm: "known", vmId: VM, runner: testRunner(), used: true });
  stage.vms([VM, "running"]);
  stage.list([{ id: 7, name: testRunner().name, online: true, busy: false }]);
  stage.plan();
  assert.equal(stage.s.pools.get("ci")?.degraded, undefined);
  assert.equal(stage.s.slots.get(slotId("ci", 3))?.failures, 0);
  assert.equal(stage.s.cycles.size, 4);
});

Deno.test("plan() issues no number that was not reserved", () => {
  const stage = new Stage(testSettings({ size: 4 }));
  stage.apply({ type: "numbers.reserved", data: { upTo: 2 } });
  stage.plan();
  assert.equal(stage.s.issued, 2);
});

Deno.test("plan() opens nothing new after a stop, not even for what retires", () => {
  const stage = new Stage();
  stage.plan();
  stage.apply({ type: "controller.stopping", data: { drain: false, source: "test" } });
  for (const cycle of stage.s.cycles.values()) {
    if (cycle.op === undefined) continue;
    stage.apply({
      type: "op.closed",
      data: { cycle: cycle.id, op: cycle.op.id, call: cycle.op.call, outcome: "ok" },
    });
  }
  assert.equal(stage.plan().effects.length, 0);
});

Deno.test("plan() gives a registration that it replaces a record of its own", () => {
  const stage = new Stage(testSettings({ size: 1 }));
  stage.cycle({ phase: "waiting", vm: "known", vmId: VM, runner: testRunner(), uses: 1 });
  stage.vms([VM, "running"]);
  stage.list([]);
  const { effects } = stage.plan();
  assert.equal(effects[0]?.call, "runner.register");
  assert.equal(effects[0]?.args["name"], "runner-1-01234567-1.2");
  const record = stage.get("ci/1.1~1" as never);
  assert.equal(record.runner?.name, "runner-1-01234567-1.1");
  assert.equal(record.phase, "retiring");
});

Deno.test("a machine that is given up and has a job waits for its end, in words that are not GitHub's", () => {
  for (const vm of ["known", "none"] as const) {
    const stage = new Stage();
    const runner = testRunner();
    const on = vm === "known" ? { vmId: VM } : {};
    const cycle = stage.cycle({ phase: "retiring", vm, used: true, runner, ...on });
    stage.list([{ id: 7, name: runner.name, online: true, busy: true }]);
    stage.vms(...(vm === "known" ? [[VM, "running"] as [VmId, Power]] : []));
    stage.plan();
    assert.equal(cycle.op?.call, "runner.remove");
    const message = "Runner is currently running a job and cannot be deleted.";
    for (
      const event of conclude(
        stage.s,
        cycle,
        cycle.op,
        { outcome: "failed", code: "busy", message },
        stage.now,
      )
    ) {
      stage.apply(event);
    }
    stage.vms(...(vm === "known" ? [[VM, "running"] as [VmId, Power]] : []));
    stage.plan();
    const why = vm === "known"
      ? "waiting for its job to end"
      : "waiting for GitHub to see that its job is over";
    assert.equal(stage.v.why.get(cycle.id), why);
  }
});
