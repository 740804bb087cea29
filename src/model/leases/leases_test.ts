import assert from "node:assert/strict";
import fc from "fast-check";
import { decide } from "../decide.ts";
import type { CycleId, Ms, VmId } from "../ids.ts";
import { plan } from "../plan.ts";
import { readSnapshot, writeSnapshot } from "../snapshot.ts";
import type { PoolSettings } from "../settings.ts";
import type { Cycle } from "../state.ts";
import { BOOT, NOW, Stage, testSettings } from "../testing/stage.ts";
import { heldBy, type LeaseId } from "./lease.ts";

const MINUTE: Ms = 60_000;
const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 0,
  scope: "" as PoolSettings["scope"],
  agent: { desktop: false, addressless: true, idleMs: 10 * MINUTE, totalMs: 60 * MINUTE },
};

function stageOf(size: number, over: Partial<PoolSettings> = {}): Stage {
  const stage = new Stage(testSettings({ ...AGENT, size, ...over }));
  stage.vms();
  stage.v.host = { asOf: stage.s.seq, at: stage.now, memoryMb: 1_000_000, foreignMb: 0, volumes: [] };
  return stage;
}

/** A machine in a slot: saved and clean, or running and ready. */
function machine(stage: Stage, slot: number, phase: "standby" | "online" = "standby"): Cycle {
  const vmId = `00000000-0000-4000-8000-00000000000${slot}` as VmId;
  const kept = { clean: phase === "standby", proven: BOOT, checkpoint: "c" };
  return stage.cycle({ phase, vm: "known", vmId, directory: true, disk: true, ...kept }, slot);
}

let next = 0;

function acquire(stage: Stage, holder = "ann", over: Record<string, unknown> = {}): LeaseId {
  const lease = `l-${String(next++).padStart(26, "0")}` as LeaseId;
  const command = {
    type: "lease.acquire",
    lease,
    pool: "ci",
    holder,
    priority: 0,
    labels: {},
    waitMs: 30 * MINUTE,
    idleMs: 10 * MINUTE,
    totalMs: 60 * MINUTE,
    release: "reset",
    onIdle: "release",
    keepMs: 60 * MINUTE,
    source: "test",
    ...over,
  } as const;
  for (const event of decide(stage.s, command)) stage.apply(event);
  return lease;
}

/** Powers of machines that run by their phase, as the host would list them; then a turn. */
function turn(stage: Stage): void {
  const rows = [...stage.s.cycles.values()].flatMap(({ vmId, phase, resumed }) => {
    if (vmId === undefined) return [];
    const runs = phase === "waiting" || phase === "claimed" || phase === "online" ||
      (phase === "resuming" && resumed);
    return [
      [vmId, runs ? "running" : phase === "retiring" ? "off" : "saved"] as [
        VmId,
        "running" | "saved" | "off",
      ],
    ];
  });
  stage.vms(...rows);
  stage.plan();
}

/** The guest goes on after a resume: what the host and the guest would say. */
function resumed(stage: Stage, cycle: Cycle): void {
  assert.equal(cycle.phase, "resuming");
  delete cycle.op;
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "waiting", proven: BOOT } });
}

Deno.test("a running machine is handed out at once, a saved one is resumed for its holder", () => {
  const stage = stageOf(2, { hot: 1 });
  const hot = machine(stage, 1, "online");
  const saved = machine(stage, 2);
  const first = acquire(stage);
  const second = acquire(stage);
  turn(stage);
  assert.deepEqual([stage.s.leases.get(first)?.state, stage.s.leases.get(first)?.origin], ["active", "hot"]);
  assert.equal(hot.phase, "claimed");
  assert.equal(hot.used, true);
  assert.deepEqual([stage.s.leases.get(second)?.state, stage.s.leases.get(second)?.origin], [
    "starting",
    "standby",
  ]);
  resumed(stage, saved);
  turn(stage);
  assert.equal(stage.s.leases.get(second)?.state, "active");
  assert.equal(saved.phase, "claimed");
});

Deno.test("after its lease a machine goes back to its checkpoint before anybody else may have it", () => {
  const stage = stageOf(1, { hot: 1 });
  const cycle = machine(stage, 1, "online");
  const lease = acquire(stage);
  turn(stage);
  const waits = acquire(stage, "bob");
  turn(stage);
  assert.equal(stage.s.leases.get(waits)?.state, "queued");
  const command = { type: "lease.release", lease, release: "reset", cause: "done", source: "test" } as const;
  for (const event of decide(stage.s, command)) stage.apply(event);
  turn(stage);
  assert.equal(cycle.phase, "sealing");
  assert.equal(stage.s.leases.get(waits)?.state, "queued");
  assert.deepEqual(stage.step(cycle, "running"), { step: "open", call: "vm.turnOff" });
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "checkpoint.restore" });
});

