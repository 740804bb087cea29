import assert from "node:assert/strict";
import { decide } from "../decide.ts";
import type { Phase, Power } from "../phases.ts";
import type { PoolSettings } from "../settings.ts";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import type { Cycle } from "../state.ts";
import { BOOT, Stage, testSettings, VM } from "../testing/stage.ts";
import type { LeaseId } from "../leases/lease.ts";
import type { Wished } from "../wish.ts";
import type { Step } from "./step.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 1,
  agent: { desktop: false, idleMs: 600_000, totalMs: 3_600_000, addressless: true },
};

interface Placed {
  readonly stage: Stage;
  readonly cycle: Cycle;
}

/** A machine in a phase: sealed and proven, as far as it would be. */
function placed(phase: Phase, over: Partial<Cycle> = {}, pool: Partial<PoolSettings> = {}): Placed {
  const stage = new Stage(testSettings({ ...AGENT, ...pool }));
  stage.vms();
  const sealed = phase === "provisioning" || phase === "booting" ? {} : { checkpoint: "c", proven: BOOT };
  const cycle = stage.cycle({
    phase,
    vm: "known",
    vmId: VM,
    directory: true,
    disk: true,
    clean: phase === "standby",
    ...sealed,
    ...over,
  });
  return { stage, cycle };
}

function wish({ stage, cycle }: Placed, what: Wished, force = false): string[] {
  stage.events.length = 0;
  const command = { type: "vm.wish", cycle: cycle.id, wish: what, force, source: "ann" } as const;
  for (const event of decide(stage.s, command)) stage.apply(event);
  return stage.types();
}

function step(phase: Phase, power: Power, what: Wished, over: Partial<Cycle> = {}): Step {
  const there = placed(phase, over);
  assert.deepEqual(wish(there, what), ["cycle.wished"]);
  return there.stage.step(there.cycle, power);
}

const enter = (phase: Phase): Step => ({ step: "enter", phase });
const open = (call: "vm.turnOff" | "checkpoint.restore" | "vm.start"): Step => ({ step: "open", call });
const off: Step = { step: "wait", why: "off, as asked for by ann" };

// What each wish does to a machine in each place that it can be in.
// deno-fmt-ignore
const TABLE: readonly (readonly [name: string, Wished, Phase, Power, Step])[] = [
  ["a saved machine that is woken is resumed", "awake", "standby", "saved", enter("resuming")],
  ["one that was resumed is introduced, however many others run", "awake", "waiting", "running", enter("online")],
  ["one that is awake stays so", "awake", "online", "running", { step: "wait", why: "ready for a lease; kept awake, as asked for by ann" }],
  ["a running machine that is saved is put back, which saves it", "saved", "online", "running", enter("sealing")],
  ["one that is saved stays so, also where the pool wants one running", "saved", "standby", "saved", { step: "wait", why: "saved until it is leased, as asked for by ann" }],
  ["one that was proven goes back without having been online", "saved", "waiting", "running", enter("sealing")],
  ["a running machine that is turned off goes where it is put back from", "off", "online", "running", enter("sealing")],
  ["so does a saved one", "off", "standby", "saved", enter("sealing")],
  ["so does one that is being resumed", "off", "resuming", "running", enter("sealing")],
  ["there the power is cut", "off", "sealing", "running", open("vm.turnOff")],
  ["and the saved state dropped", "off", "sealing", "saved", open("vm.turnOff")],
  ["and it is left so", "off", "sealing", "off", off],
  ["one that boots, and was never used, begins anew", "off", "booting", "running", enter("provisioning")],
  ["and is turned off there", "off", "provisioning", "running", open("vm.turnOff")],
  ["and left so", "off", "provisioning", "off", off],
  ["a running machine that is reset is put back", "reset", "online", "running", enter("sealing")],
  ["a saved one is not resumed as it is", "reset", "standby", "saved", enter("sealing")],
  ["but put back", "reset", "sealing", "saved", open("checkpoint.restore")],
  ["one that is off is started to be made ready", "ready", "provisioning", "off", open("vm.start")],
  ["and put back to be made ready where it has a checkpoint", "ready", "sealing", "off", open("checkpoint.restore")],
];

for (const [name, what, phase, power, expected] of TABLE) {
  Deno.test(`wished(${what}): ${name} (${phase}, ${power})`, () => {
    assert.deepEqual(step(phase, power, what), expected);
  });
}

for (const what of ["awake", "saved", "ready", "reset"] as const) {
  Deno.test(`wished(${what}): a machine that was turned off is put back first`, () => {
    const there = placed("sealing");
    assert.deepEqual(wish(there, "off"), ["cycle.wished"]);
    assert.deepEqual(there.stage.step(there.cycle, "off"), off);
    assert.deepEqual(wish(there, what), ["cycle.wished"]);
    assert.deepEqual(there.stage.step(there.cycle, "off"), open("checkpoint.restore"));
  });
}

