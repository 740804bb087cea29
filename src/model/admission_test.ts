import assert from "node:assert/strict";
import fc from "fast-check";
import { holdsMemory, waitForDisk, waitForMemory } from "./admission.ts";
import { decide } from "./decide.ts";
import type { VmId } from "./ids.ts";
import type { LeaseId } from "./leases/lease.ts";
import { observe } from "./observe.ts";
import type { Phase, Power } from "./phases.ts";
import { dueReads } from "./readings.ts";
import type { PoolSettings, Settings } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { BOOT, NOW, Stage, testSettings } from "./testing/stage.ts";

const MINUTE = 60_000;
/** Memory of each machine. */
const MB = 4_096;
/** The reserve of a host of 40,960 MiB. */
const HOST_MB = 40_960;
const RESERVE_MB = 8_192;

function stageOf(pool: Partial<PoolSettings> = {}, rest: Partial<Settings> = {}): Stage {
  const agent = { desktop: false, addressless: true, idleMs: MINUTE, totalMs: 10 * MINUTE } as const;
  const stage = new Stage(
    testSettings({ kind: "agent", recycle: "restore", hot: 0, size: 8, agent, ...pool }, rest),
  );
  stage.vms();
  stage.memory(HOST_MB);
  return stage;
}

function machine(stage: Stage, slot: number, phase: Phase, power: Power): Cycle {
  const vmId = `00000000-0000-4000-8000-00000000000${slot}` as VmId;
  const kept = phase === "provisioning" ? {} : { clean: power === "saved", checkpoint: "c", proven: BOOT };
  const cycle = stage.cycle({ phase, vm: "known", vmId, directory: true, disk: true, ...kept }, slot);
  const { vms } = stage.v;
  const row = { power, notes: "", directory: "" };
  const rows = new Map([...vms?.rows ?? [], [vmId, row] as const]);
  stage.v.vms = { asOf: stage.s.seq, at: stage.now, bootId: BOOT, rows };
  return cycle;
}

let next = 0;

function acquire(stage: Stage, holder = "ann"): LeaseId {
  const lease = `l-${String(next++).padStart(26, "0")}` as LeaseId;
  const command = {
    type: "lease.acquire",
    lease,
    pool: "ci",
    holder,
    priority: 0,
    labels: {},
    waitMs: 30 * MINUTE,
    idleMs: MINUTE,
    totalMs: 10 * MINUTE,
    onIdle: "release",
    keepMs: MINUTE,
    release: "reset",
    source: "test",
  } as const;
  for (const event of decide(stage.s, command)) stage.apply(event);
  return lease;
}

Deno.test("a machine is started where its memory is free beside the reserve, and waits where it is not", () => {
  const stage = stageOf();
  const cycle = machine(stage, 1, "provisioning", "off");
  stage.memory(HOST_MB, HOST_MB - RESERVE_MB - MB);
  assert.equal(waitForMemory(stage.s, stage.v, cycle), undefined);
  stage.memory(HOST_MB, HOST_MB - RESERVE_MB - MB + 1);
  assert.equal(
    waitForMemory(stage.s, stage.v, cycle),
    "waiting for host memory: needs 4096 MiB, 4095 MiB are free beside the reserve of 8192 MiB",
  );
  stage.memory(HOST_MB, HOST_MB);
  assert.match(waitForMemory(stage.s, stage.v, cycle) ?? "", /, 0 MiB are free/);
});

Deno.test("the reserve is what the configuration says, and a fifth where it says nothing", () => {
  for (const [reservePercent, reserve] of [[0, 0], [50, 20_480], [undefined, RESERVE_MB]] as const) {
    const stage = stageOf({}, reservePercent === undefined ? {} : { reservePercent });
    const cycle = machine(stage, 1, "provisioning", "off");
    stage.memory(HOST_MB, HOST_MB);
    const why = waitForMemory(stage.s, stage.v, cycle) ?? "";
    assert.ok(why.endsWith(`the reserve of ${reserve} MiB`), why);
  }
});

Deno.test("nothing is started before the host's memory is known, and it is asked for", () => {
  const stage = stageOf();
  const cycle = machine(stage, 1, "provisioning", "off");
  delete stage.v.host;
  assert.match(waitForMemory(stage.s, stage.v, cycle) ?? "", /memory to be read/);
  stage.plan();
  assert.equal(cycle.op, undefined);
  const { reads } = dueReads(stage.s, stage.v, new Map(), stage.now);
  assert.ok(reads.some(({ read }) => read === "host"));
});

