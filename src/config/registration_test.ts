import assert from "node:assert/strict";
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

const TOKEN = "runners: {registration: token}\nhyperv: {delivery: vhdx}\n";

Deno.test("loadConfig() lets each pool choose who registers its runners", () => {
  const { config } = load(`runners: {registration: token}
hyperv: {delivery: vhdx}
pools: [{name: a}, {name: b, registration: jit}, {name: c, delivery: direct}]
`);
  assert.deepEqual(config?.settings.pools.map(({ delivery, registration }) => [delivery, registration]), [
    ["vhdx", "token"],
    ["vhdx", undefined],
    ["direct", "token"],
  ]);
  const shown = config?.effective.filter(({ path }) => path.endsWith("registration"));
  assert.deepEqual(shown?.map(({ path, value }) => [path, value]), [
    ["pools[0].registration", "token"],
    ["pools[1].registration", "jit"],
    ["pools[2].registration", "token"],
  ]);
  assert.equal(config?.at("pools[2].registration").path, "runners.registration");
  assert.equal(load("").config?.at("pools[0].registration").path, "runners.registration");
});

Deno.test("loadConfig() takes an image without the loader that registers by itself", () => {
  for (const delivery of ["direct", "vhdx"]) {
    const { config, problems } = load(
      `runners: {registration: token}\nhyperv: {delivery: ${delivery}, loader: false}`,
    );
    assert.deepEqual(problems, []);
    assert.equal(config?.settings.pools[0]?.delivery, delivery);
  }
});

Deno.test("loadConfig() takes a template's delivery for a token", () => {
  const { config } = load(`templates: [{name: t, path: 'C:\\t.vhdx', delivery: direct}]
pools: [{name: x, registration: token}]
`);
  assert.equal(config?.settings.pools[0]?.registration, "token");
});

Deno.test("loadConfig() says once what a token means, however many pools inherit it", () => {
  const { warnings } = load(`${TOKEN}pools: [{name: a}, {name: b}]\n`);
  assert.deepEqual(warnings.map(({ path, line, column }) => [path, line, column]), [
    ["runners.registration", 2, 25],
  ]);
  const said = warnings.map(formatProblem).join();
  assert.match(said, /for an hour.*such as a job.*whatever labels it wants.*runner program.*hvpool's loader/);
  assert.deepEqual(load("hyperv: {delivery: vhdx}").warnings, []);
});

Deno.test("loadConfig() says what does not reach a guest that registers by itself", () => {
  const text = `runners:
  registration: token
  user: standard
  program: {version: 2.338.1, sha256: ${"ab".repeat(32)}}
  env: {A: b}
  default_labels: false
  labels: [gpu]
  cache_url: "https://cache/"
hyperv: {delivery: vhdx}
proxy: {url: "http://proxy:3128"}
ca_certificates: [ca.pem]
pools: [{name: x, env: {B: c}, work_folder: _w}, {name: y, work_folder: _work}]
`;
  const { config, warnings } = load(text);
  const unread = warnings.filter(({ message }) => message.includes("reaches none of them"));
  assert.deepEqual(unread.map(({ path }) => path), [
    "runners.user",
    "runners.program",
    "runners.env",
    "proxy",
    "ca_certificates",
    "pools[0].env",
    "pools[0].work_folder",
  ]);
  const labels = warnings.filter(({ path }) => path === "runners.default_labels");
  assert.match(labels.map(formatProblem).join(), /self-hosted, Windows and X64 all the same/);
  assert.equal(config?.settings.pools[0]?.env["CUSTOM_ACTIONS_RESULTS_URL"], "https://cache/");
  const jit = load(text.replace("registration: token", "registration: jit"));
  assert.deepEqual(jit.warnings.map(({ path }) => path), ["runners.cache_url"]);
});

Deno.test("loadConfig() warns that a seed's image registers at github.com only", () => {
  const said = (address: string) =>
    load(`github: {api_url: "${address}"}\n${TOKEN}`).warnings.map(formatProblem).join("\n");
  assert.match(said("https://ghe.example.com/api/v3"), /at https:\/\/github\.com.*of ghe\.example\.com/);
  assert.match(said("https://api.acme.ghe.com"), /the token is of api\.acme\.ghe\.com/);
  for (const own of ["https://api.github.com", "http://127.0.0.1:7500"]) {
    assert.doesNotMatch(said(own), /register at https/);
  }
});

// deno-fmt-ignore
const WRONG: readonly { name: string; text: string; at: readonly string[]; says: RegExp }[] = [
  { name: "with the delivery that nobody wrote", text: "runners: {registration: token}\npools: [{name: a}, {name: b}]", at: ["2:25"], says: /delivery is auto.*delivery: vhdx.*delivery: direct/ },
  { name: "with delivery auto for an image without the loader", text: "runners: {registration: token}\nhyperv: {delivery: auto, loader: false}", at: ["2:25"], says: /delivery is auto/ },
  { name: "with a template's CD image", text: "templates: [{name: t, path: 'C:\\t.vhdx', delivery: iso}]\npools: [{name: a, registration: token}]", at: ["3:33"], says: /reads no CD image, and delivery is iso/ },
  { name: "for an image that has the loader", text: "runners: {registration: token}\nhyperv: {delivery: vhdx, loader: true}", at: ["2:25"], says: /for images without hvpool's loader, and loader is true.*Remove registration/ },
];

for (const { name, text, at, says } of WRONG) {
  Deno.test(`loadConfig() refuses a token ${name}, once and at its place`, () => {
    const { config, problems } = load(text);
    assert.equal(config, undefined);
    assert.deepEqual(problems.map(({ line, column }) => `${line}:${column}`), at);
    assert.match(problems.map(formatProblem).join(), says);
  });
}

Deno.test("loadConfig() refuses vhdx once for an image without the loader that two pools use", () => {
  const { problems } = load(
    "templates: [{name: t, path: 'C:\\t.vhdx', loader: false}]\npools: [{name: a, delivery: vhdx}, {name: b, delivery: vhdx}]\n",
  );
  assert.deepEqual(problems.map(({ path }) => path), ["templates[0].loader"]);
});
