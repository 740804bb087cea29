import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readCertificates } from "./certificates.ts";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";

const SUM = "ab".repeat(32);

function load(text: string, folder = "/home/me"): LoadedConfig {
  return loadConfig({
    text: `debug: {use_mock: true}\n${text}`,
    file: "config.yaml",
    folder,
    platform: "linux",
  });
}

function good(text: string, folder?: string): Config {
  const { config, problems } = load(text, folder);
  assert.deepEqual(problems.map(formatProblem), []);
  assert.ok(config);
  return config;
}

Deno.test("loadConfig() lets jobs be administrators of their machine, and takes the image's runner", () => {
  assert.deepEqual(good("").runner, {
    user: "admin",
    packageFolder: undefined,
    pinned: undefined,
    caCertificates: [],
  });
  assert.equal(good("runners: {user: standard}").runner.user, "standard");
});

Deno.test("loadConfig() takes a pinned runner from GitHub's releases or from elsewhere", () => {
  assert.deepEqual(
    good(`runners: {program: {version: 2.338.1, sha256: ${SUM.toUpperCase()}}}`).runner.pinned,
    {
      version: "2.338.1",
      url: "https://github.com/actions/runner/releases/download/v2.338.1/actions-runner-win-x64-2.338.1.zip",
      sha256: SUM,
    },
  );
  const elsewhere = good(
    `runners: {program: {version: 2.338.1, sha256: ${SUM}, url: "https://mirror/r.zip"}}`,
  );
  assert.equal(elsewhere.runner.pinned?.url, "https://mirror/r.zip");
});

Deno.test("loadConfig() gives runners the proxy, what all of them get, and then the pool's own environment", () => {
  const { settings } = good(`proxy: {url: "http://proxy:3128", bypass: [localhost, .corp]}
runners: {env: {A: all, B: all, https_proxy: "http://other:1"}}
pools: [{name: x, env: {b: own}}, {name: y}]
`);
  const [x, y] = settings.pools.map((pool) => pool.env);
  const proxy = {
    "http_proxy": "http://proxy:3128",
    "no_proxy": "localhost,.corp",
    "https_proxy": "http://other:1",
  };
  assert.deepEqual(x, { ...proxy, A: "all", b: "own" });
  assert.deepEqual(y, { ...proxy, A: "all", B: "all" });
});

Deno.test("loadConfig() warns once that GitHub's runner does not read cache_url, and still hands it over", () => {
  const { config, warnings } = load(`runners: {cache_url: "https://c/"}\npools: [{name: x}, {name: y}]\n`);
  assert.equal(config?.settings.pools[1]?.env["CUSTOM_ACTIONS_RESULTS_URL"], "https://c/");
  assert.deepEqual(warnings.map(({ path, line, column }) => [path, line, column]), [[
    "runners.cache_url",
    2,
    22,
  ]]);
  assert.match(
    warnings.map(formatProblem).join(),
    /GitHub's own runner does not read CUSTOM_ACTIONS_RESULTS_URL/,
  );
});

Deno.test("loadConfig() takes the deliveries that this version has, for each pool", () => {
  const { effective } = good(`hyperv: {delivery: auto, loader: true}
templates: [{name: t, path: 'C:\\t.vhdx', loader: true, delivery: iso}]
pools: [{name: x, template: t, delivery: auto}, {name: y, template: t}]
`);
  const delivery = effective.filter(({ path }) => path.endsWith(".delivery")).map((
    { path, value },
  ) => [path, value]);
  assert.deepEqual(delivery, [
    ["templates[0].delivery", "iso"],
    ["pools[0].delivery", "auto"],
    ["pools[1].delivery", "iso"],
  ]);
});

Deno.test("loadConfig() brings the loader by PowerShell Direct where the image has none, or where it is told to", () => {
  const delivery = (text: string) => good(text).settings.pools[0]?.delivery;
  assert.equal(delivery("hyperv: {loader: false}"), "direct");
  assert.equal(delivery("hyperv: {delivery: direct}"), "direct");
  assert.equal(delivery("hyperv: {loader: true}"), "iso");
  assert.equal(delivery("hyperv: {delivery: iso}"), "iso");
  assert.equal(delivery("hyperv: {}"), undefined);
});