Deno.test("a start of a runner is not held up by the reserve", () => {
  const stage = stageOf({ kind: "runner" });
  const cycle = machine(stage, 1, "provisioning", "off");
  stage.memory(HOST_MB, HOST_MB);
  assert.equal(waitForMemory(stage.s, stage.v, cycle), undefined);
  const { reads } = dueReads(stage.s, stage.v, new Map(), stage.now);
  assert.ok(!reads.some(({ read }) => read === "host"));
});

for (
  const [power, phase, holds] of [
    ["running", "claimed", true],
    ["paused", "claimed", true],
    ["saved", "claimed", false],
    ["off", "retiring", false],
    ["stopping", "retiring", true],
    ["saved", "standby", false],
    ["off", "provisioning", false],
    ["starting", "resuming", true],
  ] as const
) {
  Deno.test(`a machine that is ${power} in ${phase} ${holds ? "has" : "has no"} memory`, () => {
    const stage = stageOf();
    const cycle = machine(stage, 1, phase, power);
    assert.equal(holdsMemory(stage.v, cycle), holds);
    assert.ok(!holdsMemory(stage.v, { ...cycle, vm: "none" }));
  });
}

Deno.test("before a list says what a machine is, its answer does, and before that its phase", () => {
  const stage = stageOf();
  const cycle = machine(stage, 1, "online", "running");
  delete stage.v.vms;
  assert.ok(holdsMemory(stage.v, cycle));
  assert.ok(!holdsMemory(stage.v, { ...cycle, answer: { power: "off", at: NOW } }));
  assert.ok(holdsMemory(stage.v, { ...cycle, phase: "resuming", resumed: true }));
  assert.ok(!holdsMemory(stage.v, { ...cycle, phase: "standby" }));
  stage.open(cycle, "vm.start");
  assert.ok(holdsMemory(stage.v, { ...cycle, phase: "standby" }), "it is being started");
});

Deno.test("a reading takes what is neither free nor surely ours for somebody else's", () => {
  const stage = stageOf();
  machine(stage, 1, "online", "running");
  machine(stage, 2, "online", "running");
  const changed = machine(stage, 3, "online", "running");
  const { s, v, work } = stage;
  const read = (freeMb: number, asOf = s.seq) => {
    const reading = { read: "host", asOf, at: stage.now, memoryMb: HOST_MB, freeMb, volumes: [] } as const;
    observe({ s, v, work, emit: stage.apply }, reading);
    return v.host?.foreignMb;
  };
  assert.equal(read(HOST_MB - 3 * MB), 0);
  assert.equal(read(HOST_MB - 3 * MB - 1_000), 1_000);
  assert.equal(read(HOST_MB), 0, "ours are not counted yet");
  const op = stage.open(changed, "nic.reconnect");
  const before = s.seq;
  stage.apply({ type: "op.closed", data: { cycle: changed.id, op, call: "nic.reconnect", outcome: "ok" } });
  assert.equal(read(HOST_MB - 3 * MB, before), MB, "whether it ran then is not known");
});

Deno.test("saved machines of leases that wait come before others, and before machines that are made", () => {
  const stage = stageOf({ hot: 1 });
  const saved = machine(stage, 1, "standby", "saved");
  const made = machine(stage, 2, "provisioning", "off");
  stage.memory(HOST_MB, HOST_MB - RESERVE_MB - MB);
  assert.match(waitForMemory(stage.s, stage.v, made) ?? "", /0 MiB are free/, "the saved one is to be hot");
  assert.equal(waitForMemory(stage.s, stage.v, saved, "hot"), undefined);
  acquire(stage);
  assert.match(waitForMemory(stage.s, stage.v, saved, "hot") ?? "", /0 MiB are free/);
  assert.equal(waitForMemory(stage.s, stage.v, saved, "queued"), undefined);
  stage.apply({
    type: "pool.cordoned",
    data: { pool: "ci", drain: true, source: "test", reason: "update" },
  });
  assert.equal(waitForMemory(stage.s, stage.v, saved, "hot"), undefined, "nobody is served");
});

Deno.test("of two that are being resumed the first takes what is there, and neither waits for the other", () => {
  const stage = stageOf();
  const [a, b] = [machine(stage, 1, "resuming", "saved"), machine(stage, 2, "resuming", "saved")];
  stage.memory(HOST_MB, HOST_MB - RESERVE_MB - MB);
  assert.equal(waitForMemory(stage.s, stage.v, a), undefined);
  assert.match(waitForMemory(stage.s, stage.v, b) ?? "", /0 MiB are free/);
});

