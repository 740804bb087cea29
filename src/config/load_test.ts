import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { DEFAULT_LANES, DEFAULT_TIMES } from "../model/settings.ts";
import { type Config, dataDirectory, PLACEHOLDER_SCOPE, withAccount } from "./config.ts";
import { defaultDataDir, type Platform } from "./defaults.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

function load(text: string, platform: Platform = "linux", folder = "/home/me"): LoadedConfig {
  return loadConfig({ text, file: "config.yaml", folder, platform });
}

function good(text: string, platform?: Platform, folder?: string): Config {
  const { config, problems } = load(text, platform, folder);
  assert.deepEqual(problems.map(formatProblem), []);
  assert.ok(config);
  return config;
}

const MOCK = "debug: {use_mock: true}\n";

const SEED_README = `github:
  app_id: 2150342
  app_private_key_path: C:\\keys\\my-app.pem
  org: acme-corp
  repo: my-repo
runners:
  pool_size: 4
  name_prefix: "gh-runner-"
  labels: ["windows", "x64"]
hyperv:
  template_path: C:\\vms\\templates\\runner-template.vhdx
  storage_path: C:\\vms\\storage
  vm_username: "Administrator"
  vm_password: "SecurePassword123"
debug:
  log_level: info
  log_format: text
`;

Deno.test("loadConfig() takes the complete example of the first seed as it stands", () => {
  const config = good(SEED_README, "windows", "C:\\hvpool");
  const { poolDefaults, ...settings } = config.settings;
  assert.deepEqual(poolDefaults?.templates.map(({ settings: { name } }) => name), ["default"]);
  assert.deepEqual(settings, {
    storage: "C:\\vms\\storage",
    lanes: DEFAULT_LANES,
    times: DEFAULT_TIMES,
    pools: [{
      name: "runners",
      kind: "runner",
      size: 4,
      prefix: "gh-runner-",
      scope: "repos/acme-corp/my-repo" as ScopeKey,
      group: "default",
      labels: ["self-hosted", "Windows", "X64", "ephemeral"],
      workFolder: "_work",
      env: {},
      template: {
        name: "default",
        path: "C:\\vms\\templates\\runner-template.vhdx",
        memoryMb: 4096,
        processors: 2,
        secureBoot: "MicrosoftWindows",
        tpm: false,
        nested: false,
      },
      switchName: "",
    }],
  });
  assert.deepEqual(config.github, {
    apiUrl: undefined,
    appId: 2150342,
    key: { kind: "file", file: "C:\\keys\\my-app.pem", key: "github.app_private_key_path" },
    scopes: ["repos/acme-corp/my-repo"],
    accountMissing: false,
  });
  assert.deepEqual(config.logging, { level: "info", format: "text", directory: undefined });
  assert.equal(config.guest.username, "Administrator");
  assert.equal(config.guest.password.kind === "plain" && config.guest.password.reveal(), "SecurePassword123");
});

Deno.test("loadConfig() warns of labels that runners have anyway, plain passwords and older names", () => {
  const { warnings } = load(SEED_README);
  assert.deepEqual(warnings.map(({ path, line, column }) => [path, line, column]), [
    ["runners.labels[0]", 9, 12],
    ["runners.labels[1]", 9, 23],
    ["hyperv.vm_password", 14, 16],
    ["debug.log_level", 16, 14],
    ["debug.log_format", 17, 15],
  ]);
  assert.doesNotMatch(JSON.stringify(warnings), /SecurePassword123/);
});

Deno.test("loadConfig() takes every key of the first seed's newest version", () => {
  const config = good(`github: {app_id: 1, app_private_key_path: key.pem, org: acme}
runners: {pool_size: 2, name_prefix: r-, labels: [gpu], runner_group: fast, cache_url: "http://cache:3000/"}
hyperv: {template_path: 'D:\\t.vhdx', storage_path: 'D:\\s', vm_username: u, vm_password: p, vm_memory_mb: 8192, vm_cpu_count: 4}
monitoring: {health_check_interval_seconds: 30, creation_timeout_minutes: 10, grace_period_minutes: 7}
logging: {level: debug, format: json, directory: logs}
debug: {use_mock: false}
`);
  const [pool] = config.settings.pools;
  assert.deepEqual(pool?.labels, ["self-hosted", "Windows", "X64", "ephemeral", "gpu"]);
  assert.equal(pool?.group, "fast");
  assert.deepEqual(pool?.env, { CUSTOM_ACTIONS_RESULTS_URL: "http://cache:3000/" });
  assert.equal(pool?.template.memoryMb, 8192);
  assert.equal(pool?.template.processors, 4);
  const { pollVmsMs, bootMs, joinMs } = config.settings.times;
  assert.deepEqual({ pollVmsMs, bootMs, joinMs }, { pollVmsMs: 30_000, bootMs: 600_000, joinMs: 420_000 });
  assert.deepEqual(config.logging, { level: "debug", format: "json", directory: "/home/me/logs" });
});

