import assert from "node:assert/strict";
import type { ScopeKey } from "../../model/ids.ts";
import { DEFAULT_LANES, DEFAULT_TIMES, type Settings } from "../../model/settings.ts";
import { findOldPool } from "../../controller/old_pool/look.ts";
import { directForge, directHost } from "../../simulator/direct.ts";
import { Faults } from "../../simulator/faults.ts";
import { SimulatedForge } from "../../simulator/forge.ts";
import { ForgeDoor } from "../../simulator/forge_door.ts";
import { SimulatedHost } from "../../simulator/host.ts";
import type { LatencyOverrides } from "../../simulator/latencies.ts";
import { OperationLog } from "../../simulator/operation_log.ts";
import { Random } from "../../simulator/random.ts";
import { RealTime } from "../../simulator/real_time.ts";
import { SEED_SERVICE, type SeedVmState } from "../../simulator/seed_pool.ts";
import { Timeline } from "../../simulator/timeline.ts";
import { carryOut, type CarryOutOptions, type DoneItem } from "./carry_out.ts";
import { gatherMigration } from "./gather.ts";
import { makePlan, type MigrationPlan } from "./plan.ts";

const SCOPE = "orgs/acme" as ScopeKey;
const STORAGE = "C:\\vms\\storage";
const TEMPLATE = "C:\\vms\\golden.vhdx";

const SETTINGS: Settings = {
  storage: STORAGE,
  lanes: DEFAULT_LANES,
  times: DEFAULT_TIMES,
  pools: [{
    name: "ci",
    kind: "runner",
    size: 2,
    prefix: "r-",
    scope: SCOPE,
    group: "default",
    labels: ["self-hosted"],
    workFolder: "_work",
    env: {},
    switchName: "",
    template: {
      name: "default",
      path: TEMPLATE,
      memoryMb: 4096,
      processors: 2,
      secureBoot: "off",
      tpm: false,
      nested: false,
    },
  }],
};

/** A host of the seed in this program, a thousand times as fast. */
class Bench implements AsyncDisposable {
  readonly timeline = new Timeline(Date.now());
  readonly time = new RealTime(this.timeline);
  readonly random = new Random(7);
  readonly faults = new Faults({ timeline: this.timeline, random: this.random });
  readonly log = new OperationLog();
  readonly simulatedForge = new SimulatedForge({ timeline: this.timeline, random: this.random });
  readonly machine: SimulatedHost;
  readonly host;
  readonly forge;
  readonly vms: readonly string[];
  readonly done: DoneItem[] = [];

  constructor(vms: readonly SeedVmState[], latencies: LatencyOverrides = {}) {
    const { timeline, random, faults, log, simulatedForge: forge } = this;
    this.machine = new SimulatedHost({
      timeline,
      random,
      faults,
      log,
      forge,
      latencies,
      templates: "any",
      speed: 1_000,
    });
    this.host = directHost(this.machine, this.time);
    this.forge = directForge(new ForgeDoor({ timeline, random, forge, faults, latencyMs: 1 }), this.time);
    this.vms = this.machine.addSeedPool({
      scope: SCOPE,
      prefix: "r-",
      template: TEMPLATE,
      storage: STORAGE,
      vms,
      jobMs: 1_000,
      service: "stopped",
      similar: false,
      strayDisks: [],
    }).vms;
  }

  async plan(recorded: readonly string[] = []): Promise<MigrationPlan> {
    const facts = await gatherMigration({ host: this.host, forge: this.forge, settings: SETTINGS, recorded });
    assert.ok(!("problem" in facts));
    return makePlan(facts);
  }

  async carryOut(plan: MigrationPlan, change: Partial<CarryOutOptions> = {}) {
    return await carryOut(plan, {
      host: this.host,
      forge: this.forge,
      graceMs: 20_000,
      onDone: (item) => void this.done.push(item),
      interrupted: () => false,
      pause: () => new Promise((resolve) => setTimeout(resolve, 1)),
      ...change,
    });
  }

  /** Disks in the storage folder and VMs that are there. */
  there(): string[] {
    this.time.sync();
    const { vms, disks } = this.machine.truth();
    return [
      ...vms.filter(({ removedAt }) => removedAt === null).map(({ name }) => name),
      ...disks.filter(({ removedAt, parent }) => removedAt === null && parent !== null)
        .map(({ path }) => path.slice(STORAGE.length + 1)),
    ].toSorted();
  }

  called(name: string): number {
    return this.log.list().filter(({ call }) => call === name).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forge.close();
    await this.host.close();
    this.time.close();
  }
}

const R1 = ["r-1", "r-1.vhdx"];
const R2 = ["r-2", "r-2.vhdx"];

