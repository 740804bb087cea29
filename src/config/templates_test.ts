import assert from "node:assert/strict";
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

/** What is known of a registered template before the controller looks it up. */
const REGISTERED = {
  path: "",
  memoryMb: 4096,
  processors: 2,
  secureBoot: "MicrosoftWindows",
  tpm: false,
  nested: false,
};

Deno.test("loadConfig() takes what a template says of its guests", () => {
  const { settings, guestAccounts } = good(`guest_accounts:
  builder: {username: build, password: env:P}
  b2: {password: "file:/pw"}
templates:
  - name: big
    path: 'C:\\t.vhdx'
    gpu: true
    gpu_name: '\\\\?\\PCI#VEN_10DE#GPUPARAV'
    gpu_vram_max: 100000000
    gpu_vram_min: 80000000
    gpu_vram_optimal: 100000000
    software: {python: 3.10, node: 22, git: ''}
    credentials: builder
    probe: {tcp: 3389}
  - {name: web, path: 'C:\\w.vhdx', probe: {http: "http://localhost:8080/up?deep=1"}, software: {}, gpu: false}
pools: [{name: a, template: big}, {name: b, template: web}]
`);
  const [a, b] = settings.pools.map(({ template }) => template);
  assert.equal(a?.gpu, true);
  assert.deepEqual(a?.gpuPartition, {
    gpu: "\\\\?\\PCI#VEN_10DE#GPUPARAV",
    minVram: 80_000_000,
    optimalVram: 100_000_000,
    maxVram: 100_000_000,
  });
  assert.deepEqual(a?.software, { python: "3.10", node: "22", git: "" });
  assert.equal(a?.credentials, "builder");
  assert.deepEqual(a?.probe, { tcp: 3389 });
  assert.deepEqual(b, {
    ...REGISTERED,
    name: "web",
    path: "C:\\w.vhdx",
    probe: { http: "http://localhost:8080/up?deep=1" },
  });
  assert.deepEqual([...guestAccounts.entries()], [
    ["builder", {
      username: "build",
      password: { kind: "env", name: "P", key: "guest_accounts.builder.password" },
    }],
    ["b2", {
      username: "Administrator",
      password: { kind: "file", file: "/pw", key: "guest_accounts.b2.password" },
    }],
  ]);
});

Deno.test("loadConfig() warns of an account's password that stands in the file", () => {
  const { warnings } = load("guest_accounts: {ci: {password: SecurePassword123}}");
  assert.deepEqual(warnings.map(({ path, line, column }) => [path, line, column]), [
    ["guest_accounts.ci.password", 2, 33],
  ]);
  assert.doesNotMatch(JSON.stringify(warnings), /SecurePassword123/);
});

Deno.test("loadConfig() takes a template that is not in the file for a registered one", () => {
  const { settings } = good(`hyperv: {vm_memory_mb: 8192, loader: false}
templates: [{name: big, path: 'C:\\t.vhdx'}]
pools: [{name: a, template: Win11}, {name: b, template: big}]
`);
  const [a, b] = settings.pools;
  assert.deepEqual(a?.template, { ...REGISTERED, name: "Win11" });
  assert.equal(b?.template.path, "C:\\t.vhdx");
  // `hyperv.loader` is about another image.
  assert.equal(a?.delivery, undefined);
});

Deno.test("loadConfig() takes a registered template where the file has no templates", () => {
  const { settings } = good("pools: [{name: a, template: win11}, {name: b}]");
  assert.deepEqual(settings.pools.map(({ template }) => [template.name, template.path === ""]), [
    ["win11", true],
    ["default", false],
  ]);
});

Deno.test("loadConfig() leaves to the controller whether a registered template can be restored", () => {
  const [pool] = good("pools: [{name: a, template: win11, recycle: restore}]").settings.pools;
  assert.equal(pool?.recycle, "restore");
});

Deno.test("loadConfig() concludes nothing from a name where templates are wrong", () => {
  const { problems } = load(
    "templates: [{path: 'C:\\t.vhdx'}, {name: win10, path: 'C:\\u.vhdx'}]\npools: [{name: a, template: win11}]",
  );
  assert.deepEqual(problems.map(({ path }) => path), ["templates[0].name"]);
});

Deno.test("loadConfig() finds a registered template's name in the file", () => {
  const { line, column, path } = good("pools:\n  - name: a\n    template: win11\n").at("pools[0].template");
  assert.deepEqual({ line, column, path }, { line: 4, column: 15, path: "pools[0].template" });
});
