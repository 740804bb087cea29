import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import type { Ms } from "../../src/model/ids.ts";
import { runShortOfMemory } from "./run_short_of_memory.ts";
import type { SeedReport, SeedRequest } from "./seed_worker.ts";

const DAYS = 10;
const SEEDS = 50;
/** So many run on the slowest machine. */
const SEEDS_AT_LEAST = 8;
/** Core time, over all cores, after which no further seed begins. */
const CORE_BUDGET_MS: Ms = 230_000;

/** Plays seeds from `next` on one core until there is none. Answers what each came to. */
async function playOn(
  worker: Worker,
  next: () => number | undefined,
  took: (report: SeedReport) => void,
): Promise<void> {
  for (let seed = next(); seed !== undefined; seed = next()) {
    const { promise, resolve, reject } = Promise.withResolvers<SeedReport>();
    worker.onmessage = ({ data }: MessageEvent<SeedReport>) => resolve(data);
    worker.onerror = (event) => reject(new Error(event.message));
    const request: SeedRequest = { seed, days: DAYS };
    worker.postMessage(request);
    took(await promise);
  }
}

Deno.test("two controllers with one prefix keep every law through days of crashes, faults, outages and meddling", async () => {
  const reports: SeedReport[] = [];
  let seed = 0;
  let coreMs = 0;
  const next = () => {
    const broken = reports.some((report) => "broken" in report);
    const mean = reports.length === 0 ? 0 : coreMs / reports.length;
    const spent = coreMs + mean > CORE_BUDGET_MS && seed >= SEEDS_AT_LEAST;
    return seed >= SEEDS || spent || broken ? undefined : ++seed;
  };
  const workers = Array.from({ length: Math.min(8, availableParallelism()) }, () => {
    return new Worker(new URL("./seed_worker.ts", import.meta.url).href, { type: "module" });
  });
  try {
    await Promise.all(workers.map((worker) =>
      playOn(worker, next, (report) => {
        reports.push(report);
        coreMs += report.coreMs;
      })
    ));
  } finally {
    for (const worker of workers) worker.terminate();
  }
  const broken = reports.flatMap((report) => "broken" in report ? [report.broken] : []);
  assert.deepEqual(broken, [], broken.join("\n\n"));
  assert.ok(reports.length >= SEEDS_AT_LEAST, `Only ${reports.length} seeds ran`);

  const sum = (of: "jobs" | "lateAnswers" | "minutesWatched") => {
    return reports.reduce((total, report) => total + ("figures" in report ? report.figures[of] : 0), 0);
  };
  // A watch that looked at nothing would find nothing.
  assert.ok(sum("jobs") > 1_000 * reports.length, "The pools did hardly any work");
  assert.ok(sum("lateAnswers") > 0, "No answer came late");
  assert.ok(sum("minutesWatched") > 5_000 * reports.length, "The pools were hardly ever due to be full");
  const line = `${reports.length} seeds of ${DAYS} days, ${sum("jobs")} jobs, ${
    Math.round(coreMs / 1_000)
  } s of core time\n`;
  await Deno.stdout.write(new TextEncoder().encode(line));
});

for (const seed of [1, 2, 3]) {
  Deno.test(`a host with memory for four of six machines runs four, and six once the memory is back (seed ${seed})`, () => {
    runShortOfMemory(seed);
  });
}
