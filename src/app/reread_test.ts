import assert from "node:assert/strict";
import { join } from "node:path";
import { allKeyPaths } from "../config/key_paths.ts";
import type { Reread } from "../controller/controller.ts";
import type { ScopeKey } from "../model/ids.ts";
import type { PoolSettings } from "../model/settings.ts";
import { testSettings } from "../model/testing/stage.ts";
import { readConfiguration } from "./read_configuration.ts";
import { isReadOnce, reread, type RereadOptions } from "./reread.ts";

const ACCOUNT = "orgs/simulated" as ScopeKey;
const MOCK = "debug: {use_mock: true}\n";
/** Everything that a run is made with, towards a simulator, so that secrets are fetched. */
const FULL = `github: {org: acme}
hyperv: {vm_password: env:PW}
guest_accounts: {builder: {password: env:BUILDER}}
proxy: {https: 'http://me:PROXYPW@proxy:3128'}
notify:
  - {type: slack, url: env:SLACK}
pools:
  - {name: a, size: 2}
debug: {simulator: 'http://127.0.0.1:7500'}
`;
const VARIABLES: Readonly<Record<string, string>> = {
  PW: "PASSWORD1",
  BUILDER: "PASSWORD2",
  SLACK: "https://hooks.example/SECRET",
};

interface Again {
  readonly variables?: Readonly<Record<string, string>>;
  readonly account?: ScopeKey;
  /** Pools that were made at run time. */
  readonly created?: ReadonlyMap<string, PoolSettings>;
  /** Before the file is read again. */
  readonly change?: (folder: string) => Promise<void>;
}