Deno.test("a lease is given a saved machine when its memory is there; until then it waits, says so and may end", () => {
  const stage = stageOf();
  const saved = machine(stage, 1, "standby", "saved");
  stage.memory(HOST_MB, HOST_MB);
  const lease = acquire(stage);
  stage.plan();
  assert.equal(stage.s.leases.get(lease)?.state, "queued");
  assert.match(stage.v.why.get("leases/ci") ?? "", /^waiting for host memory: needs 4096 MiB, 0 MiB/);
  assert.equal(stage.v.wantHost, true, "it does not wait for the next routine reading");
  stage.memory(HOST_MB);
  stage.plan();
  assert.equal(stage.s.leases.get(lease)?.state, "starting");
  assert.equal(stage.v.why.get("leases/ci"), undefined);
  assert.equal(saved.op?.call, "vm.start");
});

Deno.test("whoever waits for memory is looked at when the host was read again", () => {
  const stage = stageOf();
  const cycle = machine(stage, 1, "provisioning", "off");
  stage.memory(HOST_MB, HOST_MB);
  stage.plan();
  assert.match(stage.v.why.get(cycle.id) ?? "", /waiting for host memory/);
  const { s, v, work } = stage;
  work.cycles.clear();
  const reading = {
    read: "host",
    asOf: s.seq,
    at: stage.now,
    memoryMb: HOST_MB,
    freeMb: HOST_MB,
    volumes: [],
  } as const;
  observe({ s, v, work, emit: stage.apply }, reading);
  assert.ok(work.cycles.has(cycle.id));
  assert.ok(work.pools.has("ci"));
});

Deno.test("whatever waits and whatever is free, no start goes into the reserve, and someone starts where there is room", () => {
  const kinds = ["standby", "resuming", "provisioning"] as const;
  const property = fc.property(
    fc.array(fc.constantFrom(...kinds), { minLength: 1, maxLength: 8 }),
    fc.integer({ min: 0, max: 3 }),
    fc.integer({ min: 0, max: 8 }),
    fc.integer({ min: 0, max: HOST_MB }),
    (phases, leases, hot, foreignMb) => {
      const stage = stageOf({ hot });
      const cycles = phases.map((phase, i) =>
        machine(stage, i + 1, phase, phase === "provisioning" ? "off" : "saved")
      );
      for (let i = 0; i < leases; i++) acquire(stage, `holder-${i}`);
      stage.memory(HOST_MB, foreignMb);
      stage.plan();
      const started = cycles.filter(({ op }) => op?.call === "vm.start").length;
      const free = HOST_MB - RESERVE_MB - foreignMb;
      assert.ok(started * MB <= Math.max(0, free), `${started} were started into ${free}`);
      const wants = cycles.some(({ phase }) => phase === "resuming" || phase === "provisioning");
      const lane = stage.s.settings.lanes.boot;
      if (wants) {
        assert.ok(started >= Math.min(1, Math.floor(free / MB), lane), "somebody has room and waits");
      }
    },
  );
  fc.assert(property, { numRuns: 300 });
});

Deno.test("no machine is made whose saved state the disk would have no room for", () => {
  const stage = stageOf({ size: 2 });
  const [pool] = stage.s.pools.values();
  assert.ok(pool);
  stage.memory(HOST_MB, 0, 2 * MB + 5 * 1_024);
  assert.equal(waitForDisk(stage.s, stage.v, pool), undefined);
  stage.memory(HOST_MB, 0, 2 * MB + 5 * 1_024 - 1);
  assert.equal(
    waitForDisk(stage.s, stage.v, pool),
    "waiting for disk space on D:\\: another machine needs 8192 MiB, 8191 MiB are free beside " +
      "0 MiB for those that are there and 5120 MiB in reserve",
  );
  stage.plan();
  assert.equal(stage.s.cycles.size, 0);
  assert.match(stage.v.why.get("pool/ci") ?? "", /waiting for disk space/);
  stage.memory(HOST_MB, 0, 4 * MB + 5 * 1_024 - 1);
  stage.plan();
  assert.equal(stage.s.cycles.size, 1, "the second has to wait for what the first will take");
  stage.memory(HOST_MB, 0, 4 * MB + 5 * 1_024);
  stage.plan();
  assert.equal(stage.s.cycles.size, 2);
});

Deno.test("a disk that the host does not name, and a pool of runners, hold nothing up", () => {
  const stage = stageOf({}, { storage: "E:\\vms" });
  stage.memory(HOST_MB, 0, 0);
  const runners = stageOf({ kind: "runner" });
  runners.memory(HOST_MB, 0, 0);
  for (const { s, v } of [stage, runners]) {
    for (const pool of s.pools.values()) assert.equal(waitForDisk(s, v, pool), undefined);
  }
});
