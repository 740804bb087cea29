import assert from "node:assert/strict";
import fc from "fast-check";
import type { CycleId, VmId } from "../ids.ts";
import type { PoolSettings, Quota } from "../settings.ts";
import type { Cycle } from "../state.ts";
import { Stage, testSettings } from "../testing/stage.ts";
import type { Lease, LeaseId, Parked } from "./lease.ts";
import { holding, queueRefusal, quotaAllows, quotaOf } from "./quotas.ts";

const AGENT: Partial<PoolSettings> = {
  kind: "agent",
  recycle: "restore",
  hot: 0,
  size: 20,
  agent: { desktop: false, idleMs: 600_000, totalMs: 3_600_000 },
};

function stageOf(quotas: readonly Quota[]): Stage {
  return new Stage(testSettings(AGENT, { quotas }));
}

let next = 0;

function request(stage: Stage, holder: string): Lease {
  const lease = `l-${String(next++).padStart(26, "0")}` as LeaseId;
  stage.apply({
    type: "lease.requested",
    data: {
      lease,
      pool: "ci",
      holder,
      priority: 0,
      labels: {},
      waitMs: 1_800_000,
      idleMs: 600_000,
      totalMs: 3_600_000,
      release: "reset",
      onIdle: "release",
      keepMs: 3_600_000,
      source: "test",
    },
  });
  return stage.s.leases.get(lease) ?? assert.fail("no lease");
}

let slots = 0;

function machine(stage: Stage): Cycle {
  const vmId = `00000000-0000-4000-8000-${String(++slots).padStart(12, "0")}` as VmId;
  return stage.cycle({ phase: "standby", vm: "known", vmId, clean: true }, (slots % 20) + 1);
}

function assign(stage: Stage, lease: Lease, state: Lease["state"] = "active"): Cycle {
  const cycle = machine(stage);
  stage.apply({ type: "lease.assigned", data: { lease: lease.id, cycle: cycle.id, origin: "standby" } });
  lease.state = state;
  return cycle;
}

function park(stage: Stage, holder: string, how: Parked["how"]): Cycle {
  const cycle = machine(stage);
  cycle.parked = { holder, pool: "ci", how, until: stage.now + 60_000, checkpoints: [] };
  return cycle;
}

Deno.test("without quotas nobody waits and nobody is refused", () => {
  const stage = new Stage(testSettings(AGENT));
  assert.equal(quotaAllows(stage.s, request(stage, "ann")), undefined);
  assert.equal(queueRefusal(stage.s, "ann"), undefined);
});

Deno.test("the first entry that is about a holder counts, by its name or by its beginning", () => {
  const { s } = stageOf([{ holder: "ci-9", leases: 9 }, { holder: "ci-*", leases: 2 }, { holder: "*" }]);
  assert.deepEqual(["ci-9", "ci-1", "ci-", "ann", "ci"].map((holder) => quotaOf(s, holder)?.holder), [
    "ci-9",
    "ci-*",
    "ci-*",
    "*",
    "*",
  ]);
});

for (const state of ["starting", "active", "changing", "paused"] as const) {
  Deno.test(`a lease that is ${state} counts as one of its holder's machines`, () => {
    const stage = stageOf([{ holder: "*", leases: 1 }]);
    assign(stage, request(stage, "ann"), state);
    assert.equal(
      quotaAllows(stage.s, request(stage, "ann")),
      'ann has 1 machine, and the quota "*" allows 1',
    );
    assert.equal(quotaAllows(stage.s, request(stage, "bob")), undefined, "each has its own");
  });
}

Deno.test("a lease that waits is no machine", () => {
  const stage = stageOf([{ holder: "*", leases: 1 }]);
  request(stage, "ann");
  assert.equal(quotaAllows(stage.s, request(stage, "ann")), undefined);
});

Deno.test("a parked machine counts, but not for the lease that is given it", () => {
  const stage = stageOf([{ holder: "*", leases: 1 }]);
  const parked = park(stage, "ann", "save");
  const lease = request(stage, "ann");
  assert.equal(quotaAllows(stage.s, lease, parked), undefined);
  for (const other of [undefined, machine(stage)]) {
    assert.match(
      quotaAllows(stage.s, lease, other) ?? "",
      /^ann has 1 machine, 1 of them parked, and the quota "\*" allows 1$/,
    );
  }
});

Deno.test("memory counts what runs: neither paused leases nor machines that are parked in their saved state", () => {
  const stage = stageOf([{ holder: "ann", memoryMb: 8192 }]);
  const paused = request(stage, "ann");
  assign(stage, paused, "paused");
  park(stage, "ann", "save");
  assert.deepEqual(holding(stage.s, "ann"), { machines: 2, parked: 1, memoryMb: 0, awaitedMb: 0 });
  park(stage, "ann", "keep");
  assign(stage, request(stage, "ann"));
  assert.deepEqual(holding(stage.s, "ann"), { machines: 4, parked: 2, memoryMb: 8192, awaitedMb: 0 });
  const waits = 'ann has 8192 MB running, another 4096 MB are needed, and the quota "ann" allows 8192 MB';
  assert.equal(quotaAllows(stage.s, request(stage, "ann"), machine(stage)), waits);
  assert.equal(quotaAllows(stage.s, paused), waits, "a paused one waits before it is resumed");
});

Deno.test("a paused lease of a holder with all its machines may be resumed", () => {
  const stage = stageOf([{ holder: "*", leases: 1, memoryMb: 4096 }]);
  const paused = request(stage, "ann");
  assign(stage, paused, "paused");
  assert.equal(quotaAllows(stage.s, paused), undefined);
});

