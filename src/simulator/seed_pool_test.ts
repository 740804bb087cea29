import assert from "node:assert/strict";
import { SEED_SERVICE, type SeedPool } from "./seed_pool.ts";
import { Bench, SCOPE } from "./testing/host_bench.ts";

const STORAGE = "C:\\pool\\storage";
const TEMPLATE = "C:\\pool\\golden.vhdx";

const POOL: SeedPool = {
  scope: SCOPE,
  prefix: "r-",
  template: TEMPLATE,
  storage: STORAGE,
  vms: ["idle", "busy", "off", "unregistered", "silent"],
  jobMs: 60_000,
  service: "running",
  similar: true,
  strayDisks: [9],
};

function made(change: Partial<SeedPool> = {}) {
  const bench = new Bench({ templates: "any" }, { lagMs: 5_000 });
  const pool = bench.host.addSeedPool({ ...POOL, ...change });
  return { bench, pool };
}

Deno.test("a seed's host has its VMs, each on a child of the template in the storage folder, without notes", () => {
  const { bench, pool } = made();
  const { vms } = bench.ok("vm.list", {});
  assert.deepEqual(
    vms.filter(({ id }) => pool.vms.includes(id)).map(({ name, power, notes }) => [name, power, notes])
      .sort(),
    [
      ["r-1", "running", ""],
      ["r-2", "running", ""],
      ["r-3", "off", ""],
      ["r-4", "running", ""],
      ["r-5", "running", ""],
    ],
  );
  for (const vmId of pool.vms) {
    const { name, disks } = bench.ok("vm.inspect", { vmId });
    assert.deepEqual(disks, [`${STORAGE}\\${name}.vhdx`]);
    assert.equal(bench.ok("disk.info", { path: disks[0] ?? "" }).parent, TEMPLATE);
  }
  assert.equal(bench.ok("disk.info", { path: `${STORAGE}\\r-9.vhdx` }).parent, TEMPLATE);
  assert.equal(bench.fails("disk.info", { path: `${STORAGE}\\r-8.vhdx` }), "not_found");
});

Deno.test("a seed's host shows registrations of long ago at once, and only the one that is busy as busy", () => {
  const { bench } = made();
  const shown = bench.forge.list(SCOPE).map(({ runner, status, busy }) => [runner.name, status, busy]);
  assert.deepEqual(shown.sort(), [
    ["r-1", "online", false],
    ["r-2", "online", true],
    ["r-3", "offline", false],
  ]);
});

Deno.test("a seed's VM runs its job to the end, unregisters, and is off", () => {
  const { bench, pool: { vms, jobs } } = made();
  bench.later(90_000);
  assert.deepEqual(bench.forge.truth().jobs.map(({ id, state }) => [id, state]), [[jobs[0], "done"]]);
  assert.equal(bench.host.find(vms[1] ?? "")?.power, "off");
  assert.deepEqual(bench.forge.list(SCOPE).map(({ runner }) => runner.name).sort(), ["r-1", "r-3"]);
});

Deno.test("a seed's idle runner whose registration is deleted ends, and its VM with it", () => {
  const { bench, pool: { vms } } = made();
  const idle = bench.forge.list(SCOPE).find(({ runner }) => runner.name === "r-1");
  assert.equal(bench.forge.remove(SCOPE, idle?.runner.id ?? 0), undefined);
  bench.later(10_000);
  assert.equal(bench.host.find(vms[0] ?? "")?.power, "off");
});

Deno.test("service.info tells a service that runs, one that is stopped, and one that is missing", () => {
  const { bench } = made();
  const service = bench.ok("service.info", { name: SEED_SERVICE });
  assert.deepEqual([service.state, service.start, service.processes.length], ["running", "automatic", 1]);
  bench.host.setService("Hyperv-Runner-Pool", "stopped");
  const stopped = bench.ok("service.info", { name: SEED_SERVICE });
  assert.deepEqual([stopped.state, stopped.processes], ["stopped", []]);
  bench.host.setService(SEED_SERVICE, "missing");
  assert.deepEqual(bench.ok("service.info", { name: SEED_SERVICE }), {
    state: "missing",
    path: "",
    start: null,
    processes: [],
  });
});
