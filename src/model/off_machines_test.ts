import assert from "node:assert/strict";
import type { VmId } from "./ids.ts";
import type { LeaseId } from "./leases/lease.ts";
import { originOf } from "./leases/origin.ts";
import { isOff } from "./off_machines.ts";
import type { Phase } from "./phases.ts";
import type { PoolSettings } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { BOOT, NOW, Stage, testSettings } from "./testing/stage.ts";

function stageOf(
  over: { warm?: number; hot?: number; size?: number } = {},
  pool: Partial<PoolSettings> = {},
): Stage {
  const { warm, hot = 1, size = 5 } = over;
  const agent = { desktop: false, addressless: true, idleMs: 60_000, totalMs: 600_000 } as const;
  const stage = new Stage(testSettings({
    kind: "agent",
    recycle: "restore",
    hot,
    size,
    agent: { ...agent, ...(warm === undefined ? {} : { warm }) },
    ...pool,
  }));
  stage.vms();
  return stage;
}

function machine(stage: Stage, slot: number, phase: Phase): Cycle {
  const vmId = `00000000-0000-4000-8000-00000000000${slot}` as VmId;
  const kept = phase === "standby" ? { clean: true, checkpoint: "c", proven: BOOT } : {};
  return stage.cycle({ phase, vm: "known", vmId, directory: true, disk: true, ...kept }, slot);
}

/** How many of these machines are started, the host saying that all of them are off. */
function started(stage: Stage, cycles: readonly Cycle[]): number {
  stage.vms(...cycles.flatMap(({ vmId, phase }) => {
    if (vmId === undefined) return [];
    return [[vmId, phase === "provisioning" ? "off" : phase === "standby" ? "saved" : "running"] as const]
      .map(
        ([id, power]) => [id, power] as [VmId, "off" | "saved" | "running"],
      );
  }));
  stage.plan();
  return cycles.filter(({ op }) => op?.call === "vm.start").length;
}

function acquire(stage: Stage, n: number): void {
  stage.apply({
    type: "lease.requested",
    data: {
      lease: `l-${String(n).padStart(26, "0")}` as LeaseId,
      pool: "ci",
      holder: `holder-${n}`,
      priority: 0,
      labels: {},
      waitMs: 600_000,
      idleMs: 60_000,
      totalMs: 600_000,
      onIdle: "release",
      keepMs: 60_000,
      release: "reset",
      source: "test",
    },
  });
}

Deno.test("a pool starts as many machines as are to run and to be saved, and the rest is made and stays off", () => {
  const stage = stageOf({ hot: 1, warm: 2 });
  const cycles = [1, 2, 3, 4, 5].map((slot) => machine(stage, slot, "provisioning"));
  assert.equal(started(stage, cycles), 3);
  assert.deepEqual(cycles.map((cycle) => isOff(cycle, stage.s.pools.get("ci"))), [
    false,
    false,
    false,
    true,
    true,
  ]);
  assert.match(stage.v.why.get(cycles[4]?.id ?? "") ?? "", /^off, until a lease needs it/);
});

Deno.test("a pool that says nothing of it starts every machine, and so does one whose machines cannot be saved", () => {
  for (const stage of [stageOf(), stageOf({ warm: 0, hot: 0 }, { canary: 0 })]) {
    const [pool] = stage.s.pools.values();
    if (pool?.settings.agent?.warm === 0) delete (pool.settings as { recycle?: string }).recycle;
    const cycles = [1, 2, 3, 4].map((slot) => machine(stage, slot, "provisioning"));
    assert.equal(started(stage, cycles), 4);
  }
});

Deno.test("one that is off is started for a lease that finds no other machine on its way", () => {
  const stage = stageOf({ hot: 0, warm: 1, size: 4 });
  const cycles = [
    machine(stage, 1, "booting"),
    ...[2, 3, 4].map((slot) => machine(stage, slot, "provisioning")),
  ];
  assert.equal(started(stage, cycles), 0);
  acquire(stage, 1);
  assert.equal(started(stage, cycles), 0, "one is on its way");
  acquire(stage, 2);
  assert.equal(started(stage, cycles), 1);
  acquire(stage, 3);
  assert.equal(started(stage, cycles), 2);
});

Deno.test("one that is off is started when too few are left beside those that somebody has", () => {
  const stage = stageOf({ hot: 0, warm: 1, size: 3 });
  const cycles = [
    machine(stage, 1, "standby"),
    machine(stage, 2, "provisioning"),
    machine(stage, 3, "provisioning"),
  ];
  assert.equal(started(stage, cycles), 0);
  acquire(stage, 1);
  started(stage, cycles);
  assert.equal(cycles[0]?.op?.call, "vm.start", "the saved one is resumed for its holder");
  assert.equal(cycles[1]?.op?.call, "vm.start", "and another takes its place");
  assert.equal(cycles[2]?.op, undefined);
});

Deno.test("machines that are off do not keep a degraded pool from trying one", () => {
  const stage = stageOf({ hot: 0, warm: 0, size: 2 });
  const off = machine(stage, 1, "provisioning");
  stage.apply({ type: "pool.degraded", data: { pool: "ci", cause: "boot-timeout" } });
  started(stage, [off]);
  assert.equal(stage.s.cycles.size, 2);
});

Deno.test("originOf() is cold for what came to be ready only after it was asked for", () => {
  const asked = { requestedAt: NOW };
  assert.equal(originOf(asked, { phase: "online", since: NOW }), "hot");
  assert.equal(originOf(asked, { phase: "standby", since: NOW - 1 }), "standby");
  assert.equal(originOf(asked, { phase: "online", since: NOW + 1 }), "cold");
  assert.equal(originOf(asked, { phase: "standby", since: NOW + 1 }), "cold");
  const resumed = { phase: "online", since: NOW + 1, availableSince: NOW - 1 } as const;
  assert.equal(originOf(asked, resumed), "hot", "it was saved by then, and only had to be resumed");
});