Deno.test("carryOut() lets GitHub go first, then turns off and removes each VM, and its disk last", async () => {
  await using bench = new Bench(["idle", "off"]);
  const { left, stopped } = await bench.carryOut(await bench.plan());
  assert.deepEqual([left, stopped, bench.there()], [[], undefined, []]);
  const steps = bench.done.map(({ kind, name, done }) => `${done} ${kind} ${name}`);
  // Its guest may be quicker than we are: without a registration its runner ends.
  assert.deepEqual(steps.filter((step) => step !== "turned off vm r-1"), [
    "removed registration r-1",
    "removed vm r-1",
    `removed disk ${STORAGE}\\r-1.vhdx`,
    "removed registration r-2",
    "removed vm r-2",
    `removed disk ${STORAGE}\\r-2.vhdx`,
  ]);
});

Deno.test("carryOut() stops at a VM that was given a job since the plan was made, and the job goes on", async () => {
  await using bench = new Bench(["off", "idle", "idle"]);
  const plan = await bench.plan();
  bench.time.sync();
  bench.simulatedForge.addJobs({ count: 1, labels: ["ephemeral"], durationMs: 60_000, scope: SCOPE });
  const { left, stopped } = await bench.carryOut(plan);
  assert.match(stopped ?? "", /^r-2 was given a job/);
  assert.deepEqual(left.map(({ name }) => name).filter((name) => !name.includes("\\")), [
    "r-2",
    "r-2",
    "r-3",
    "r-3",
  ]);
  assert.deepEqual(bench.there(), [...R2, "r-3", "r-3.vhdx"]);
  assert.deepEqual(bench.simulatedForge.truth().jobs.map(({ state }) => state), ["running"]);
});

Deno.test("carryOut() lets a guest end by itself whose registration has vanished", async () => {
  await using bench = new Bench(["idle"], { "guest.shutdown": 100_000 });
  const plan = await bench.plan();
  bench.time.sync();
  assert.equal(bench.simulatedForge.remove(SCOPE, plan.machines[0]?.runner?.id ?? 0), undefined);
  const { left, stopped } = await bench.carryOut(plan, { graceMs: 1_000_000 });
  assert.deepEqual([left, stopped, bench.there()], [[], undefined, []]);
  assert.equal(bench.called("vm.turnOff"), 0);
});

Deno.test("carryOut() turns nothing off while GitHub does not answer", async () => {
  await using bench = new Bench(["idle", "silent"]);
  const plan = await bench.plan();
  bench.faults.add({ call: "runner.remove", kind: "error", code: 503 });
  const { stopped } = await bench.carryOut(plan);
  assert.notEqual(stopped, undefined);
  assert.deepEqual(bench.there(), [...R1, ...R2]);
  assert.equal(bench.called("vm.turnOff"), 0);
});

Deno.test("carryOut() stops when the old service is started meanwhile", async () => {
  await using bench = new Bench(["off", "off"]);
  const plan = await bench.plan();
  const { stopped } = await bench.carryOut(plan, {
    onDone: ({ kind }) => kind === "disk" && bench.machine.setService(SEED_SERVICE, "running"),
  });
  assert.equal(stopped, "hyperv-runner-pool was started.");
  assert.deepEqual(bench.there(), R2);
});

Deno.test("carryOut() stops at a VM that was started since the plan was made", async () => {
  await using bench = new Bench(["off"]);
  const plan = await bench.plan();
  assert.equal((await bench.host.call("vm.start", { vmId: bench.vms[0] ?? "" })).outcome, "ok");
  const { stopped } = await bench.carryOut(plan);
  assert.equal(stopped, "r-1 was started since the plan was made.");
  assert.deepEqual(bench.there(), R1);
});

Deno.test("carryOut() leaves a VM that somebody has taken for something else", async () => {
  await using bench = new Bench(["off", "off"]);
  const plan = await bench.plan();
  await bench.host.call("vm.set", { vmId: bench.vms[0] ?? "", notes: "Anna's now" });
  const { left, stopped } = await bench.carryOut(plan);
  assert.equal(stopped, undefined);
  assert.match(left[0]?.because ?? "", /somebody changed its name or its notes/);
  assert.deepEqual(bench.there(), R1);
});

Deno.test("carryOut() goes on with the next VM when the host fails at one, and says what is left", async () => {
  await using bench = new Bench(["off", "off"]);
  const plan = await bench.plan();
  bench.faults.add({ call: "vm.remove", kind: "error", code: "unavailable", times: 1 });
  const { left, stopped } = await bench.carryOut(plan);
  assert.equal(stopped, undefined);
  assert.deepEqual(left.map(({ kind, name }) => `${kind} ${name}`), ["vm r-1", `disk ${STORAGE}\\r-1.vhdx`]);
  assert.deepEqual(bench.there(), R1);
  const again = await bench.carryOut(await bench.plan());
  assert.deepEqual([again.left, bench.there()], [[], []]);
});

