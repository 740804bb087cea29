import assert from "node:assert/strict";
import { join } from "node:path";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";
import { resolveSecrets, type Secrets, secretValues } from "./secrets.ts";
import { showConfig } from "./show.ts";

function load(text: string, folder = "/home/me"): LoadedConfig {
  return loadConfig({ text: `debug: {use_mock: true}\n${text}`, file: "config.yaml", folder });
}

function good(text: string, folder?: string): Config {
  const { config, problems } = load(text, folder);
  assert.deepEqual(problems.map(formatProblem), []);
  return config ?? assert.fail();
}

function said({ warnings, problems }: LoadedConfig): string {
  return [...problems, ...warnings].map(formatProblem).join("\n");
}

async function secretsOf(config: Config, env: (name: string) => string | undefined): Promise<Secrets> {
  const { secrets, problems } = await resolveSecrets(config, { env, checkKey: () => undefined });
  assert.deepEqual(problems.map(formatProblem), []);
  return secrets ?? assert.fail();
}

const none = () => undefined;

Deno.test("loadConfig() gives hvpool and its guests the proxy of each scheme", async () => {
  const config = good(
    "proxy: {http: 'http://a:1', https: 'http://b:2', no_proxy: [localhost, .corp, 10.0.0.0/8]}\n",
  );
  assert.deepEqual(config.settings.pools[0]?.env, {
    "http_proxy": "http://a:1",
    "https_proxy": "http://b:2",
    "no_proxy": "localhost,.corp,10.0.0.0/8",
  });
  assert.deepEqual((await secretsOf(config, none)).proxy, {
    http: "http://a:1",
    https: "http://b:2",
    noProxy: ["localhost", ".corp", "10.0.0.0/8"],
  });
});

Deno.test("loadConfig() takes url and bypass, as they were called before", async () => {
  const config = good("proxy: {url: 'http://a:1', bypass: [.corp]}\n");
  const { env } = config.settings.pools[0] ?? assert.fail();
  assert.deepEqual(env, { "http_proxy": "http://a:1", "https_proxy": "http://a:1", "no_proxy": ".corp" });
  const { proxy } = await secretsOf(config, none);
  assert.deepEqual(proxy, { http: "http://a:1", https: "http://a:1", noProxy: [".corp"] });
  const shown = config.effective.find(({ path }) => path === "proxy.https");
  assert.deepEqual(shown?.origin, { kind: "file", key: "proxy.url", line: 2, column: 14 });
});

Deno.test("resolveSecrets() leaves the proxy to the environment where none is written", async () => {
  assert.equal("proxy" in await secretsOf(good(""), none), false);
});

Deno.test("a proxy's password is shown nowhere, and no guest gets it", async () => {
  const config = good("proxy: {http: 'http://me:SEC%2FRET9@a:1', https: 'http://me:SEC%2FRET9@a:1'}\n");
  for (const text of [showConfig(config), showConfig(config, { json: true }), JSON.stringify(config)]) {
    assert.doesNotMatch(text, /SEC/);
  }
  assert.match(showConfig(config), /^proxy\.https +http:\/\/\(hidden\)@a:1 /m);
  assert.equal(config.settings.pools[0]?.env["https_proxy"], "http://a:1");
  const secrets = await secretsOf(config, none);
  assert.equal(secrets.proxy?.https, "http://me:SEC%2FRET9@a:1");
  assert.deepEqual(secretValues(secrets), ["SEC%2FRET9", "SEC/RET9", btoa("me:SEC/RET9")]);
  assert.match(
    said(load("proxy: {url: 'http://me:SECRET@a:1'}\n")),
    /^config\.yaml:2:14: .*guests get the address without it/,
  );
});

Deno.test("resolveSecrets() fetches the whole address of a proxy, and guests get none", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "proxy.txt"), "http://me:pw@a:1\n");
    const loaded = load("proxy: {http: 'env:P', https: 'file:proxy.txt'}\n", folder);
    assert.equal(said(loaded).match(/guests get no proxy from a secret/g)?.length, 2);
    const config = good("proxy: {http: 'env:P', https: 'file:proxy.txt'}\n", folder);
    assert.deepEqual(config.settings.pools[0]?.env, {});
    const { proxy } = await secretsOf(config, (name) => name === "P" ? "http://b:2" : undefined);
    assert.deepEqual(proxy, { http: "http://b:2", https: "http://me:pw@a:1", noProxy: [] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("resolveSecrets() says once, and without quoting it, that a secret is no address of a proxy", async () => {
  const config = good("proxy: {url: 'env:P'}\n");
  for (const text of ["me:SECRET@a", "http://me:SEC/RET@a:1"]) {
    const { secrets, problems } = await resolveSecrets(config, {
      env: () => text,
      checkKey: () => undefined,
    });
    assert.equal(secrets, undefined);
    const messages = problems.map(formatProblem);
    assert.equal(messages.length, 1);
    assert.match(messages[0] ?? "", /^config\.yaml:2:14: proxy\.url: what is there is no address of a proxy/);
    assert.doesNotMatch(messages.join(), /SEC/);
  }
});

Deno.test("loadConfig() says what is wrong with a proxy, without its password", () => {
  const cases = [
    ["{url: 'http://a', https: 'http://b'}", "2:14", /url and https are both given/],
    [
      "{http: 'http://a', https: 'http://a', bypass: [a], no_proxy: [b]}",
      "2:46",
      /bypass and no_proxy are both given/,
    ],
    ["{no_proxy: [a]}", "2:9", /no effect without proxy\.http or proxy\.https/],
    ["{https: 'proxy:3128'}", "2:16", /not a web address.*http/],
    ["{https: 'me:SECRET@proxy:3128'}", "2:16", /"proxy:3128" is not a web address/],
    ["{https: 'http://me:SEC/RET@proxy:3128'}", "2:16", /holds a sign that ends it.*%2F for/],
    ["{https: 'http://me:SEC#RET@proxy:3128'}", "2:16", /holds a sign that ends it/],
    ["'http://me:SECRET@proxy:3128'", "2:8", /a section with keys below it/],
    ["{https: 'http://a', no_proxy: ['a,b']}", "2:39", /is no host/],
    ["{https: 'http://a', no_proxy: ['10.0.0.0/33']}", "2:39", /is no host/],
  ] as const;
  for (const [proxy, at, says] of cases) {
    const { problems } = load(`proxy: ${proxy}\n`);
    assert.deepEqual(problems.map(({ line, column }) => `${line}:${column}`), [at], proxy);
    const text = problems.map(formatProblem).join("\n");
    assert.match(text, says);
    assert.doesNotMatch(text, /SEC/);
  }
});

Deno.test("loadConfig() warns of a proxy that GitHub is not reached through", () => {
  assert.match(said(load("proxy: {http: 'http://a'}\n")), /GitHub is reached by https/);
  assert.equal(said(load("proxy: {https: 'http://a'}\n")), "");
});