Deno.test("a lease with destroy, and a machine without a checkpoint, are made anew afterwards", () => {
  for (const kept of [true, false]) {
    const stage = stageOf(1, { hot: 1 });
    const cycle = machine(stage, 1, "online");
    if (!kept) delete cycle.checkpoint;
    const lease = acquire(stage, "ann", { release: kept ? "destroy" : "reset" });
    turn(stage);
    const command = {
      type: "lease.release",
      lease,
      release: kept ? "destroy" : "reset",
      cause: "x",
      source: "x",
    } as const;
    for (const event of decide(stage.s, command)) stage.apply(event);
    turn(stage);
    assert.equal(cycle.phase, "retiring");
  }
});

Deno.test("a lease ends when its holder is silent, however that is, and at its end whatever the holder does", () => {
  const stage = stageOf(1, { hot: 1 });
  machine(stage, 1, "online");
  const lease = acquire(stage);
  turn(stage);
  // A sign that is only in memory counts.
  stage.now += 9 * MINUTE;
  stage.v.touches.set(lease, stage.now);
  stage.now += 9 * MINUTE;
  turn(stage);
  assert.equal(stage.s.leases.get(lease)?.state, "active");
  stage.now += MINUTE;
  stage.events.length = 0;
  turn(stage);
  assert.equal(stage.s.leases.size, 0);
  const ended = stage.events.find(({ type }) => type === "lease.ended");
  assert.equal(ended?.type === "lease.ended" && ended.data.cause, "its holder was silent for too long");
  const busy = stageOf(1, { hot: 1 });
  machine(busy, 1, "online");
  const other = acquire(busy);
  turn(busy);
  for (let minute = 0; minute < 60; minute++) {
    busy.now += MINUTE;
    busy.v.touches.set(other, busy.now);
    turn(busy);
  }
  assert.equal(busy.s.leases.size, 0);
});

Deno.test("a restart begins the idle clock anew, and one sign within a quarter of the idle time is recorded", () => {
  const stage = stageOf(1, { hot: 1 });
  machine(stage, 1, "online");
  const lease = acquire(stage);
  turn(stage);
  const touch = (): number => {
    const events = decide(stage.s, { type: "lease.touch", lease, at: stage.now });
    for (const event of events) stage.apply(event);
    return events.length;
  };
  stage.now += 2 * MINUTE;
  assert.equal(touch(), 0);
  stage.now += MINUTE;
  assert.equal(touch(), 1);
  assert.equal(touch(), 0);
  stage.now += 9 * MINUTE;
  stage.apply({ type: "run.started", data: { controller: stage.s.controller, version: "test" } });
  stage.v.touches.clear();
  stage.now += 9 * MINUTE;
  turn(stage);
  assert.equal(stage.s.leases.get(lease)?.state, "active");
});

Deno.test("a machine that does not go on costs its place, not the lease: another one is taken", () => {
  const stage = stageOf(2);
  const [first, second] = [machine(stage, 1), machine(stage, 2)];
  const lease = acquire(stage);
  turn(stage);
  assert.equal(stage.s.leases.get(lease)?.cycle, first.id);
  delete first.op;
  stage.apply({
    type: "cycle.resume_failed",
    data: { cycle: first.id, rung: 1, cause: "resume-timeout", message: "it did not go on" },
  });
  turn(stage);
  assert.equal(stage.s.leases.get(lease)?.cycle, second.id);
  assert.equal(first.lease, undefined);
});

Deno.test("who waits is served by priority, then by who has the fewest machines, then in order", () => {
  const stage = stageOf(5, { hot: 5 });
  machine(stage, 1, "online");
  acquire(stage, "ann");
  turn(stage);
  const [annAgain, bob, bobAgain, urgent] = [
    acquire(stage, "ann"),
    acquire(stage, "bob"),
    acquire(stage, "bob"),
    acquire(stage, "ann", { priority: 5 }),
  ];
  const order: LeaseId[] = [];
  for (let slot = 2; slot <= 5; slot++) {
    machine(stage, slot, "online");
    turn(stage);
    const served = [...stage.s.leases.values()].filter(({ id, state }) =>
      state === "active" && !order.includes(id)
    );
    order.push(...served.map(({ id }) => id).filter((id) => [annAgain, bob, bobAgain, urgent].includes(id)));
  }
  assert.deepEqual(order, [urgent, bob, bobAgain, annAgain]);
  assert.deepEqual([heldBy(stage.s, "ann"), heldBy(stage.s, "bob")], [3, 2]);
});

