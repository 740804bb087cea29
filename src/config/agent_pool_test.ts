import assert from "node:assert/strict";
import type { PoolSettings } from "../model/settings.ts";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

const TEMPLATES = `templates:
  - {name: win11, path: 'C:\\t\\win11-agent.vhdx', memory_mb: 8192}
  - {name: gpu, path: 'C:\\t\\gpu.vhdx', gpu: true}
  - {name: nested, path: 'C:\\t\\nested.vhdx', nested: true}
`;

function load(text: string): LoadedConfig {
  return loadConfig({ text, file: "config.yaml", folder: "C:\\hvpool", platform: "windows" });
}

function loaded(text: string): Config {
  const { config, problems } = load(text);
  assert.deepEqual(problems.map(formatProblem), []);
  assert.ok(config);
  return config;
}

function pool(keys: string): PoolSettings {
  const [first] =
    loaded(`${TEMPLATES}pools:\n  - {name: desks, kind: agent, template: win11${keys}}\n`).settings.pools;
  return first ?? assert.fail("no pool");
}

Deno.test("loadConfig() makes an agent pool of saved machines that asks nobody at GitHub", () => {
  const { template, ...rest } = pool(", size: 3");
  assert.deepEqual(rest, {
    name: "desks",
    kind: "agent",
    size: 3,
    prefix: "desks-",
    scope: "",
    group: "",
    labels: [],
    workFolder: "",
    env: {},
    switchName: "",
    recycle: "restore",
    hot: 0,
    agent: { desktop: true, idleMs: 1_800_000, totalMs: 5_400_000 },
  });
  assert.equal(template.memoryMb, 8192);
});

Deno.test("loadConfig() takes a list without pools: they are made at run time, and nobody at GitHub is asked", () => {
  const { settings } = loaded(`${TEMPLATES}pools: []\n`);
  assert.deepEqual(settings.pools, []);
  assert.deepEqual(settings.poolDefaults?.templates.map((one) => one.settings.name), [
    "win11",
    "gpu",
    "nested",
  ]);
});

Deno.test("loadConfig() takes everything that an agent pool may say", () => {
  const desks = pool(
    ", size: 4, name_prefix: d-, hot: 2, idle_minutes: 5, max_lease_minutes: 1440, desktop: false, switch: Internal, " +
      "canary: 0, network: {isolation: guests}",
  );
  assert.deepEqual(desks.agent, { desktop: false, idleMs: 300_000, totalMs: 86_400_000 });
  assert.deepEqual([desks.prefix, desks.hot, desks.switchName, desks.canary], ["d-", 2, "Internal", 0]);
  assert.deepEqual(desks.network, { isolation: "guests" });
});

Deno.test("a lease that is short by configuration is never silent for longer than it lasts", () => {
  assert.deepEqual(pool(", max_lease_minutes: 10").agent, {
    desktop: true,
    idleMs: 600_000,
    totalMs: 600_000,
  });
});

Deno.test("what runners: says does not reach agent pools", () => {
  const { settings: { pools: [desks, jobs] } } = loaded(`${TEMPLATES}debug: {use_mock: true}
runners: {labels: [x], recycle: restore, hot: 1, job_timeout_minutes: 60, version: auto, env: {A: b}}
pools:
  - {name: desks, kind: agent, template: win11}
  - {name: jobs, template: win11, size: 2}
`);
  assert.deepEqual([desks?.labels, desks?.hot, desks?.jobTimeoutMs, desks?.env], [[], 0, undefined, {}]);
  assert.ok(desks !== undefined && !("runnerVersion" in desks));
  assert.deepEqual([jobs?.kind, jobs?.hot, jobs?.jobTimeoutMs, jobs?.env], ["runner", 1, 3_600_000, {
    A: "b",
  }]);
});

Deno.test("a configuration with agent pools only needs no GitHub App", () => {
  const { github } = loaded(`${TEMPLATES}pools: [{name: desks, kind: agent, template: win11}]\n`);
  assert.deepEqual([github.appId, github.key, github.scopes, github.accountMissing], [
    undefined,
    undefined,
    [],
    false,
  ]);
});

