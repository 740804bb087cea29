import assert from "node:assert/strict";
import type { LeaseId } from "../model/leases/lease.ts";
import { LeaseWorld } from "../model/testing/lease_world.ts";
import { AGENT_POOL } from "../model/testing/leased.ts";
import { testSettings } from "../model/testing/stage.ts";
import type { LeaseStatus } from "../model/status.ts";
import { describeLease } from "./describe_lease.ts";

function leaseId(number: number): LeaseId {
  return `l-${String(number).padStart(26, "0")}` as LeaseId;
}

function ask(world: LeaseWorld, number: number, holder = "ann"): void {
  world.command({
    type: "lease.acquire",
    ...{ lease: leaseId(number), pool: "ci", holder, priority: 0, labels: {}, source: "test" },
    ...{ waitMs: 3_600_000, idleMs: 600_000, totalMs: 3_600_000, onIdle: "release", keepMs: 600_000 },
    release: "reset",
  });
}

/** Goes on until its holder has it. */
function granted(world: LeaseWorld, number: number): LeaseStatus {
  for (let seconds = 0; seconds < 600; seconds++) {
    world.run(1_000);
    const lease = world.state.leases.get(leaseId(number));
    if (lease?.state === "active") {
      return describeLease(world.state, world.turns.view, lease, world.now);
    }
  }
  assert.fail("its holder never had it");
}

function acquire(world: LeaseWorld, number: number): LeaseStatus {
  ask(world, number);
  return granted(world, number);
}

function sum(...parts: (number | null)[]): number {
  return parts.reduce<number>((all, part) => all + (part ?? 0), 0);
}

Deno.test("the steps of a lease say what its machine took: start, network and guest of a saved one", () => {
  const world = new LeaseWorld(testSettings({ ...AGENT_POOL, size: 1 }));
  world.run(60_000);
  const { origin, steps } = acquire(world, 1);
  assert.equal(origin, "standby");
  assert.ok(steps.startMs !== null && steps.networkMs !== null && steps.readyMs !== null);
  assert.ok(sum(steps.startingMs) > 0);
  assert.equal(sum(steps.startMs, steps.networkMs, steps.readyMs), steps.startingMs);
  assert.equal(steps.madeMs, null);
});

Deno.test("a hot machine takes no start, and of a cold one the wait for it is told", () => {
  const hot = new LeaseWorld(testSettings({ ...AGENT_POOL, size: 1, hot: 1 }));
  hot.run(60_000);
  const { steps: { startMs, networkMs, madeMs, readyMs, startingMs } } = acquire(hot, 1);
  assert.deepEqual([startMs, networkMs, madeMs], [null, null, null]);
  assert.equal(readyMs, startingMs);

  const cold = new LeaseWorld(testSettings({ ...AGENT_POOL, size: 1 }));
  const { origin, steps } = acquire(cold, 1);
  assert.equal(origin, "cold");
  assert.ok(steps.madeMs !== null && steps.madeMs > 0 && steps.madeMs <= sum(steps.queuedMs));
});

Deno.test("of the wait for a machine that another holder has, only its way back counts as making it", () => {
  const world = new LeaseWorld(testSettings({ ...AGENT_POOL, size: 1 }));
  world.run(60_000);
  acquire(world, 1);
  ask(world, 2, "bob");
  world.run(300_000);
  world.command({
    type: "lease.release",
    ...{ lease: leaseId(1), release: "reset", cause: "test", source: "test" },
  });
  const { steps } = granted(world, 2);
  assert.ok(sum(steps.queuedMs) >= 300_000);
  // This host takes no time for it.
  assert.ok(steps.madeMs !== null && steps.madeMs < 60_000, String(steps.madeMs));
});
