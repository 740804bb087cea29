import assert from "node:assert/strict";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

function load(text: string): LoadedConfig {
  const file = { file: "config.yaml", folder: "/home/me", platform: "linux" } as const;
  return loadConfig({ text: `debug: {use_mock: true}\n${text}`, ...file });
}

/** What each pool has of both. */
function limits(text: string): [number | undefined, number | undefined][] {
  const { config, problems } = load(text);
  assert.deepEqual(problems.map(formatProblem), []);
  return (config?.settings.pools ?? []).map((pool) => [pool.jobTimeoutMs, pool.holdOnFailureMs]);
}

Deno.test("loadConfig() limits no job and keeps no machine unless it is told to", () => {
  const pool = load("").config?.settings.pools[0];
  assert.ok(pool !== undefined && !("jobTimeoutMs" in pool) && !("holdOnFailureMs" in pool));
});

Deno.test("loadConfig() lets pools inherit both limits, replace them, and take them back", () => {
  const general = "runners: {job_timeout_minutes: 90, hold_on_failure_hours: 2}\n";
  assert.deepEqual(limits(general), [[5_400_000, 7_200_000]]);
  assert.deepEqual(
    limits(`${general}pools:
  - {name: a}
  - {name: b, job_timeout_minutes: 1, hold_on_failure_hours: 744}
  - {name: c, job_timeout_minutes: 0, hold_on_failure_hours: 0}
`),
    [[5_400_000, 7_200_000], [60_000, 2_678_400_000], [undefined, undefined]],
  );
});

Deno.test("loadConfig() shows both limits under the pool, and where they are written", () => {
  const { config } = load("runners: {job_timeout_minutes: 90}\n");
  const shown = config?.effective.find(({ path }) => path === "pools[0].job_timeout_minutes");
  assert.equal(shown?.value, 90);
  assert.equal(config?.at("pools[0].job_timeout_minutes").path, "runners.job_timeout_minutes");
  assert.equal(config?.at("pools[0].hold_on_failure_hours").path, "runners.hold_on_failure_hours");
});

Deno.test("loadConfig() warns once of a limit that GitHub's own comes before", () => {
  const said = (minutes: number) =>
    load(`runners: {job_timeout_minutes: ${minutes}}\npools: [{name: a}, {name: b}]\n`).warnings
      .map(formatProblem);
  assert.deepEqual(said(7_200), []);
  assert.match(
    said(7_201).join(),
    /^config\.yaml:2:32: runners\.job_timeout_minutes: 7201 minutes are more than the 5 days/,
  );
  assert.equal(said(10_080).length, 1);
});

Deno.test("loadConfig() refuses limits beyond their bounds, and names the key that has the unit", () => {
  const cases = [
    ["job_timeout_minutes: 10081", /must be 10080 or less/],
    ["job_timeout_minutes: -1", /must be 0 or more/],
    ["hold_on_failure_hours: 745", /must be 744 or less/],
    ["hold_on_failure_hours: soon", /a whole number, not "soon"/],
    ["job_timeout: 90", /Did you mean job_timeout_minutes\?/],
    ["hold_on_failure: 2h", /Did you mean hold_on_failure_hours\?/],
  ] as const;
  for (const [keys, says] of cases) {
    for (const text of [`runners: {${keys}}`, `pools: [{name: a, ${keys}}]`]) {
      assert.match(load(text).problems.map(formatProblem).join("\n"), says, text);
    }
  }
});

Deno.test("loadConfig() keeps events for 30 days and jobs for 90 unless it is told otherwise", () => {
  assert.deepEqual(load("").config?.journal, { keepDays: 30, keepJobsDays: 90 });
  assert.deepEqual(load("journal: {keep_days: 7, keep_jobs_days: 365}").config?.journal, {
    keepDays: 7,
    keepJobsDays: 365,
  });
  assert.match(load("journal: {keep_jobs_days: 0}").problems.map(formatProblem).join(), /must be 1 or more/);
});
