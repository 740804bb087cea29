/** Resumes take places in the lane `boot`, one after the other where there is one place, and give them back. */
import assert from "node:assert/strict";
import { conclude, type Result } from "./conclude.ts";
import type { Effect } from "./effects.ts";
import { slotId, type VmId } from "./ids.ts";
import { plan } from "./plan.ts";
import { DEFAULT_LANES, type PoolSettings } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { BOOT, Stage, testRunner, testSettings } from "./testing/stage.ts";

const SIZE = 6;

function vmOf(slot: number): VmId {
  return `00000000-0000-4000-8000-00000000000${slot}` as VmId;
}

/** Six machines, saved and ready, and one place to resume them in. */
class Shelf {
  readonly stage: Stage;
  readonly cycles: Cycle[] = [];

  constructor(pool: Partial<PoolSettings> = {}) {
    const settings = testSettings({ recycle: "restore", size: SIZE, ...pool }, {
      lanes: { ...DEFAULT_LANES, boot: 1 },
    });
    this.stage = new Stage(settings);
    for (let slot = 1; slot <= SIZE; slot++) {
      const vmId = vmOf(slot);
      const sealed = { vm: "known", vmId, checkpoint: `clean-${slot}`, clean: true, proven: BOOT } as const;
      this.cycles.push(this.stage.cycle({ ...sealed, phase: "standby" }, slot));
    }
    this.stage.list([]);
    this.look();
  }

  /** A list of VMs and a plan over it. */
  look(): Effect[] {
    const { stage } = this;
    stage.now += 1_000;
    stage.vms(...this.cycles.map(({ vmId, resumed, phase }, i) => {
      const runs = resumed || phase === "waiting" || phase === "online" || phase === "claimed";
      const power = runs ? "running" as const : "saved" as const;
      return [vmId ?? vmOf(i + 1), power] as [VmId, typeof power];
    }));
    return stage.plan().effects;
  }

  answer({ cycle: id, op, call }: Effect, result: Result): void {
    const { stage } = this;
    const cycle = stage.get(id);
    for (const event of conclude(stage.s, cycle, { id: op, call, openedAt: stage.now }, result, stage.now)) {
      stage.apply(event);
    }
  }

  /** The guest of a machine moves its beat. */
  goesOn({ vmId, closed }: Cycle): void {
    if (vmId === undefined) return;
    const { stage } = this;
    stage.v.guests.set(vmId, {
      asOf: closed,
      at: stage.now,
      phase: "waiting",
      use: 0,
      beat: 2,
      base: { asOf: closed, beat: 1 },
    });
  }

  get resuming(): Cycle[] {
    return this.cycles.filter(({ phase }) => phase === "resuming");
  }
}

function only(effects: readonly Effect[], call: Effect["call"]): Effect {
  const [effect, other] = effects.filter((one) => one.call === call);
  assert.ok(
    effect !== undefined && other === undefined,
    `${effects.map((one) => one.call)}: not one ${call}`,
  );
  return effect;
}

const RUNNING: Result = { outcome: "ok", value: { power: "running" } };
const WELL: Result = { outcome: "ok", value: {} };

/** The first plan of a shelf has opened its one start. */
function begun(shelf: Shelf): Cycle {
  const started = shelf.cycles.filter(({ op }) => op?.call === "vm.start");
  assert.equal(started.length, 1, "one place, one start");
  assert.equal(shelf.resuming.length, SIZE, "the others wait for the place");
  const [cycle] = started;
  assert.ok(cycle !== undefined);
  return cycle;
}

function effectOf({ id, op }: Cycle): Effect {
  assert.ok(op !== undefined);
  return { op: op.id, cycle: id, call: op.call, args: {} };
}