Deno.test("carryOut() takes an answer that was lost for what the host then shows", async () => {
  await using bench = new Bench(["silent"]);
  const plan = await bench.plan();
  const host = {
    ...bench.host,
    call: (async (name, args, options) => {
      const answer = await bench.host.call(name, args, options);
      return /turnOff|vm\.remove/.test(name) ? { outcome: "unknown", message: "lost" } : answer;
    }) as typeof bench.host.call,
  };
  const { left, stopped } = await bench.carryOut(plan, { host });
  assert.deepEqual([left, stopped, bench.there()], [[], undefined, []]);
});

Deno.test("carryOut() leaves a disk that stays in use, and says how it is let go", async () => {
  await using bench = new Bench(["off"]);
  const plan = await bench.plan();
  bench.faults.add({ call: "disk.remove", kind: "error", code: "busy" });
  const { left } = await bench.carryOut(plan);
  assert.deepEqual(left.map(({ kind }) => kind), ["disk"]);
  assert.match(left[0]?.because ?? "", /Dismount-VHD -Path 'C:\\vms\\storage\\r-1\.vhdx'/);
});

Deno.test("carryOut() does nothing more once somebody asks it to stop", async () => {
  await using bench = new Bench(["off", "off"]);
  const plan = await bench.plan();
  const { stopped, left } = await bench.carryOut(plan, { interrupted: () => bench.done.length > 0 });
  assert.match(stopped ?? "", /^Interrupted/);
  assert.equal(left.length, 3);
  assert.deepEqual(bench.there(), R2);
});

Deno.test("what a migration that was cut off wrote down is found again, the upper disk first", async () => {
  await using bench = new Bench(["off"]);
  const [vm] = bench.vms;
  const [low, high] = [`${STORAGE}\\left.vhdx`, `${STORAGE}\\left_AB.avhdx`];
  await bench.host.call("disk.createChild", { path: low, parent: TEMPLATE });
  await bench.host.call("disk.createChild", { path: high, parent: low });
  await bench.host.call("vm.remove", { vmId: vm ?? "" });
  assert.deepEqual((await bench.plan()).disks.map(({ path }) => path), [`${STORAGE}\\r-1.vhdx`]);
  const plan = await bench.plan([low, high, "C:\\elsewhere\\r-1.vhdx", `${STORAGE}\\gone.vhdx`]);
  assert.deepEqual(plan.disks.map(({ path }) => path), [high, `${STORAGE}\\r-1.vhdx`, low]);
  assert.deepEqual((await bench.carryOut(plan)).left, []);
  assert.deepEqual(bench.there(), []);
});

Deno.test("disks of VMs that are gone are found whatever their number, and nobody else's are taken", async () => {
  await using bench = new Bench(["off", "off"]);
  const child = async (name: string, parent = TEMPLATE) => {
    const path = `${STORAGE}\\${name}`;
    const { outcome } = await bench.host.call("disk.createChild", { path, parent });
    assert.equal(outcome, "ok");
    return path;
  };
  const low = await child("r-9.vhdx");
  const high = await child("R-9_0A1B2C3D-0000-4000-8000-00000000000F.avhdx", low);
  const far = await child("r-40000.vhdx");
  const others = ["r-9-backup.vhdx", "r-09.vhdx", "other-9.vhdx", "my-r-9.vhdx", "below\\r-9.vhdx"];
  for (const name of others) await child(name);
  const { disks } = await bench.plan();
  assert.deepEqual(disks.map(({ path }) => path), [high, far, low]);
});

Deno.test("findOldPool() names the VMs that stand in a pool's way and the command, and nothing once they are gone", async () => {
  await using bench = new Bench(["idle", "off"]);
  const [pool] = SETTINGS.pools;
  assert.ok(pool !== undefined);
  const found = await findOldPool(bench.host, pool, STORAGE);
  assert.deepEqual(found?.names, ["r-1", "r-2"]);
  assert.match(found?.message ?? "", /2 VMs of hyperv-runner-pool .* r-1, r-2\. `hvpool migrate --dry-run`/);
  assert.equal(await findOldPool(bench.host, { ...pool, prefix: "other-" }, STORAGE), undefined);
  assert.equal(await findOldPool(bench.host, pool, "C:\\other"), undefined);
  await bench.carryOut(await bench.plan());
  assert.equal(await findOldPool(bench.host, pool, STORAGE), undefined);
});
