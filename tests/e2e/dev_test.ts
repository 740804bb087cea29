import assert from "node:assert/strict";
import { z } from "zod";
import { hvpool, HvpoolProcess } from "./support/process.ts";
import { until } from "./support/until.ts";

const count = z.int().min(0);
const summary = z.strictObject({
  jobs: z.strictObject({ queued: count, done: count, failed: count }),
  vms: z.strictObject({ cycles: count, reused: count }),
  queueToStartMs: z.strictObject({ p50: z.number().min(0), p95: z.number().min(0) }),
  githubCallsPerCycle: z.number().min(0),
  leases: z.strictObject({
    granted: count,
    waitMs: z.strictObject({ p50: z.number().min(0), p95: z.number().min(0) }),
    double: count,
    dirty: count,
  }),
});

/** The object on the last line of stdout. */
function lastLine(out: string): z.infer<typeof summary> {
  return summary.parse(JSON.parse(out.trimEnd().split("\n").at(-1) ?? ""));
}

Deno.test("dev --for 8s --json ends with one object: every job ended, each on a VM of its own, and leases were granted", async () => {
  const { code, out, err } = await hvpool(["dev", "--for", "8s", "--json"], { task: "dev" });
  assert.equal(code, 0, err);
  const { jobs, vms, leases } = lastLine(out);
  assert.ok(jobs.queued > 0);
  assert.equal(jobs.queued, jobs.done + jobs.failed);
  assert.equal(jobs.failed, 0);
  assert.equal(vms.reused, 0);
  assert.ok(vms.cycles >= jobs.queued);
  assert.ok(leases.granted > 0);
  assert.deepEqual([leases.double, leases.dirty], [0, 0]);
});

/** There, a signal that one process sends to another ends it at once. */
const ON_WINDOWS = Deno.build.os === "windows";

Deno.test("Ctrl+C ends dev in the middle, with its summary", { ignore: ON_WINDOWS }, async () => {
  await using process = new HvpoolProcess(["dev"], { task: "dev" });
  await until("jobs run", () => /[1-9]\d* running/.exec(process.out) ?? undefined);
  process.signal("SIGINT");
  const { code, out, err } = await process.end();
  assert.equal(code, 0, err);
  assert.match(out.trimEnd().split("\n").at(-1) ?? "", /^\d+ jobs: \d+ done/);
});

Deno.test("Ctrl+C ends dev --json with its object", { ignore: ON_WINDOWS }, async () => {
  await using process = new HvpoolProcess(["dev", "--json"], { task: "dev" });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  process.signal("SIGINT");
  const { code, out, err } = await process.end();
  assert.equal(code, 0, err);
  assert.equal(lastLine(out).vms.reused, 0);
});