Deno.test("six machines are resumed one after the other through one place, and all come through", () => {
  const shelf = new Shelf();
  let next = begun(shelf);
  const done: string[] = [];
  for (;;) {
    shelf.answer(effectOf(next), RUNNING);
    const renew = only(shelf.look(), "nic.reconnect");
    assert.equal(renew.cycle, next.id, "nobody else is started while its guest is to go on");
    assert.equal(shelf.stage.s.booting, 1);
    assert.equal(shelf.stage.s.lanes.boot, 0);
    shelf.answer(renew, WELL);
    assert.deepEqual(shelf.look(), []);
    shelf.goesOn(next);
    const effects = shelf.look();
    done.push(next.id);
    assert.notEqual(next.phase, "resuming");
    const [start] = effects.filter(({ call }) => call === "vm.start");
    if (start === undefined) break;
    next = shelf.stage.get(start.cycle);
  }
  assert.deepEqual(done, shelf.cycles.map(({ id }) => id));
  assert.equal(shelf.stage.s.booting, 0);
});

Deno.test("a resume that is refused gives its place to the next one", () => {
  const shelf = new Shelf();
  const first = begun(shelf);
  shelf.answer(effectOf(first), { outcome: "failed", code: "saved_state_corrupt", message: "refused" });
  assert.equal(first.phase, "sealing");
  const start = only(shelf.look(), "vm.start");
  assert.notEqual(start.cycle, first.id);
});

Deno.test("a guest that never goes on gives its place to the next one", () => {
  const shelf = new Shelf();
  const first = begun(shelf);
  shelf.answer(effectOf(first), RUNNING);
  shelf.answer(only(shelf.look(), "nic.reconnect"), WELL);
  shelf.stage.now += shelf.stage.s.settings.times.bootMs;
  const effects = shelf.look();
  assert.equal(first.phase, "sealing");
  assert.notEqual(only(effects, "vm.start").cycle, first.id);
  assert.equal(shelf.stage.s.booting, 0);
});

Deno.test("a machine that waited long for its place is given its whole time all the same", () => {
  const shelf = new Shelf();
  const first = begun(shelf);
  shelf.answer(effectOf(first), RUNNING);
  shelf.answer(only(shelf.look(), "nic.reconnect"), WELL);
  shelf.stage.now += shelf.stage.s.settings.times.bootMs;
  const second = shelf.stage.get(only(shelf.look(), "vm.start").cycle);
  shelf.answer(effectOf(second), RUNNING);
  assert.equal(only(shelf.look(), "nic.reconnect").cycle, second.id);
  assert.equal(second.rung, 0, "nobody gave it time to go on");
});

Deno.test("a machine that is given up while it resumes gives its place back", () => {
  const shelf = new Shelf();
  const first = begun(shelf);
  shelf.answer(effectOf(first), RUNNING);
  assert.equal(shelf.stage.s.booting, 1);
  shelf.stage.apply({ type: "cycle.retired", data: { cycle: first.id, cause: "test" } });
  assert.equal(shelf.stage.s.booting, 0);
});

Deno.test("only as many are resumed as are to run", () => {
  const shelf = new Shelf({ hot: 2 });
  assert.deepEqual(shelf.resuming.map(({ slot }) => slot), [1, 2]);
  assert.equal(shelf.stage.s.pools.get("ci")?.hot, 2);
});

Deno.test("the place of one whose resume failed is taken by another saved one at once", () => {
  const shelf = new Shelf({ hot: 1 });
  const [first] = shelf.resuming;
  assert.ok(first !== undefined && shelf.resuming.length === 1);
  shelf.answer(effectOf(first), { outcome: "failed", code: "saved_state_corrupt", message: "refused" });
  shelf.stage.work.pools.add("ci");
  shelf.look();
  assert.deepEqual(shelf.resuming.map(({ slot }) => slot), [2]);
});