Deno.test("whoever wants a machine now or not at all gets one that is free, running or saved, and else none", () => {
  const stage = stageOf(2, { hot: 1 });
  machine(stage, 1, "online");
  const saved = machine(stage, 2);
  const now = [acquire(stage, "ann", { waitMs: 0 }), acquire(stage, "bob", { waitMs: 0 })];
  const late = acquire(stage, "eve", { waitMs: 0 });
  turn(stage);
  assert.deepEqual(now.map((id) => stage.s.leases.get(id)?.state), ["active", "starting"]);
  assert.equal(stage.s.leases.has(late), false);
  assert.equal(stage.s.endedLeases.get(late)?.cause, "no machine was free in time");
  // It is given the time of a start.
  stage.now += MINUTE;
  resumed(stage, saved);
  turn(stage);
  assert.equal(stage.s.leases.get(now[1] ?? assert.fail())?.state, "active");
});

Deno.test("whoever has used up a quota is told so, not that no machine was free", () => {
  const stage = stageOf(2, { hot: 2 });
  stage.s.settings = { ...stage.s.settings, quotas: [{ holder: "*", leases: 1 }] };
  machine(stage, 1, "online");
  machine(stage, 2, "online");
  acquire(stage, "ann", { waitMs: 0 });
  const second = acquire(stage, "ann", { waitMs: 0 });
  turn(stage);
  assert.match(
    stage.s.endedLeases.get(second)?.cause ?? "",
    /^no machine was free in time within its quota: ann has 1 machine, and the quota "\*" allows 1$/,
  );
});

Deno.test("a lease whose wait was over before the turn is given nothing, although one is free", () => {
  const stage = stageOf(1, { hot: 1 });
  const lease = acquire(stage, "ann", { waitMs: MINUTE });
  stage.now += MINUTE + 1;
  machine(stage, 1, "online");
  turn(stage);
  assert.equal(stage.s.endedLeases.get(lease)?.cause, "no machine was free in time");
});

Deno.test("property: a lease with a wait of zero is granted exactly where a machine is free for it", () => {
  const asks = fc.array(fc.record({ priority: fc.integer({ min: -2, max: 2 }), zero: fc.boolean() }), {
    maxLength: 8,
  });
  fc.assert(fc.property(fc.nat(4), fc.nat(4), asks, (hot, saved, wanted) => {
    const size = Math.max(1, hot + saved);
    const stage = stageOf(size, { hot });
    for (let slot = 1; slot <= hot + saved; slot++) machine(stage, slot, slot <= hot ? "online" : "standby");
    const ids = wanted.map(({ priority, zero }, i) =>
      acquire(stage, `h${i}`, { priority, ...(zero ? { waitMs: 0 } : {}) })
    );
    turn(stage);
    const has = ids.map((id) => stage.s.leases.get(id)?.cycle !== undefined);
    assert.equal(has.filter(Boolean).length, Math.min(hot + saved, wanted.length));
    const lowest = Math.min(...wanted.filter((_, i) => has[i]).map(({ priority }) => priority));
    wanted.forEach(({ priority, zero }, i) => {
      if (has[i]) return;
      assert.ok(priority <= lowest, "somebody of lower priority was served");
      assert.equal(stage.s.leases.has(ids[i] ?? assert.fail()), !zero);
    });
  }));
});

Deno.test("causes of ended leases are kept for a day, the last thousand of them, and outlive a snapshot", () => {
  const stage = stageOf(1, { size: 0 });
  const ids = Array.from({ length: 1_002 }, (_, i) => acquire(stage, `h${i}`, { waitMs: 0 }));
  turn(stage);
  const known = () => [...readSnapshot(writeSnapshot(stage.s)).endedLeases.keys()];
  assert.deepEqual(known(), ids.slice(2));
  stage.now += 24 * 60 * MINUTE;
  const last = acquire(stage, "ann", { waitMs: 0 });
  turn(stage);
  assert.deepEqual(known(), [last]);
});

Deno.test("one that waits too long ends; a drained pool hands nothing out, a paused one does", () => {
  const stage = stageOf(1);
  const lease = acquire(stage, "ann", { waitMs: MINUTE });
  stage.now += MINUTE;
  turn(stage);
  assert.equal(stage.s.leases.has(lease), false);
  for (const drain of [true, false]) {
    const drained = stageOf(1, { hot: 1 });
    machine(drained, 1, "online");
    for (const event of decide(drained.s, { type: "cordon", pool: "ci", drain, source: "x" })) {
      drained.apply(event);
    }
    const waits = acquire(drained);
    turn(drained);
    assert.equal(drained.s.leases.get(waits)?.state, drain ? "queued" : "active");
  }
});

