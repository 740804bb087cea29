import assert from "node:assert/strict";
import { HOST_KEYS } from "../ports/guest.ts";
import { Bench } from "./testing/host_bench.ts";

/** A guest whose runner has just ended; answers how long the machine runs on, watched for a minute. */
function endOf(bench: Bench, vmId: string, meanwhile: () => void = () => {}): number {
  while (bench.report(vmId)?.phase !== "done") bench.later(100);
  const since = bench.timeline.now;
  meanwhile();
  while (bench.ok("vm.inspect", { vmId }).power === "running" && bench.timeline.now < since + 60_000) {
    bench.later(100);
  }
  return bench.timeline.now - since;
}

function ranOneJob(bench: Bench, byeSeconds?: number): string {
  const vmId = bench.boot();
  bench.introduce(vmId, 7, byeSeconds === undefined ? {} : { byeSeconds });
  bench.forge.addJobs({ count: 1, labels: [], durationMs: 1_000 });
  return vmId;
}

const SHUTDOWN: { latencies: Record<string, number> } = {
  latencies: { "guest.shutdown": 1_000, "vm.inspect": 0, "kvp.read": 0, "kvp.push": 0 },
};

function about(actual: number, expected: number): void {
  assert.ok(actual >= expected && actual <= expected + 300, `${actual} ms in place of ${expected}`);
}

Deno.test("a guest whose runner ended says how, and waits so long as its introduction says", () => {
  const bench = new Bench(SHUTDOWN);
  const vmId = ranOneJob(bench, 20);
  while (bench.report(vmId)?.phase !== "done") bench.later(100);
  assert.deepEqual([bench.report(vmId)?.exit, bench.report(vmId)?.use], [0, 7]);
  about(endOf(bench, vmId), 21_000);
});

Deno.test("without a word about it a guest waits 5 s for its bye, and with 0 not at all", () => {
  for (const [byeSeconds, waits] of [[undefined, 5_000], [0, 0]] as const) {
    const bench = new Bench(SHUTDOWN);
    about(endOf(bench, ranOneJob(bench, byeSeconds)), waits + 1_000);
  }
});

Deno.test("a guest goes off once its own use number is said bye to, and for no other", () => {
  const bench = new Bench(SHUTDOWN);
  const vmId = ranOneJob(bench, 20);
  const after = endOf(bench, vmId, () => {
    bench.ok("kvp.push", { vmId, items: { [HOST_KEYS.bye]: "6" } });
    bench.later(3_000);
    bench.ok("kvp.push", { vmId, items: { [HOST_KEYS.bye]: "7" } });
  });
  about(after, 4_000);
});

Deno.test("a machine that is saved while its guest waits for a bye hears it after its resume", () => {
  const bench = new Bench(SHUTDOWN);
  const vmId = ranOneJob(bench, 600);
  while (bench.report(vmId)?.phase !== "done") bench.later(100);
  bench.ok("vm.save", { vmId });
  bench.ok("kvp.push", { vmId, items: { [HOST_KEYS.bye]: "7" } });
  bench.later(60_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "saved");
  bench.ok("vm.start", { vmId });
  bench.later(3_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
});

Deno.test("a runner that is too old ends at once with 7, without a session or a job", () => {
  const bench = new Bench({ odds: { deprecated: 1 } });
  const vmId = bench.boot();
  bench.introduce(vmId);
  bench.forge.addJobs({ count: 1, labels: [], durationMs: 1_000 });
  while (bench.report(vmId)?.phase !== "done") bench.later(100);
  assert.equal(bench.report(vmId)?.exit, 7);
  bench.later(20_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
  const { runners, jobs } = bench.forge.truth();
  assert.deepEqual([runners[0]?.status, runners[0]?.removedAt, jobs[0]?.state], ["offline", null, "queued"]);
});
