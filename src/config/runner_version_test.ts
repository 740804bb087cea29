import assert from "node:assert/strict";
import { DEFAULT_TIMES } from "../model/settings.ts";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

function load(text: string): LoadedConfig {
  return loadConfig({
    text: `debug: {use_mock: true}\n${text}`,
    file: "config.yaml",
    folder: "/home/me",
    platform: "linux",
  });
}

function good(text: string): Config {
  const { config, problems } = load(text);
  assert.deepEqual(problems.map(formatProblem), []);
  assert.ok(config);
  return config;
}

const PASSWORD = "hyperv: {vm_password: 'env:P'}\n";

Deno.test("loadConfig() leaves images as they are unless a version is written", () => {
  const [pool] = good("").settings.pools;
  assert.ok(pool !== undefined && !("runnerVersion" in pool) && !("canary" in pool));
});

Deno.test("loadConfig() lets each pool choose the runner that its image is kept at", () => {
  const config = good(`${PASSWORD}runners: {version: auto, packages: packages}
pools: [{name: a}, {name: b, runner_version: 2.338.1}, {name: c, runner_version: image}]
`);
  assert.deepEqual(config.settings.pools.map(({ runnerVersion }) => runnerVersion), [
    "auto",
    "2.338.1",
    undefined,
  ]);
  assert.equal(config.runner.packageFolder, "/home/me/packages");
  const shown = config.effective.filter(({ path }) => path.endsWith("runner_version"));
  assert.deepEqual(shown.map(({ path, value }) => [path, value]), [
    ["pools[0].runner_version", "auto"],
    ["pools[1].runner_version", "2.338.1"],
    ["pools[2].runner_version", "image"],
  ]);
  assert.equal(config.at("pools[0].runner_version").path, "runners.version");
  assert.equal(good("").at("pools[0].runner_version").path, "runners.version");
});

Deno.test("loadConfig() takes a version for guests that register by themselves, for nested machines and for a GPU", () => {
  const { settings } = good(`${PASSWORD}runners: {version: auto}
templates: [{name: t, path: 'C:\\t.vhdx', nested: true, gpu: true}]
pools: [{name: a, registration: token, delivery: direct}]
`);
  assert.equal(settings.pools[0]?.runnerVersion, "auto");
  assert.equal(settings.pools[0]?.registration, "token");
});

Deno.test("loadConfig() lets guests of some pools fetch their program where others have a version", () => {
  const { problems } = load(`runners: {program: {version: 2.338.1, sha256: ${"ab".repeat(32)}}}
pools: [{name: a, runner_version: image}, {name: b}]
`);
  assert.deepEqual(problems, []);
});

Deno.test("loadConfig() warns of the password that everybody knows where images are prepared with it", () => {
  const said = (text: string) => load(text).warnings.map(formatProblem).join("\n");
  assert.match(said("runners: {version: auto}"), /hyperv\.vm_password: is missing.*everybody knows/);
  assert.equal(said(`${PASSWORD}runners: {version: auto}`), "");
  const other = (keys: string) =>
    said(`guest_accounts: {ci: {password: env:P}}
templates: [{name: t, path: 'C:\\t.vhdx', delivery: direct${keys}}]
pools: [{name: a, runner_version: auto}]
`);
  assert.equal(other(", credentials: ci"), "");
  assert.match(other(""), /everybody knows/);
  // A registered template may have an account of its own.
  assert.equal(said("pools: [{name: a, template: win11, runner_version: auto}]"), "");
});

Deno.test("loadConfig() lets pools do without a canary", () => {
  const { settings } = good("runners: {canary: 0}\npools: [{name: a}, {name: b, canary: 1}]\n");
  assert.deepEqual(settings.pools.map(({ canary }) => canary), [0, undefined]);
  assert.equal(good("runners: {canary: 0}").at("pools[0].canary").path, "runners.canary");
});

Deno.test("loadConfig() takes the times of preparations", () => {
  const { times } = good(
    "deadlines: {poll_releases_seconds: 60, prepare_seconds: 900, prepare_again_seconds: 3600}",
  ).settings;
  assert.deepEqual([times.pollReleasesMs, times.prepareMs, times.prepareAgainMs], [
    60_000,
    900_000,
    3_600_000,
  ]);
});

Deno.test("loadConfig() gives a machine whose image is prepared at least the time to boot", () => {
  const prepareMs = (text: string) => good(text).settings.times.prepareMs;
  assert.equal(prepareMs("monitoring: {creation_timeout_minutes: 90}"), 5_400_000);
  assert.equal(prepareMs("deadlines: {boot_seconds: 60}"), DEFAULT_TIMES.prepareMs);
});