Deno.test("loadConfig() takes what the first seed's YAML reader took", () => {
  const config = good(`github: {app_id: "123", app_private_key_path: k, user: me, repo: 2048}
runners: {labels: [2022], runner_group: "", cache_url: "", pool_size: 0}
hyperv: {vm_password: 0123}
logging: {level: WARNING, directory: ""}
debug: {use_mock: no}
templates:
`);
  assert.equal(config.github.appId, 123);
  assert.deepEqual(config.github.scopes, ["repos/me/2048"]);
  assert.equal(config.settings.pools[0]?.size, 0);
  assert.ok(config.settings.pools[0]?.labels.includes("2022"));
  assert.equal(config.guest.password.kind === "plain" && config.guest.password.reveal(), "0123");
  assert.equal(config.logging.level, "warn");
});

Deno.test("loadConfig() needs neither key nor account with a mock", () => {
  const config = good("debug: {use_mock: yes}");
  assert.deepEqual(config.mode, { kind: "mock" });
  assert.deepEqual(config.github.scopes, [PLACEHOLDER_SCOPE]);
  assert.equal(config.github.accountMissing, true);
  const scope = "orgs/filled" as ScopeKey;
  assert.equal(withAccount(config.settings, scope).pools[0]?.scope, scope);
});

Deno.test("loadConfig() needs neither key nor account with a simulator, and keeps GitHub's address when written", () => {
  const config = good(
    "debug: {simulator: 'http://127.0.0.1:7500/'}\ngithub: {api_url: 'http://127.0.0.1:9000/'}",
  );
  assert.deepEqual(config.mode, { kind: "simulator", address: "http://127.0.0.1:7500" });
  assert.equal(config.github.apiUrl, "http://127.0.0.1:9000");
});

Deno.test("loadConfig() builds pools with accounts, templates and labels of their own", () => {
  const config = good(`github: {app_id: 1, app_private_key: env:KEY, user: me, repo: site}
runners: {labels: [shared], runner_group: default, cache_url: "https://cache/"}
hyperv: {storage_path: 'E:\\vms', vm_memory_mb: 2048, switch: External}
templates:
  - {name: small, path: 'E:\\t\\small.vhdx'}
  - {name: big, path: 'E:\\t\\big.vhdx', memory_mb: 16384, processors: 8, secure_boot: off, tpm: true, nested: true}
pools:
  - {name: site, template: small, size: 3}
  - {name: other, template: BIG, repo: other, name_prefix: o-, default_labels: false, labels: [only], work_folder: w}
  - {name: org, template: big, org: acme, runner_group: fast, switch: '', env: {A: 1, CI: true}, cache_url: "https://c2/"}
`);
  const [site, other, org] = config.settings.pools;
  assert.deepEqual([site?.scope, other?.scope, org?.scope], ["repos/me/site", "repos/me/other", "orgs/acme"]);
  assert.deepEqual([site?.prefix, other?.prefix, org?.prefix], ["site-", "o-", "org-"]);
  assert.deepEqual([site?.switchName, org?.switchName], ["External", ""]);
  assert.deepEqual(site?.labels.slice(4), ["shared"]);
  assert.deepEqual(other?.labels, ["only"]);
  assert.equal(other?.workFolder, "w");
  assert.equal(site?.template.memoryMb, 2048);
  assert.deepEqual(org?.template, {
    name: "big",
    path: "E:\\t\\big.vhdx",
    memoryMb: 16384,
    processors: 8,
    secureBoot: "off",
    tpm: true,
    nested: true,
  });
  assert.deepEqual(org?.env, { A: "1", CI: "true", CUSTOM_ACTIONS_RESULTS_URL: "https://c2/" });
  assert.deepEqual(config.github.scopes, ["repos/me/site", "repos/me/other", "orgs/acme"]);
});

