import assert from "node:assert/strict";
import { Bench, DIRECTORY } from "./testing/host_bench.ts";

const ACCOUNT = { user: "Administrator", password: "password" };

/** Gives a waiting machine a job and lets it begin; answers the job's number. */
function runJob(bench: Bench, vmId: string, use: number): number {
  bench.introduce(vmId, use, { byeSeconds: 0 });
  const [job] = bench.forge.addJobs({ count: 1, labels: [], durationMs: 15_000 });
  bench.later(13_000);
  return job ?? 0;
}

function saw(bench: Bench): (readonly string[])[] {
  return bench.forge.truth().jobs.map(({ sawOthers }) => sawOthers);
}

Deno.test("a job on a fresh disk sees nothing of others, and leaves a file of its own and a line in the common one", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const job = runJob(bench, vmId, 1);
  assert.deepEqual(saw(bench), [[]]);
  const read = (path: string) =>
    atob(bench.ok("guest.copyOut", { vmId, ...ACCOUNT, path, offset: 0, maxBytes: 100 }).data);
  assert.equal(read(`C:\\work\\job-${job}.txt`), `job ${job}\r\n`);
  assert.equal(read("C:\\work\\jobs.txt"), `${job}\r\n`);
});

Deno.test("a machine that is used again as it is shows its second job what the first has left", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  runJob(bench, vmId, 1);
  bench.later(30_000);
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  runJob(bench, vmId, 2);
  assert.deepEqual(saw(bench), [[], ["c:\\work\\job-1.txt", "c:\\work\\jobs.txt"]]);
});

Deno.test("machines with a disk each see nothing of one another", () => {
  const bench = new Bench();
  for (const i of [1, 2]) {
    const vmId = bench.boot({ directory: `${DIRECTORY}-${i}` });
    runJob(bench, vmId, 1);
  }
  assert.deepEqual(saw(bench), [[], []]);
});

Deno.test("a restored machine shows its job the disk of the checkpoint and nothing later", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  for (let use = 1; use <= 3; use++) {
    runJob(bench, vmId, use);
    bench.later(30_000);
    assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    bench.ok("vm.start", { vmId });
    bench.later(5_000);
  }
  assert.deepEqual(saw(bench), [[], [], []]);
});

Deno.test("a checkpoint that was taken too late shows every later job the same traces", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  runJob(bench, vmId, 1);
  bench.later(30_000);
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "dirty" });
  for (let use = 2; use <= 3; use++) {
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    bench.ok("vm.start", { vmId });
    bench.later(40_000);
    runJob(bench, vmId, use);
    bench.later(30_000);
  }
  const traces = ["c:\\work\\job-1.txt", "c:\\work\\jobs.txt"];
  assert.deepEqual(saw(bench), [[], traces, traces]);
});

Deno.test("a disk made below one on which a job ran shows its traces", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  runJob(bench, vmId, 1);
  bench.later(30_000);
  const child = bench.boot({ directory: `${DIRECTORY}-2` }, `${DIRECTORY}\\disk.vhdx`);
  bench.introduce(child, 2);
  bench.forge.addJobs({ count: 1, labels: [], durationMs: 15_000 });
  bench.later(13_000);
  assert.deepEqual(saw(bench)[1], ["c:\\work\\job-1.txt", "c:\\work\\jobs.txt"]);
});