Deno.test("leases and keys survive a snapshot; a key brings no second lease", () => {
  const stage = stageOf(1);
  acquire(stage, "ann", { key: "k", hash: "h" });
  acquire(stage, "ann", { key: "k", hash: "h" });
  assert.equal(stage.s.leases.size, 1);
  const again = readSnapshot(writeSnapshot(stage.s));
  assert.deepEqual([...again.leases], [...stage.s.leases]);
  assert.deepEqual([...again.leaseKeys], [...stage.s.leaseKeys]);
});

/** No machine has two holders, none is handed out used, and lease and machine know each other. */
function assertSound(stage: Stage, before: ReadonlySet<CycleId>): void {
  const holders = new Map<CycleId, LeaseId>();
  for (const lease of stage.s.leases.values()) {
    if (lease.cycle === undefined) continue;
    assert.equal(holders.has(lease.cycle), false, `${lease.cycle} has two leases`);
    holders.set(lease.cycle, lease.id);
  }
  for (const event of stage.events) {
    if (event.type !== "lease.granted") continue;
    assert.equal(before.has(event.data.cycle), false, `${event.data.cycle} was handed out used`);
  }
}

Deno.test("whatever is asked for and whatever happens, no machine has two holders and none is handed out used", () => {
  const step = fc.record({
    kind: fc.constantFrom(
      "acquire",
      "release",
      "touch",
      "time",
      "turn",
      "resumed",
      "restored",
      "off",
      "crash",
      "destroy",
    ),
    a: fc.nat(20),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 60, maxLength: 120 }), fc.nat(3), (steps, hot) => {
      const stage = stageOf(4, { hot });
      for (let slot = 1; slot <= 4; slot++) machine(stage, slot, slot <= hot ? "online" : "standby");
      const pick = <T>(items: readonly T[], a: number): T | undefined => items[a % Math.max(1, items.length)];
      for (const { kind, a } of steps) {
        stage.events.length = 0;
        const used = new Set([...stage.s.cycles.values()].filter((cycle) => cycle.used).map(({ id }) => id));
        const cycles = [...stage.s.cycles.values()];
        const lease = pick([...stage.s.leases.keys()], a);
        switch (kind) {
          case "acquire":
            acquire(stage, ["ann", "bob", "eve"][a % 3], { priority: a % 2 });
            break;
          case "release":
          case "destroy":
            if (lease === undefined) break;
            for (
              const event of decide(stage.s, {
                type: "lease.release",
                lease,
                release: kind === "release" ? "reset" : "destroy",
                cause: "x",
                source: "x",
              })
            ) stage.apply(event);
            break;
          case "touch":
            if (lease !== undefined) stage.v.touches.set(lease, stage.now);
            break;
          case "time":
            stage.now += a * MINUTE;
            break;
          case "resumed": {
            const cycle = pick(cycles.filter(({ phase }) => phase === "resuming"), a);
            if (cycle === undefined) break;
            delete cycle.op;
            stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "waiting", proven: BOOT } });
            break;
          }
          case "restored": {
            const cycle = pick(cycles.filter(({ phase }) => phase === "sealing"), a);
            if (cycle === undefined) break;
            delete cycle.op;
            const op = stage.open(cycle, "checkpoint.restore");
            const closed = { cycle: cycle.id, op, call: "checkpoint.restore", outcome: "ok" } as const;
            stage.apply({ type: "op.closed", data: { ...closed, learnt: { power: "saved" } } });
            stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "standby" } });
            break;
          }
          case "off": {
            const cycle = pick(cycles.filter(({ phase }) => phase === "claimed" || phase === "online"), a);
            if (cycle === undefined) break;
            stage.apply({
              type: "cycle.retired",
              data: { cycle: cycle.id, cause: "somebody turned it off" },
            });
            break;
          }
          case "crash":
            stage.apply({ type: "run.started", data: { controller: stage.s.controller, version: "test" } });
            stage.v.touches.clear();
            break;
          case "turn":
            break;
          default:
            kind satisfies never;
        }
        turn(stage);
        assertSound(stage, used);
      }
      assert.ok(stage.now >= NOW);
    }),
    // A million steps or so.
    { numRuns: 16_000 },
  );
});

Deno.test("whoever waits gets a machine in the very turn in which one becomes ready", () => {
  const stage = stageOf(1, { hot: 1 });
  const cycle = machine(stage, 1);
  const lease = acquire(stage);
  cycle.proven = "an earlier start of the host";
  turn(stage);
  assert.equal(stage.s.leases.get(lease)?.state, "queued");
  delete cycle.op;
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "waiting", proven: BOOT } });
  stage.vms([cycle.vmId as VmId, "running"]);
  // Only the machine is looked at, as after a reading of its guest.
  stage.work.pools.clear();
  stage.work.cycles.add(cycle.id);
  plan(stage.s, stage.v, stage.now, stage.work, stage.apply);
  assert.equal(stage.s.leases.get(lease)?.state, "active");
});
