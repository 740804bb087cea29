import assert from "node:assert/strict";
import { DEFAULT_TIMES } from "../model/settings.ts";
import type { Config } from "./config.ts";
import { allKeyPaths } from "./key_paths.ts";
import { loadConfig } from "./load.ts";
import { recoveryBound } from "./recovery.ts";
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

Deno.test("showConfig() says which templates are registered ones", () => {
  const text = "debug: {use_mock: true}\npools:\n  - name: a\n    template: win11\n";
  assert.deepEqual(shown(text).get("pools[0].template"), {
    path: "pools[0].template",
    value: "win11",
    origin: { kind: "file", key: "pools[0].template", line: 4, column: 15, note: "registered template" },
  });
  assert.match(
    showConfig(config(text)),
    /^pools\[0\]\.template +win11 +# config\.yaml:4:15 pools\[0\]\.template: registered template$/m,
  );
});

Deno.test("showConfig() hides the passwords of accounts in guests", () => {
  const text = `${TEXT}guest_accounts: {a: {password: hunter3}, b: {password: env:B}}\n`;
  for (const json of [true, false]) assert.doesNotMatch(showConfig(config(text), { json }), /hunter3/);
  assert.doesNotMatch(JSON.stringify(config(text)), /hunter3/);
  const values = shown(text);
  assert.equal(values.get("guest_accounts.a.password")?.value, "(hidden)");
  assert.equal(values.get("guest_accounts.a.username")?.value, "Administrator");
  assert.equal(values.get("guest_accounts.b.password")?.value, "env:B");
});

Deno.test("showConfig() shows each value once, and nothing under a path that is no key", () => {
  for (
    const text of [
      TEXT,
      "debug: {use_mock: true}",
      "debug: {use_mock: true}\ntemplates:\n  - {name: t, path: 'C:\\t.vhdx', probe: {tcp: 1}, credentials: b.c}\n" +
      "guest_accounts: {a: {password: x}, b.c: {username: u, password: env:P}}",
    ]
  ) {
    const paths = config(text).effective.map(({ path }) => path);
    assert.deepEqual(paths.filter((path, i) => paths.indexOf(path) !== i), []);
    const known = new Set(allKeyPaths());
    const general = (path: string) =>
      path.replaceAll(/\[\d+\]/g, "[]").replace(/^guest_accounts(?:\.\w+|\[".*"\])/, "guest_accounts.NAME");
    const unknown = paths.map(general).filter((path) => !known.has(path));
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
