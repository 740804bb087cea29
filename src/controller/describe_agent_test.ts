import assert from "node:assert/strict";
import { statusSchema } from "../api/schemas.ts";
import type { LeaseId } from "../model/leases/lease.ts";
import type { Power } from "../model/phases.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { Status, VmStatus } from "../model/status.ts";
import { BOOT, NOW, Stage, testSettings, VM } from "../model/testing/stage.ts";
import { describe } from "./describe.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 0,
  size: 4,
  agent: { desktop: false, idleMs: 600_000, totalMs: 3_600_000 },
};

function described(stage: Stage): Status {
  const around = { version: "1.2.3", startedAt: NOW, now: stage.now, rate: () => undefined };
  const status = describe(stage.s, stage.v, around);
  assert.deepEqual(statusSchema.strict().parse(status), status, "The status is not what the contract says");
  return status;
}

/** The host's list has the machine of the stage, as it says. */
function listed(stage: Stage, power: Power & ("running" | "saved" | "off"), over: object = {}): void {
  const row = { power, notes: "", directory: "", memoryMb: 8192, uptimeMs: 60_000, ...over };
  stage.v.vms = { asOf: stage.s.seq, at: stage.now, bootId: BOOT, rows: new Map([[VM, row]]) };
}

function only({ vms: [vm, ...others] }: Status): VmStatus {
  assert.deepEqual(others, []);
  return vm ?? assert.fail("no VM");
}

function request(stage: Stage, holder: string): LeaseId {
  const lease = `l-${holder.padStart(26, "0")}` as LeaseId;
  const data = { pool: "ci", holder, priority: 0, labels: {}, waitMs: 1, idleMs: 1, totalMs: 1, keepMs: 1 };
  stage.apply({
    type: "lease.requested",
    data: { lease, ...data, release: "reset", onIdle: "release", source: "x" },
  });
  return lease;
}

Deno.test("describe() tells memory and uptime of a machine that runs, up to now", () => {
  const stage = new Stage(testSettings(AGENT));
  stage.cycle({ phase: "online", vm: "known", vmId: VM });
  listed(stage, "running");
  stage.now += 30_500;
  const { memoryMb, uptimeSeconds, savedStateMb, resumedAt } = only(described(stage));
  assert.deepEqual([memoryMb, uptimeSeconds, savedStateMb], [8192, 90, null]);
  assert.equal(
    resumedAt,
    new Date(NOW - 60_000).toISOString(),
    "its start was not answered: the host tells it",
  );
});

Deno.test("describe() tells the size of a saved state, and when it was resumed last", () => {
  const stage = new Stage(testSettings(AGENT));
  const cycle = stage.cycle({ phase: "resuming", vm: "known", vmId: VM, clean: true });
  const op = 1 as never;
  stage.apply({ type: "op.opened", data: { cycle: cycle.id, op, call: "vm.start" } });
  stage.now += 2_000;
  stage.apply({ type: "op.closed", data: { cycle: cycle.id, op, call: "vm.start", outcome: "ok" } });
  stage.now += 60_000;
  listed(stage, "saved", { uptimeMs: 0, savedMb: 5120 });
  const { memoryMb, uptimeSeconds, savedStateMb, resumedAt } = only(described(stage));
  assert.deepEqual([memoryMb, uptimeSeconds, savedStateMb], [0, null, 5120]);
  assert.equal(resumedAt, new Date(NOW + 2_000).toISOString());
});

Deno.test("describe() knows nothing of a machine that it has not seen for too long, and 0 MB of one that is off", () => {
  const stage = new Stage(testSettings(AGENT));
  stage.cycle({ phase: "standby", vm: "known", vmId: VM });
  listed(stage, "off", { uptimeMs: 0 });
  assert.deepEqual([only(described(stage)).memoryMb, only(described(stage)).savedStateMb], [0, null]);
  stage.now += 3_600_000;
  assert.equal(only(described(stage)).memoryMb, null);
});

Deno.test("describe() says who has a machine, and the address that its guest tells", () => {
  const stage = new Stage(testSettings(AGENT));
  const cycle = stage.cycle({ phase: "claimed", vm: "known", vmId: VM });
  const lease = request(stage, "ann");
  stage.apply({ type: "lease.assigned", data: { lease, cycle: cycle.id, origin: "hot" } });
  listed(stage, "running");
  stage.v.guests.set(VM, {
    asOf: stage.s.seq,
    at: NOW,
    phase: "waiting",
    use: 0,
    beat: 2,
    address: "172.20.0.7",
    stood: { asOf: stage.s.seq, at: NOW, beat: 1 },
    base: { asOf: 0, beat: 0 },
  });
  const { lease: held, parked, address } = only(described(stage));
  assert.deepEqual([held, parked, address], [{ id: lease, holder: "ann" }, null, "172.20.0.7"]);
});

Deno.test("describe() counts parked machines, those that are off, and leases that wait", () => {
  const stage = new Stage(testSettings(AGENT));
  const until = NOW + 60_000;
  const parked = { holder: "bob", pool: "ci", how: "save", until, checkpoints: [] } as const;
  stage.cycle({ phase: "claimed", vm: "known", vmId: VM, parked }, 1);
  const off = stage.cycle({ phase: "sealing", vm: "known" }, 2);
  off.wish = { what: "off", source: "ann" };
  stage.cycle({ phase: "claimed", vm: "known" }, 3);
  request(stage, "ann");
  const status = described(stage);
  const [pool] = status.pools;
  assert.deepEqual(
    [pool?.claimed, pool?.parked, pool?.off, pool?.queued, pool?.starting],
    [1, 1, 1, 1, 0],
  );
  assert.deepEqual(status.vms[0]?.parked, { holder: "bob", until: new Date(until).toISOString() });
});

Deno.test("describe() says why a pool has no saved machines", () => {
  const { template } = testSettings().pools[0] ?? assert.fail();
  const { recycle: _, hot: _h, ...cold } = AGENT;
  for (
    const [what, why] of [["gpu", "with a GPU partition"], ["nested", "that runs Hyper-V itself"]] as const
  ) {
    const stage = new Stage(testSettings({ ...cold, template: { ...template, [what]: true } }));
    assert.equal(
      described(stage).pools[0]?.cold,
      `a machine ${why} can be neither saved nor checkpointed: each is made anew after its lease`,
    );
  }
  assert.equal(described(new Stage(testSettings(AGENT))).pools[0]?.cold, null);
});
