import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { CONFIG_DRIVE_FILE } from "../ports/guest.ts";
import { Bench, DIRECTORY } from "./testing/host_bench.ts";

const JOB = { count: 1, labels: [], durationMs: 10_000 };

function jobOf(bench: Bench, vmId: string) {
  return bench.report(vmId)?.job;
}

/** A guest that is given a job; answers once its runner has it. */
function withJob(bench: Bench, more: { outcome?: "failed" | "lost" } = {}): string {
  const vmId = bench.boot();
  bench.introduce(vmId, 1, { byeSeconds: 30 });
  bench.later(30_000);
  assert.equal(jobOf(bench, vmId), undefined, "a runner without a job names none");
  bench.forge.addJobs({ ...JOB, ...more });
  return vmId;
}

for (const outcome of [undefined, "failed"] as const) {
  Deno.test(`a guest tells of its job by the hooks, and ends with 0 when it ${outcome ?? "does well"}`, () => {
    const bench = new Bench();
    const vmId = withJob(bench, outcome === undefined ? {} : { outcome });
    const job = { repository: "acme/demo", runId: "1", attempt: 1, job: "job-1" };
    assert.deepEqual(jobOf(bench, vmId), { state: "running", ...job });
    bench.later(12_000);
    assert.deepEqual(jobOf(bench, vmId), { state: "done", ...job });
    assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.exit], ["done", 0]);
  });
}

Deno.test("a job of a repository's runner is named by that repository", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const scope = "repos/Me/Tool" as ScopeKey;
  const made = bench.forge.register({ scope, name: "r", groupId: 1, labels: ["a"], workFolder: "_work" });
  assert.ok("runner" in made);
  const { jitConfig } = made.runner;
  const text = JSON.stringify({ protocol: 1, cycle: "small/1.1", use: 1, now: "", jitConfig, env: {} });
  bench.ok("media.put", { vmId, directory: DIRECTORY, use: 1, files: [{ name: CONFIG_DRIVE_FILE, text }] });
  bench.forge.addJobs(JOB);
  bench.later(15_000);
  assert.equal(jobOf(bench, vmId)?.repository, "me/tool");
});

Deno.test("a job that dies with its machine is never said to be done", () => {
  const bench = new Bench();
  const vmId = withJob(bench, { outcome: "lost" });
  while (bench.ok("vm.inspect", { vmId }).power === "running") {
    assert.notEqual(jobOf(bench, vmId)?.state, "done");
    bench.later(500);
  }
});

Deno.test("a machine that was saved in its job names it after its resume as well", () => {
  const bench = new Bench();
  const vmId = withJob(bench);
  bench.ok("vm.save", { vmId });
  bench.later(5_000);
  bench.ok("vm.start", { vmId });
  bench.later(1_000);
  assert.equal(jobOf(bench, vmId)?.state, "running");
});

Deno.test("a hostile guest names the job of somebody else now and then", () => {
  const bench = new Bench({ odds: { hostile: 1 } });
  const vmId = withHostileJob(bench);
  const named = new Set<string | undefined>();
  for (let i = 0; i < 20; i++) {
    bench.later(2_000);
    named.add(jobOf(bench, vmId)?.repository);
  }
  assert.ok(named.has("somebody/else"));
});

function withHostileJob(bench: Bench): string {
  const vmId = bench.boot();
  bench.introduce(vmId);
  bench.forge.addJobs({ ...JOB, durationMs: 3_600_000 });
  return vmId;
}