Deno.test("beside a pool of runners the GitHub App and its account are needed, and only for that pool", () => {
  const text = `${TEMPLATES}pools:
  - {name: desks, kind: agent, template: win11}
  - {name: jobs, template: win11}
`;
  assert.deepEqual(load(text).problems.map(({ path }) => path), [
    "github.app_id",
    "github.app_private_key_path",
    "github.org",
  ]);
  const config = loaded(`github: {app_id: 1, app_private_key_path: k.pem, org: acme}\n${text}`);
  assert.deepEqual(config.github.scopes, ["orgs/acme"]);
});

Deno.test("keys of runners are refused in an agent pool, all of them at once and with what to do", () => {
  const keys = [
    "org: a",
    "repo: b",
    "labels: [c]",
    "default_labels: true",
    "runner_group: d",
    "cache_url: 'http://e/'",
    "work_folder: f",
    "env: {G: h}",
    "delivery: direct",
    "registration: jit",
    "recycle: recreate",
    "runner_version: auto",
    "job_timeout_minutes: 5",
    "hold_on_failure_hours: 6",
  ];
  const { config, problems } = load(
    `${TEMPLATES}pools:\n  - name: desks\n    kind: agent\n    template: win11\n    ${keys.join("\n    ")}\n`,
  );
  assert.equal(config, undefined);
  assert.deepEqual(problems.map(({ path }) => path), keys.map((key) => `pools[0].${key.split(":")[0]}`));
  for (const problem of problems) {
    assert.match(problem.message, /^is for pools of runners: /);
    assert.ok((problem.remedy ?? "").length > 10, problem.path);
  }
  assert.match(problems.map(formatProblem).join("\n"), /release.* its lease with destroy/);
  assert.match(problems.map(formatProblem).join("\n"), /job_timeout_minutes.*Write max_lease_minutes/);
  assert.ok("recycle" in pool(", recycle: restore"), "what happens anyway may be written");
});

for (const [template, why] of [["gpu", /GPU partition/], ["nested", /runs Hyper-V itself/]] as const) {
  Deno.test(`an agent pool of a ${template} template works without saved machines, and says so`, () => {
    const { config, problems, warnings } = load(
      `${TEMPLATES}pools: [{name: desks, kind: agent, template: ${template}, size: 2}]\n`,
    );
    assert.deepEqual(problems, []);
    const [desks] = config?.settings.pools ?? [];
    assert.ok(desks !== undefined && !("recycle" in desks) && !("hot" in desks));
    assert.deepEqual(warnings.map(({ path }) => path), ["pools[0].template"]);
    assert.match(warnings.map(formatProblem).join(), why);
    assert.match(warnings.map(formatProblem).join(), /made anew after its lease/);
  });
}

Deno.test("an image without the loader is brought one, which says nothing of a desktop", () => {
  const text = (desktop: string) =>
    `hyperv: {vm_password: 'env:P'}
templates: [{name: bare, path: 'C:\\t\\bare.vhdx', loader: false}]
pools: [{name: desks, kind: agent, template: bare${desktop}}]
`;
  assert.deepEqual(load(text("")).warnings.map(({ path }) => path), ["templates[0].loader"]);
  const { config, warnings } = load(text(", desktop: false"));
  assert.deepEqual([config?.settings.pools[0]?.delivery, warnings], ["direct", []]);
});

Deno.test("config show has an agent pool's keys with their defaults", () => {
  const shown = loaded(`${TEMPLATES}pools: [{name: desks, kind: agent, template: win11, idle_minutes: 7}]\n`)
    .effective
    .filter(({ path }) => /\.(?:kind|hot|idle_minutes|max_lease_minutes|desktop)$/.test(path));
  assert.deepEqual(shown.map(({ path, value, origin }) => [path, value, origin.kind]), [
    ["pools[0].kind", "agent", "file"],
    ["pools[0].desktop", true, "default"],
    ["pools[0].max_lease_minutes", 90, "default"],
    ["pools[0].idle_minutes", 7, "file"],
    ["pools[0].hot", 0, "default"],
  ]);
});

