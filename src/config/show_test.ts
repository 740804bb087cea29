import assert from "node:assert/strict";
import { DEFAULT_TIMES } from "../model/settings.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";
import { recoveryBound } from "./recovery.ts";
import { allKeyPaths } from "./schema.ts";
import { showConfig } from "./show.ts";

const TEXT = `github:
  app_id: 7
  app_private_key: env:KEY
  org: acme
runners:
  runner_group: fast
hyperv:
  vm_password: hunter2
pools:
  - name: a
debug:
  log_level: debug
`;

function config(text = TEXT): Config {
  const loaded = loadConfig({ text, file: "config.yaml", folder: "/home/me", platform: "linux" });
  return loaded.config ?? assert.fail(JSON.stringify(loaded.problems));
}

function shown(text?: string): Map<string, { value: unknown; origin: Record<string, unknown> }> {
  const { values } = JSON.parse(showConfig(config(text), { json: true }));
  return new Map(values.map((entry: { path: string }) => [entry.path, entry]));
}

Deno.test("showConfig() says where each value is from", () => {
  const values = shown();
  assert.deepEqual(values.get("github.app_id")?.origin, {
    kind: "file",
    key: "github.app_id",
    line: 2,
    column: 11,
  });
  assert.deepEqual(values.get("pools[0].runner_group")?.origin, {
    kind: "file",
    key: "runners.runner_group",
    line: 6,
    column: 17,
  });
  assert.deepEqual(values.get("logging.level")?.origin, {
    kind: "file",
    key: "debug.log_level",
    line: 12,
    column: 14,
  });
  assert.deepEqual(values.get("pools[0].size"), {
    path: "pools[0].size",
    value: 1,
    origin: { kind: "default", note: "" },
  });
  assert.equal(values.get("pools[0].name_prefix")?.value, "a-");
  assert.equal(values.get("deadlines.boot_seconds")?.value, 300);
  assert.equal(values.get("hyperv.lanes.vm")?.value, 4);
});

Deno.test("showConfig() hides secrets, and shows where they are to be had", () => {
  for (const json of [true, false]) assert.doesNotMatch(showConfig(config(), { json }), /hunter2/);
  assert.doesNotMatch(JSON.stringify(config()), /hunter2/);
  assert.equal(shown().get("github.app_private_key")?.value, "env:KEY");
  assert.equal(shown().get("hyperv.vm_password")?.value, "(hidden)");
});

Deno.test("showConfig() shows each value once, and nothing under a path that is no key", () => {
  for (
    const text of [
      TEXT,
      "debug: {use_mock: true}",
      "debug: {use_mock: true}\ntemplates:\n  - {name: t, path: 'C:\\t.vhdx'}",
    ]
  ) {
    const paths = config(text).effective.map(({ path }) => path);
    assert.deepEqual(paths.filter((path, i) => paths.indexOf(path) !== i), []);
    const known = new Set(allKeyPaths());
    const unknown = paths.map((path) => path.replaceAll(/\[\d+\]/g, "[]")).filter((path) => !known.has(path));
    // A scope is made of org, user and repo.
    assert.deepEqual(unknown.filter((path) => path !== "pools[].scope"), []);
  }
});

Deno.test("showConfig() prints lines for people with the place of each value", () => {
  const text = showConfig(config(), { dataDir: "/data" });
  assert.match(text, /^github\.app_id +7 +# config\.yaml:2:11 github\.app_id$/m);
  assert.match(text, /^data_dir +\/data +# default$/m);
  assert.match(text, /^pools\[0\]\.size +1 +# default$/m);
  assert.match(text, /After faults the pool is whole again within [\d.]+ min/);
});

Deno.test("showConfig() names the bound of recovery and what it is made of", () => {
  const { recovery } = JSON.parse(showConfig(config(), { json: true }));
  assert.equal(
    recovery.totalSeconds,
    recovery.longestPhaseSeconds + recovery.longestBackoffSeconds + 2 * recovery.cycleSeconds,
  );
});

Deno.test("recoveryBound() follows the longest phase and the measured cycle", () => {
  const bound = recoveryBound({ ...DEFAULT_TIMES, offlineMs: 7_200_000 }, 10_000);
  assert.equal(bound.longestPhaseMs, bound.phases.online);
  assert.equal(bound.totalMs, bound.phases.online + DEFAULT_TIMES.slotBackoffMaxMs + 20_000);
});