Deno.test("a pool that leaves machines off starts the one that is to be ready, and no other", () => {
  const agent = { desktop: false, idleMs: 1, totalMs: 1, addressless: true, warm: 0 } as const;
  const there = placed("provisioning", {}, { hot: 0, agent });
  assert.deepEqual(there.stage.step(there.cycle, "off"), {
    step: "wait",
    why: "off, until a lease needs it",
  });
  wish(there, "ready");
  assert.deepEqual(there.stage.step(there.cycle, "off"), open("vm.start"));
});

Deno.test("a reset is proven anew, and then over", () => {
  const there = placed("online");
  wish(there, "reset");
  const { cycle, stage } = there;
  assert.deepEqual([cycle.clean, cycle.proven, cycle.wish?.what], [false, undefined, "reset"]);
  for (const phase of ["sealing", "resuming"] as const) {
    stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase } });
  }
  assert.equal(cycle.wish, undefined);
});

Deno.test("a wish is over when somebody has the machine, or nobody will", () => {
  for (const phase of ["claimed", "retiring"] as const) {
    const there = placed("online");
    wish(there, "awake");
    const { cycle, stage } = there;
    if (phase === "claimed") stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase } });
    else stage.apply({ type: "cycle.retired", data: { cycle: cycle.id, cause: "x" } });
    assert.equal(cycle.wish, undefined);
  }
});

Deno.test("the same wish again changes nothing, another one takes its place", () => {
  const there = placed("standby");
  assert.deepEqual(wish(there, "awake"), ["cycle.wished"]);
  assert.deepEqual(wish(there, "awake"), []);
  assert.deepEqual(wish(there, "saved"), ["cycle.wished"]);
  assert.deepEqual(there.cycle.wish, { what: "saved", source: "ann" });
});

Deno.test("a wish survives a restart, and a machine that is not wanted any more goes all the same", () => {
  const there = placed("standby");
  wish(there, "off");
  const restored = readSnapshot(writeSnapshot(there.stage.s)).cycles.get(there.cycle.id);
  assert.deepEqual(restored?.wish, { what: "off", source: "ann" });
  there.stage.s.cordons.set("ci", { drain: true, since: 0, source: "bob" });
  assert.equal(there.stage.step(there.cycle, "saved").step, "retire");
});

Deno.test("a leased machine has no wish but to be turned off by force, which ends the lease", () => {
  const there = placed("online");
  const { cycle, stage } = there;
  const lease = `l-${"0".repeat(26)}` as LeaseId;
  stage.apply({
    type: "lease.requested",
    data: {
      lease,
      pool: "ci",
      holder: "bob",
      priority: 0,
      labels: {},
      waitMs: 1,
      idleMs: 600_000,
      totalMs: 600_000,
      release: "keep",
      onIdle: "release",
      keepMs: 1,
      source: "bob",
    },
  });
  stage.apply({ type: "lease.assigned", data: { lease, cycle: cycle.id, origin: "hot" } });
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "claimed" } });
  stage.apply({ type: "lease.granted", data: { lease, cycle: cycle.id } });
  for (const what of ["awake", "saved", "reset", "ready", "off"] as const) {
    assert.deepEqual(wish(there, what), []);
  }
  assert.deepEqual(wish(there, "off", true), ["lease.ended", "cycle.wished"]);
  assert.equal(stage.s.leases.size, 0);
  const put = stage.step(cycle, "running");
  assert.equal(put.step, "recycle", "nobody is waited for whom it would be parked");
  stage.apply({ type: "cycle.recycled", data: { cycle: cycle.id, cause: "x" } });
  assert.deepEqual(stage.step(cycle, "running"), open("vm.turnOff"));
  assert.deepEqual(stage.step(cycle, "off"), off);
  assert.equal(cycle.used, true, "what its holder left is in it until it is put back");
});

Deno.test("a machine that is parked is given up by force only", () => {
  const there = placed("claimed", {
    used: true,
    parked: { holder: "bob", pool: "ci", how: "save", until: Infinity, checkpoints: [] },
  });
  assert.deepEqual(wish(there, "off"), []);
  assert.deepEqual(wish(there, "off", true), ["cycle.wished"]);
  assert.equal(there.stage.step(there.cycle, "saved").step, "recycle");
});

Deno.test("a machine that cannot be saved is turned off and boots again", () => {
  const { recycle: _, hot: _h, ...cold } = AGENT;
  const stage = new Stage(testSettings(cold));
  stage.vms();
  const cycle = stage.cycle({ phase: "online", vm: "known", vmId: VM, directory: true, disk: true });
  const there = { stage, cycle };
  wish(there, "off");
  assert.deepEqual(stage.step(cycle, "running"), enter("provisioning"));
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "provisioning" } });
  assert.deepEqual(stage.step(cycle, "running"), open("vm.turnOff"));
  assert.deepEqual(stage.step(cycle, "off"), off);
  wish(there, "awake");
  assert.deepEqual(stage.step(cycle, "off"), open("vm.start"));
});

Deno.test("machines of pools of runners have no wishes", () => {
  const stage = new Stage();
  stage.vms();
  const cycle = stage.cycle({ phase: "online", vm: "known", vmId: VM });
  cycle.wish = { what: "off", source: "ann" };
  assert.notDeepEqual(stage.step(cycle, "running"), enter("provisioning"));
});