/** Reads one text, as a start does, and then another one at the same place. */
async function again(before: string, after: string, more: Again = {}): Promise<Reread> {
  const folder = await Deno.makeTempDir();
  const configFile = join(folder, "config.yaml");
  try {
    await Deno.writeTextFile(configFile, before);
    const began = await readConfiguration(configFile, (name) => VARIABLES[name]);
    assert.ok("read" in began, JSON.stringify(began));
    await Deno.writeTextFile(configFile, after);
    await more.change?.(folder);
    const variables = { ...VARIABLES, ...more.variables };
    const options: RereadOptions = { configFile, began: began.read, env: (name) => variables[name] };
    const read = await reread({
      ...options,
      ...(more.account === undefined ? {} : { account: more.account }),
    }, new Map(more.created));
    assert.doesNotMatch(JSON.stringify(read), /SECRET|PASSWORD|PROXYPW/);
    return read;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What counts only after a restart. */
async function restart(before: string, after: string, more?: Again): Promise<readonly string[]> {
  const read = await again(before, after, more);
  assert.ok(read.ok, JSON.stringify(read));
  return read.restart;
}

Deno.test("reread() answers the settings as they stand now, which need no restart", async () => {
  const read = await again(FULL, FULL.replace("size: 2", "size: 5, job_timeout_minutes: 1"));
  assert.ok(read.ok);
  assert.deepEqual(read.settings.pools.map(({ size, jobTimeoutMs }) => [size, jobTimeoutMs]), [[5, 60_000]]);
  assert.deepEqual(read.restart, []);
});

Deno.test("reread() answers what is wrong with the file, at its place", async () => {
  const read = await again(MOCK, `${MOCK}pools: [{name: a, size: -1}]\n`);
  assert.ok(!read.ok);
  assert.match(read.problems.join("\n"), /config\.yaml:2:25: pools\[0\]\.size: must be 0 or more/);
  const gone = await again(MOCK, MOCK, { change: (folder) => Deno.remove(join(folder, "config.yaml")) });
  assert.match(gone.ok ? "" : gone.problems.join(), /there is no such file/);
});

Deno.test("reread() answers a secret that cannot be had, and certificates that cannot be read", async () => {
  const read = await again(FULL, `${FULL}ca_certificates: [none.pem]\n`, { variables: { PW: "" } });
  assert.ok(!read.ok);
  assert.match(
    read.problems.join("\n"),
    /hyperv\.vm_password: .*PW is empty[\s\S]*ca_certificates\[0\].*no such file/,
  );
});

Deno.test("reread() puts the simulator's account where none is written, as the start does", async () => {
  const text = `${MOCK}pools: [{name: a}, {name: b, org: acme}]\n`;
  const scopes = async (account?: ScopeKey) => {
    const read = await again(MOCK, text, account === undefined ? {} : { account });
    assert.ok(read.ok);
    return read.settings.pools.map(({ scope }) => scope);
  };
  assert.deepEqual(await scopes(ACCOUNT), [ACCOUNT, "orgs/acme"]);
  assert.deepEqual(await scopes(), ["orgs/mock-org", "orgs/acme"]);
});

// deno-fmt-ignore
const CHANGES: readonly (readonly [name: string, before: string | RegExp, after: string, keys: readonly string[]])[] = [
  ["the app", "{org: acme}", "{org: acme, app_id: 5}", ["github.app_id"]],
  ["GitHub's address", "{org: acme}", "{org: acme, api_url: 'https://ghe.corp/api/v3'}", ["github.api_url"]],
  ["the account, which is the pools'", "{org: acme}", "{org: other}", []],
  ["the engine", "hyperv: {", "hyperv: {powershell: pwsh.exe, scripts: files, ", ["hyperv.powershell", "hyperv.scripts"]],
  ["a lane", "hyperv: {", "hyperv: {lanes: {vm: 9}, ", ["hyperv.lanes.vm"]],
  ["where a password is", "env:PW", "env:SLACK", ["hyperv.vm_password"]],
  ["an account in guests", "builder: {", "builder: {username: me, ", ["guest_accounts.builder.username"]],
  ["the proxy's password", "PROXYPW", "PROXYPW2", ["proxy.https"]],
  ["the proxy's exceptions", "proxy: {", "proxy: {no_proxy: [x], ", ["proxy.no_proxy"]],
  ["who is told", /notify:\n.*\n/, "notify: [{type: eventlog}]\n", ["notify"]],
  ["the log", "pools:", "logging: {level: debug, format: json}\npools:", ["logging.level", "logging.format"]],
  ["the API", "pools:", "api: {listen: '127.0.0.1:1'}\npools:", ["api.listen"]],
  ["the data directory", "pools:", "data_dir: elsewhere\npools:", ["data_dir"]],
  ["the journal", "pools:", "journal: {keep_jobs_days: 7}\npools:", ["journal.keep_jobs_days"]],
  ["what guests' runners are", "pools:", "runners: {user: standard, packages: p}\npools:", ["runners.user", "runners.packages"]],
  ["the mode", /debug:.*/, "debug: {use_mock: true}", ["debug.use_mock", "debug.simulator"]],
  ["storage, deadlines, templates and labels", "pools:", "deadlines: {boot_seconds: 99}\nrunners: {labels: [x]}\ntemplates: [{name: t, path: 'C:\\t.vhdx'}]\npools:", []],
  ["the order in which it is written", /^([\s\S]*)(debug:.*\n)$/, "$2$1", []],
];

for (const [name, before, after, keys] of CHANGES) {
  Deno.test(`reread() says whether a restart is needed for ${name}`, async () => {
    const changed = FULL.replace(before, after);
    assert.notEqual(changed, FULL);
    const named = await restart(FULL, changed);
    // A mock fetches no secrets, so that theirs are others as well.
    assert.deepEqual(
      named.filter((key) => name !== "the mode" || key.startsWith("debug")).toSorted(),
      [...keys].toSorted(),
    );
  });
}

Deno.test("reread() notices that a secret is another one where it is kept", async () => {
  assert.deepEqual(await restart(FULL, FULL, { variables: { PW: "PASSWORD3" } }), ["hyperv.vm_password"]);
  assert.deepEqual(await restart(FULL, FULL, { variables: { BUILDER: "PASSWORD3" } }), [
    "guest_accounts.builder.password",
  ]);
  assert.deepEqual(await restart(FULL, FULL, { variables: { SLACK: "https://hooks.example/2" } }), [
    "notify",
  ]);
});

Deno.test("reread() knows of every key whether the program reads it once", () => {
  const settings = new Set(["deadlines", "monitoring", "network", "pools", "quotas", "templates"]);
  const rest = allKeyPaths().filter((path) =>
    !isReadOnce(path) && !settings.has(path.split(/[.[]/)[0] ?? "")
  );
  const inner = rest.filter((path) => !rest.some((other) => other.startsWith(`${path}.`)));
  // What is left makes pools. A key that is new must be put on one of the two sides.
  assert.deepEqual(inner.filter((path) => !/^runners\.|^github\.(?:org|user|repo)$/.test(path)), [
    "hyperv.template_path",
    "hyperv.storage_path",
    "hyperv.vm_memory_mb",
    "hyperv.vm_cpu_count",
    "hyperv.switch",
    "hyperv.loader",
    "hyperv.delivery",
    "hyperv.memory_reserve_percent",
  ]);
  assert.deepEqual(inner.filter((path) => path.startsWith("runners.")).map((path) => path.slice(8)), [
    "pool_size",
    "name_prefix",
    "labels",
    "default_labels",
    "runner_group",
    "cache_url",
    "registration",
    "recycle",
    "hot",
    "canary",
    "job_timeout_minutes",
    "hold_on_failure_hours",
    "env",
    "version",
  ]);
});

Deno.test("reread() refuses pools that cannot be there together with one that was made at run time", async () => {
  const pool = testSettings().pools[0] ?? assert.fail("no pool");
  const created = new Map([["desks", { ...pool, name: "desks", prefix: "desks-" }]]);
  const wrong: [pool: string, says: RegExp][] = [
    [
      "{name: desks}",
      /config\.yaml:\d+:\d+: pools\[1\]\.name: a pool called "desks" was made at run time, too/,
    ],
    [
      "{name: b, name_prefix: Desks-1}",
      /pools\[1\]\.name_prefix: machines called Desks-11 .* of the pool "desks"/,
    ],
    ["{name: desks-1, name_prefix: desks-1}", /pools\[1\]\.name_prefix: .*pool delete desks/],
  ];
  for (const [item, says] of wrong) {
    const read = await again(FULL, FULL.replace("debug:", `  - ${item}\ndebug:`), { created });
    assert.ok(!read.ok);
    assert.match(read.problems.join("\n"), says);
  }
  assert.ok((await again(FULL, FULL, { created })).ok);
});