Deno.test("loadConfig() writes configurations onto disks where it is told to", () => {
  assert.equal(good("hyperv: {delivery: vhdx}").settings.pools[0]?.delivery, "vhdx");
  assert.equal(good("pools: [{name: x, delivery: vhdx}]").settings.pools[0]?.delivery, "vhdx");
});

Deno.test("loadConfig() lets images register by themselves where it is told to, and says what that means", () => {
  const { config, warnings } = load(
    "hyperv: {vm_password: 'env:P'}\nrunners: {registration: token, user: admin}\n" +
      "pools: [{name: x, delivery: direct}, {name: y, delivery: vhdx}]\n",
  );
  assert.deepEqual(
    config?.settings.pools.map(({ delivery, registration }) => [delivery, registration]),
    [["direct", "token"], ["vhdx", "token"]],
  );
  const said = warnings.map(formatProblem);
  assert.equal(said.length, 2);
  assert.match(said[0] ?? "", /:3:25.*register runners of its own/);
  assert.match(said[1] ?? "", /runners\.user reaches none of them/);
  assert.equal(good("hyperv: {delivery: direct}").settings.pools[0]?.registration, undefined);
});

Deno.test("loadConfig() warns of the password that everybody knows where guests are reached with it", () => {
  const said = (text: string) => load(text).warnings.map(formatProblem).join("\n");
  assert.match(said("hyperv: {delivery: direct}"), /hyperv\.vm_password: is missing.*everybody knows/);
  assert.match(said("hyperv: {loader: false}"), /everybody knows/);
  assert.equal(said("hyperv: {delivery: iso}"), "");
  assert.equal(said("hyperv: {delivery: direct, vm_password: 'env:P'}"), "");
});

// deno-fmt-ignore
const WRONG: readonly { name: string; text: string; at: string; says: RegExp }[] = [
  { name: "delivery to the disks of an image without the loader", text: "hyperv: {loader: false, delivery: vhdx}", at: "2:18", says: /nobody reads what is written.*install-loader.*registration: token/ },
  { name: "a token for a guest that would have to read a CD image", text: "runners: {registration: token}", at: "2:25", says: /reads no CD image, and delivery is auto.*delivery: vhdx/ },
  { name: "a pool's token on a CD image", text: "pools: [{name: x, registration: token, delivery: iso}]", at: "2:33", says: /delivery is iso/ },
  { name: "an unknown registration", text: "runners: {registration: pat}", at: "2:25", says: /jit.*token/ },
  { name: "a CD image for an image without the loader", text: "hyperv: {loader: false, delivery: iso}", at: "2:18", says: /nobody reads a CD image.*install-loader/ },
  { name: "a CD image for a template without the loader", text: "templates: [{name: t, path: 'C:\\t.vhdx', loader: false, delivery: iso}]", at: "2:50", says: /nobody reads a CD image/ },
  { name: "an unknown delivery", text: "hyperv: {delivery: usb}", at: "2:20", says: /auto.*iso.*direct.*vhdx/ },
  { name: "an account that is neither", text: "runners: {user: root}", at: "2:17", says: /admin.*standard/ },
  { name: "a pinned runner without a checksum", text: "runners: {program: {version: 2.338.1}}", at: "2:11", says: /only when its checksum is known/ },
  { name: "a checksum that is none", text: "runners: {program: {version: 2.338.1, sha256: abc}}", at: "2:47", says: /not a SHA-256/ },
  { name: "a checksum without a version", text: `runners: {program: {sha256: ${SUM}}}`, at: "2:11", says: /without it no runner is pinned/ },
  { name: "a version as a tag", text: `runners: {program: {version: v2.338.1, sha256: ${SUM}}}`, at: "2:30", says: /Did you mean 2\.338\.1\?/ },
  { name: "a runner from no address", text: `runners: {program: {version: 2.338.1, sha256: ${SUM}, url: here}}`, at: "2:118", says: /not a web address/ },
  { name: "a proxy without a scheme", text: "proxy: {url: 'proxy:3128'}", at: "2:14", says: /not a web address.*http/ },
  { name: "a bypass without a proxy", text: "proxy: {bypass: [localhost]}", at: "2:9", says: /no effect without proxy\.http/ },
  { name: "a bypass that is no host", text: "proxy: {url: 'http://p', bypass: ['a,b']}", at: "2:35", says: /is no host/ },
  { name: "a secret for all runners", text: "runners: {env: {A: 'env:TOKEN'}}\npools: [{name: x}, {name: y}]", at: "2:20", says: /kept in the journal/ },
];