Deno.test("refill begins when a job is taken", () => {
  const shelf = new Shelf({ hot: 1 });
  const [first] = shelf.resuming;
  assert.ok(first !== undefined);
  shelf.answer(effectOf(first), RUNNING);
  first.used = true;
  first.runner = testRunner();
  shelf.stage.apply({ type: "cycle.phase", data: { cycle: first.id, phase: "online" } });
  assert.deepEqual(shelf.look().map(({ call }) => call), []);
  assert.equal(shelf.resuming.length, 0, "one is online");
  shelf.stage.apply({ type: "cycle.phase", data: { cycle: first.id, phase: "claimed" } });
  assert.deepEqual(shelf.look().map(({ call }) => call), ["vm.start"]);
});

Deno.test("a machine that is put back unused hands its registration over", () => {
  const stage = new Stage(testSettings({ recycle: "restore", hot: 1 }));
  const sealed = { vm: "known", checkpoint: "clean", proven: BOOT } as const;
  const other = stage.cycle({ ...sealed, vmId: vmOf(2), phase: "online", used: true }, 2);
  const cycle = stage.cycle({ ...sealed, vmId: vmOf(1), phase: "waiting", runner: testRunner() }, 1);
  stage.list([]);
  stage.vms([vmOf(1), "running"], [vmOf(2), "running"]);
  stage.plan();
  assert.equal(stage.s.slots.get(slotId("ci", 2))?.live, other.id);
  assert.equal(cycle.phase, "sealing");
  assert.equal(cycle.runner, undefined);
  const records = [...stage.s.cycles.values()].filter(({ orphan }) => orphan);
  assert.deepEqual(records.map(({ runner, phase }) => [runner?.name, phase]), [
    [testRunner().name, "retiring"],
  ]);
});

Deno.test("a recycled machine hands its registration to a record of its own, which is removed without it", () => {
  const stage = new Stage(testSettings({ recycle: "restore", size: 1 }));
  const cycle = stage.cycle({
    vm: "known",
    vmId: vmOf(1),
    checkpoint: "clean",
    proven: BOOT,
    used: true,
    runner: testRunner(),
    phase: "claimed",
  });
  stage.now += 120_000;
  stage.list([{ id: 7, name: testRunner().name, online: false, busy: true }]);
  stage.vms([vmOf(1), "off"]);
  const calls = stage.plan().effects.map(({ cycle: of, call, args }) => [of, call, args["runnerId"]]);
  assert.equal(cycle.phase, "sealing");
  assert.equal(cycle.runner, undefined);
  const [record] = [...stage.s.cycles.values()].filter(({ orphan }) => orphan);
  assert.ok(record !== undefined);
  assert.deepEqual([record.vm, record.vmId, record.directory, record.runner?.name], [
    "none",
    undefined,
    false,
    testRunner().name,
  ]);
  assert.deepEqual(
    calls.toSorted(),
    [
      [cycle.id, "checkpoint.restore", undefined],
      [record.id, "runner.remove", 7],
    ].toSorted(),
  );
  assert.equal(stage.s.byRunner.get(testRunner().name), record.id);
  assert.equal(stage.s.slots.get(slotId("ci", 1))?.live, cycle.id, "its slot stays its own");
});

Deno.test("saved machines are resumed while something keeps others from being made, unless the pool is cordoned", () => {
  for (const cordoned of [false, true]) {
    const { stage } = new Shelf({ hot: 0 });
    const { settings } = stage.s;
    const pools = settings.pools.map((pool) => ({ ...pool, hot: 1 }));
    stage.apply({ type: "settings.applied", data: { settings: { ...settings, pools } } });
    stage.check(false);
    if (cordoned) stage.apply({ type: "host.cordoned", data: { drain: false, source: "test" } });
    // The pool alone: whoever looks at its machines has to be told.
    stage.work.pools.add("ci");
    const { effects } = plan(stage.s, stage.v, stage.now, stage.work, stage.apply);
    assert.deepEqual(effects.map(({ call }) => call), cordoned ? [] : ["vm.start"]);
  }
});