Deno.test("what would be one too many in the queue is refused, and the quota is named", () => {
  const stage = stageOf([{ holder: "ci-*", queued: 2 }]);
  request(stage, "ci-1");
  assert.equal(queueRefusal(stage.s, "ci-1"), undefined);
  request(stage, "ci-1");
  assert.equal(
    queueRefusal(stage.s, "ci-1"),
    '2 leases of ci-1 wait already, and the quota "ci-*" allows 2. Wait for one of them, or release it.',
  );
  assert.equal(queueRefusal(stage.s, "ci-2"), undefined);
});

Deno.test("what would wait for ever is refused: no machine at all, or one that is larger than the quota", () => {
  const stage = stageOf([{ holder: "eve", leases: 0 }, { holder: "*", memoryMb: 2048 }]);
  assert.match(
    queueRefusal(stage.s, "eve") ?? "",
    /^eve can have no machine: the quota "eve" allows 0\. Change it/,
  );
  assert.match(
    queueRefusal(stage.s, "ann", "ci") ?? "",
    /^A machine of pool ci has 4096 MB of memory, and the quota "\*" allows 2048 MB for ann\. Change it/,
  );
});

Deno.test("property: whoever is asked before each step never has more machines or memory than its quota", () => {
  const holders = ["a", "b", "c-1", "c-2"];
  const quotas: Quota[] = [{ holder: "a", leases: 2 }, { holder: "c-*", leases: 3, memoryMb: 8192 }];
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom("acquire", "serve", "pause", "resume", "save", "keep", "end", "unpark"),
      who: fc.nat(50),
    }),
    { maxLength: 60 },
  );
  fc.assert(fc.property(acts, (steps) => {
    const stage = stageOf(quotas);
    const { s } = stage;
    const end = (lease: Lease, how?: Parked["how"]) => {
      const cycle = s.cycles.get(lease.cycle as CycleId) ?? assert.fail("no machine");
      s.leases.delete(lease.id);
      delete cycle.lease;
      if (how === undefined) s.cycles.delete(cycle.id);
      else {
        const { holder, pool } = lease;
        cycle.parked = {
          holder,
          pool,
          how: lease.state === "paused" ? "save" : how,
          until: 0,
          checkpoints: [],
        };
      }
    };
    for (const { act, who } of steps) {
      const of = (...states: Lease["state"][]) => {
        const fit = [...s.leases.values()].filter(({ state }) => states.includes(state));
        return fit[who % Math.max(1, fit.length)];
      };
      const parked = [...s.cycles.values()].filter((cycle) => cycle.parked !== undefined);
      if (act === "acquire") request(stage, holders[who % holders.length] ?? "a");
      if (act === "serve") {
        const lease = of("queued");
        const own = parked.find((cycle) => cycle.parked?.holder === lease?.holder);
        if (lease === undefined || quotaAllows(s, lease, own) !== undefined) continue;
        if (own === undefined) assign(stage, lease);
        else {
          delete own.parked;
          own.lease = lease.id;
          Object.assign(lease, { state: "active", cycle: own.id });
        }
      }
      if (act === "pause") Object.assign(of("active") ?? {}, { state: "paused" });
      if (act === "resume") {
        const lease = of("paused");
        if (lease !== undefined && quotaAllows(s, lease) === undefined) lease.state = "active";
      }
      const held = of("active", "paused");
      if ((act === "save" || act === "keep") && held !== undefined) end(held, act);
      if (act === "end" && held !== undefined) end(held);
      const [first] = parked;
      if (act === "unpark" && first !== undefined) s.cycles.delete(first.id);
      for (const holder of holders) {
        const quota = quotaOf(s, holder);
        const has = holding(s, holder);
        assert.ok(has.machines <= (quota?.leases ?? Infinity), `${holder} has ${has.machines} machines`);
        assert.ok(has.memoryMb <= (quota?.memoryMb ?? Infinity), `${holder} has ${has.memoryMb} MB`);
      }
    }
  }));
});

Deno.test("two paused leases that are resumed at once do not wait for each other", () => {
  const stage = stageOf([{ holder: "*", memoryMb: 4096 }]);
  const leases = [request(stage, "ann"), request(stage, "ann")];
  const [first, second] = leases.map((lease) => {
    const cycle = assign(stage, lease, "changing");
    lease.change = { kind: "resume" };
    cycle.doing = { since: stage.now, saved: true };
    return { lease, cycle };
  });
  assert.ok(first?.cycle.doing !== undefined && second !== undefined);
  assert.equal(quotaAllows(stage.s, first.lease), undefined);
  first.cycle.doing.startedAt = stage.now;
  assert.match(quotaAllows(stage.s, second.lease) ?? "", /^ann has 4096 MB running/);
});

Deno.test("of one holder a lease that waits to be resumed comes before one that is queued", () => {
  const stage = stageOf([{ holder: "*", memoryMb: 8192 }]);
  assign(stage, request(stage, "ann"));
  const waits = request(stage, "ann");
  const cycle = assign(stage, waits, "changing");
  waits.change = { kind: "resume" };
  cycle.doing = { since: stage.now, saved: true };
  assert.equal(
    quotaAllows(stage.s, request(stage, "ann")),
    'ann has 4096 MB running and 4096 MB waiting to be resumed, another 4096 MB are needed, and the quota "*" allows ' +
      "8192 MB",
  );
  assert.equal(quotaAllows(stage.s, waits), undefined);
  assert.equal(quotaAllows(stage.s, request(stage, "bob")), undefined, "others do not wait for it");
  waits.change = { kind: "pause" };
  assert.equal(quotaAllows(stage.s, request(stage, "ann")), undefined, "it is not to be resumed any more");
});