for (const { name, text, at, says } of WRONG) {
  Deno.test(`loadConfig() says what is wrong with ${name}`, () => {
    const { problems } = load(text);
    assert.deepEqual(problems.map(({ line, column }) => `${line}:${column}`), [at]);
    const said = problems.map(formatProblem).join("\n");
    assert.match(said, says);
    assert.doesNotMatch(said, /SECRET/);
  });
}

const PEM = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS+gAwIBAgIUW5vEHk5lRCCl+uPfLHytFKXKgnwwCgYIKoZIzj0EAwIw
GTEXMBUGA1UEAwwOVGVzdCBhdXRob3JpdHkwIBcNMjYxMTI1MDQxODIxWhgPMjEy
NjExMDEwNDE4MjFaMBkxFzAVBgNVBAMMDlRlc3QgYXV0aG9yaXR5MFkwEwYHKoZI
zj0CAQYIKoZIzj0DAQcDQgAEfe052WkDPlpQ9hLcydfHKn2NVVL0CK2ZZgFTJZHp
ZK+Jvhc+a4169KzyIuJx0haXRT9JgYToM9VCToNF1rxs+KNTMFEwHQYDVR0OBBYE
FEQi6ciSjv1zlAxrQcc6FHahXPswMB8GA1UdIwQYMBaAFEQi6ciSjv1zlAxrQcc6
FHahXPswMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgflUWHDba
eJancJLaAbowkL/r/1iYK+0U/2R+oV1/1VwCIHuw4Z5SXbmhxdjkFWCTvV+YkkpP
DennFDj/pBHDwkr+
-----END CERTIFICATE-----
`;

Deno.test("readCertificates() reads each certificate once, as the guest takes it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hvpool-ca-"));
  try {
    writeFileSync(join(folder, "a.pem"), `Comment\r\n${PEM}${PEM.replaceAll("\n", "\r\n")}`);
    const { certificates, problems } = await readCertificates(
      good("ca_certificates: [a.pem, ./a.pem]", folder),
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(certificates, [PEM.replaceAll(/-----.*-----|\n/g, "")]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

Deno.test("readCertificates() says what is wrong with each file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hvpool-ca-"));
  try {
    writeFileSync(join(folder, "none.pem"), "nothing");
    writeFileSync(join(folder, "broken.pem"), PEM.replace("MIIB", "AAAA"));
    const config = good("ca_certificates: [none.pem, broken.pem, missing.pem]", folder);
    const { problems } = await readCertificates(config);
    assert.deepEqual(problems.map(({ path, line }) => [path, line]), [
      ["ca_certificates[0]", 2],
      ["ca_certificates[1]", 2],
      ["ca_certificates[2]", 2],
    ]);
    const said = problems.map(formatProblem).join("\n");
    assert.match(said, /it holds none[\s\S]*number 1 in it cannot be read[\s\S]*there is no such file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

Deno.test("loadConfig() lets all machines of a small pool run where it inherits a greater hot", () => {
  const { settings } = good(
    "runners: {recycle: restore, hot: 3}\npools: [{name: x, size: 1}, {name: y, size: 5}]\n",
  );
  assert.deepEqual(settings.pools.map(({ recycle, hot }) => [recycle, hot]), [["restore", 3], [
    "restore",
    3,
  ]]);
  const seed = load("runners: {pool_size: 2, recycle: restore, hot: 3}").problems.map(formatProblem);
  assert.match(seed.join(), /runners\.hot: 3 machines are to be running, and the pool has 2/);
});