Deno.test("loadConfig() lets each pool of a user name its repository", () => {
  const config = good(`github: {app_id: 1, app_private_key_path: k, user: me}
pools:
  - {name: a, repo: one}
  - {name: b, repo: two}
`);
  assert.deepEqual(config.github.scopes, ["repos/me/one", "repos/me/two"]);
});

Deno.test("loadConfig() maps deadlines and lengthens defaults that depend on them", () => {
  const { times } = good(`${MOCK}deadlines: {retry_min_seconds: 0.25, poll_directories_seconds: 90}
monitoring: {health_check_interval_seconds: 60}`).settings;
  assert.equal(times.retryMinMs, 250);
  assert.equal(times.pollVmsMs, 60_000);
  assert.equal(times.readingMaxAgeMs, 120_000);
  assert.equal(times.noTraceMs, 270_000);
});

Deno.test("loadConfig() takes a monitoring time beside an equal deadline", () => {
  const { times } =
    good(`${MOCK}monitoring: {grace_period_minutes: 2}\ndeadlines: {join_seconds: 120}`).settings;
  assert.equal(times.joinMs, 120_000);
});

Deno.test("loadConfig() opens all lanes", () => {
  const config = good(
    `${MOCK}hyperv: {lanes: {query: 50, vm: 50, boot: 50, mount: 50, guest: 50, display: 50, forge: 50}}`,
  );
  assert.ok(Object.values(config.settings.lanes).every((limit) => limit === 50));
});

Deno.test("loadConfig() resolves paths against the file's folder, in the manner of their system", () => {
  const text =
    `github: {app_id: 1, app_private_key_path: keys\\app.pem, org: a}\nhyperv: {storage_path: vms}\ndata_dir: state\n`;
  const windows = good(text, "windows", "D:\\pool");
  assert.equal(windows.settings.storage, "D:\\pool\\vms");
  assert.equal(windows.dataDir, "D:\\pool\\state");
  assert.deepEqual(windows.github.key, {
    kind: "file",
    file: "D:\\pool\\keys\\app.pem",
    key: "github.app_private_key_path",
  });
  const mac = good(text, "macos", "/Users/me/pool");
  assert.equal(mac.settings.storage, "C:\\hvpool\\vms");
  assert.equal(mac.dataDir, "/Users/me/pool/state");
  assert.deepEqual(mac.github.key, {
    kind: "file",
    file: "/Users/me/pool/keys/app.pem",
    key: "github.app_private_key_path",
  });
});

Deno.test("loadConfig() finds the folder in an absolute file name", () => {
  const config = loadConfig({ text: MOCK, file: "C:\\hv\\config.yaml", platform: "windows" }).config;
  assert.equal(config?.settings.storage, "C:\\hv\\vms\\storage");
  assert.equal(config?.settings.pools[0]?.template.path, "C:\\hv\\vms\\templates\\runner-template.vhdx");
});

Deno.test("loadConfig() takes ports and loopback addresses for the API", () => {
  const listen = (text: string) => good(`${MOCK}api: {listen: "${text}"}`).api;
  assert.deepEqual(good(MOCK).api, { host: "127.0.0.1", port: 7420 });
  assert.deepEqual(listen("127.0.0.1:0"), { host: "127.0.0.1", port: 0 });
  assert.deepEqual(listen("localhost:80"), { host: "127.0.0.1", port: 80 });
  assert.deepEqual(listen("[::1]:80"), { host: "::1", port: 80 });
});

Deno.test("loadConfig() takes aliases and merged keys in reason", () => {
  const config = good(`${MOCK}pools:
  - &first {name: a, size: 2, labels: &l [x]}
  - {<<: *first, name: b, name_prefix: q-}
runners: {labels: *l}
`);
  assert.deepEqual(config.settings.pools.map(({ name, size }) => [name, size]), [["a", 2], ["b", 2]]);
});

Deno.test("loadConfig() takes prefixes up to what a runner's name can hold", () => {
  good(`${MOCK}runners: {pool_size: 9, name_prefix: ${"a".repeat(39)}}`);
  good(`${MOCK}runners: {name_prefix: con-}`);
});