Deno.test("loadConfig() takes what leases may do and how many machines are saved", () => {
  const { agent } = pool(
    ", size: 6, hot: 1, warm: 3, max: 8, on_idle: save, max_pause_minutes: 120, keep_minutes: 30, max_checkpoints: 0, " +
      "wait_for_address: false",
  );
  assert.deepEqual(agent, {
    desktop: true,
    idleMs: 1_800_000,
    totalMs: 5_400_000,
    warm: 3,
    max: 8,
    onIdle: "save",
    pauseMs: 7_200_000,
    keepMs: 1_800_000,
    checkpoints: 0,
    addressless: true,
  });
});

for (
  const [name, keys, path, says] of [
    [
      "more hot and warm machines than it has",
      "size: 3, hot: 2, warm: 2",
      "warm",
      /2 machines are to be running and 2 saved, and the pool has 3.*a number up to 1.*greater size/,
    ],
    [
      "more warm machines than it has",
      "size: 3, warm: 4",
      "warm",
      /0 machines are to be running and 4 saved/,
    ],
    [
      "more machines than it may ever have",
      "size: 3, max: 2",
      "max",
      /the pool has 3 machines, which is more than 2.*a number from 3/,
    ],
    [
      "machines with a GPU partition that are to be saved",
      "template: gpu, on_idle: save",
      "on_idle",
      /with a GPU partition cannot be saved.*Write release/,
    ],
    [
      "machines that run Hyper-V themselves and are to be saved",
      "template: nested, on_idle: save",
      "on_idle",
      /runs Hyper-V itself cannot be saved/,
    ],
    ["an unknown word for silence", "on_idle: keep", "on_idle", /"keep"/],
    ["a pause without end", "max_pause_minutes: 10081", "max_pause_minutes", /must be 10080 or less/],
    ["checkpoints without end", "max_checkpoints: 21", "max_checkpoints", /must be 20 or less/],
  ] as const // deno-fmt-ignore
) {
  Deno.test(`loadConfig() refuses an agent pool with ${name}`, () => {
    const template = keys.includes("template:") ? "" : "template: win11, ";
    const { config, problems } = load(
      `${TEMPLATES}pools: [{name: desks, kind: agent, ${template}${keys}}]\n`,
    );
    assert.equal(config, undefined);
    assert.deepEqual(problems.map(({ path }) => path), [`pools[0].${path}`]);
    assert.match(problems.map(formatProblem).join(), says);
  });
}

Deno.test("a pool that is paused by its size may say how many would be saved", () => {
  assert.equal(pool(", size: 0, warm: 3, max: 5").agent?.warm, 3);
});

Deno.test("keys of leases are refused in a pool of runners", () => {
  const keys = [
    "warm: 1",
    "max: 2",
    "on_idle: save",
    "max_pause_minutes: 5",
    "keep_minutes: 5",
    "max_checkpoints: 1",
    "wait_for_address: true",
  ];
  const { problems } = load(
    `debug: {use_mock: true}\n${TEMPLATES}pools:\n  - name: jobs\n    template: win11\n    ${
      keys.join("\n    ")
    }\n`,
  );
  assert.deepEqual(problems.map(({ path }) => path), keys.map((key) => `pools[0].${key.split(":")[0]}`));
  for (const problem of problems) assert.match(formatProblem(problem), /Write kind: agent/);
});

Deno.test("a GPU pool says which numbers have no effect", () => {
  const { warnings } = load(
    `${TEMPLATES}pools: [{name: d, kind: agent, template: gpu, size: 3, hot: 1, warm: 1}]\n`,
  );
  assert.match(warnings.map(formatProblem).join(), /and hot, warm have no effect/);
});