Deno.test("loadConfig() warns of an API address that would not work, and of http", () => {
  const { warnings } = load(`${MOCK}github: {api_url: "http://ghe.example.com"}`);
  assert.match(warnings.map(formatProblem).join("\n"), /unencrypted.*\n.*api\/v3/);
});

Deno.test("loadConfig() reads bytes with a byte-order mark, and counts columns without it", () => {
  const bytes = new TextEncoder().encode("\ufeffdebug: {use_mock: 3}");
  const { problems } = loadConfig({ bytes, file: "c.yaml", folder: "/", platform: "linux" });
  assert.deepEqual(problems.map(({ line, column, path }) => [line, column, path]), [[
    1,
    19,
    "debug.use_mock",
  ]]);
});

Deno.test("loadConfig() tells UTF-16 and other encodings apart", () => {
  const utf16 = new Uint8Array([0xff, 0xfe, ...[...MOCK].flatMap((letter) => [letter.charCodeAt(0), 0])]);
  for (const bytes of [utf16, utf16.slice(2)]) {
    const { problems } = loadConfig({ bytes, file: "c.yaml", folder: "/", platform: "windows" });
    assert.equal(problems.length, 1);
    assert.match(
      formatProblem(problems[0] ?? assert.fail()),
      /^c\.yaml:1:1: the file is UTF-16.*-Encoding utf8/,
    );
  }
  const latin = new Uint8Array([...new TextEncoder().encode("a: 1\nb: "), 0xfc]);
  const { problems } = loadConfig({ bytes: latin, file: "c.yaml", folder: "/", platform: "windows" });
  assert.match(formatProblem(problems[0] ?? assert.fail()), /^c\.yaml:2:4: the file is not UTF-8/);
});

Deno.test("loadConfig() survives text that no person wrote", () => {
  for (
    const text of [
      "[".repeat(50_000),
      "- ".repeat(5_000),
      "{a: ".repeat(20_000),
      "x".repeat(1_100_000),
      "? ? ?",
      "&a *a",
      "%YAML 9\n---\n",
      "__proto__: {x: 1}",
      "constructor: 1",
      "github: {__proto__: 1, toString: 2}",
      "? [a]\n: b",
    ]
  ) {
    assert.ok(load(text).problems.length > 0, text.slice(0, 20));
  }
});

Deno.test("Config.at() finds where a value is written, inherited or missing", () => {
  const config = good(`github:
  app_id: 1
  app_private_key_path: k
  org: acme
runners:
  runner_group: fast
pools:
  - name: a
    size: 2
`);
  const place = (path: string) => {
    const { line, column, path: written } = config.at(path);
    return `${line}:${column} ${written}`;
  };
  assert.equal(place("github.app_private_key_path"), "3:25 github.app_private_key_path");
  assert.equal(place("pools[0].size"), "9:11 pools[0].size");
  assert.equal(place("pools[0].runner_group"), "6:17 runners.runner_group");
  assert.equal(place("pools[0].scope"), "4:8 github.org");
  assert.equal(place("pools[0].template"), "8:5 pools[0].template");
  assert.equal(place("hyperv.storage_path"), "1:1 hyperv.storage_path");
});

Deno.test("Config.at() finds the only pool's keys under runners: and hyperv:", () => {
  const config = good(`${MOCK}runners:\n  pool_size: 2\nhyperv:\n  template_path: 'C:\\t.vhdx'\n`);
  assert.equal(config.at("pools[0].size").line, 3);
  assert.equal(config.at("pools[0].template").line, 5);
  assert.equal(config.at("pools[0].labels").line, 2);
});

Deno.test("dataDirectory() is the file's, or the system's place", () => {
  const env = (values: Record<string, string>) => (name: string) => values[name];
  assert.equal(dataDirectory(good(`${MOCK}data_dir: /d`), env({})), "/d");
  assert.equal(dataDirectory(good(MOCK), env({ HOME: "/home/me" })), "/home/me/.local/state/hvpool");
  assert.equal(defaultDataDir("macos", env({ HOME: "/Users/me", XDG_STATE_HOME: "/x" })), "/x/hvpool");
  assert.equal(defaultDataDir("linux", env({})), "/var/lib/hvpool");
  assert.equal(defaultDataDir("windows", env({ ProgramData: "D:\\PD" })), "D:\\PD\\hvpool");
});
