import assert from "node:assert/strict";
import type { Config } from "./config.ts";
import { formatProblem } from "./file/problem.ts";
import { loadConfig, type LoadedConfig } from "./load.ts";
import { NOTIFY_CONDITIONS } from "./notify_keys.ts";
import { resolveSecrets, secretValues } from "./secrets.ts";
import { showConfig } from "./show.ts";

const URL_OF_SLACK = "https://hooks.slack.com/services/T0/B0/SECRET";

function load(text: string): LoadedConfig {
  return loadConfig({ text: `debug: {use_mock: true}\n${text}`, file: "config.yaml", folder: "/home/me" });
}

function good(text: string): Config {
  const { config, problems } = load(text);
  assert.deepEqual(problems.map(formatProblem), []);
  return config ?? assert.fail();
}

Deno.test("loadConfig() tells nobody unless it is written", () => {
  assert.deepEqual(good("").notify, []);
});

Deno.test("loadConfig() tells everything after a quarter of an hour, or what and when is written", () => {
  const { notify } = good(`notify:
  - {type: webhook, url: env:HOOK}
  - {type: eventlog, on: [capacity, github], after_minutes: 5}
`);
  assert.deepEqual(notify, [
    {
      type: "webhook",
      url: { kind: "env", name: "HOOK", key: "notify[0].url" },
      on: [...NOTIFY_CONDITIONS],
      afterMs: 900_000,
    },
    { type: "eventlog", on: ["capacity", "github"], afterMs: 300_000 },
  ]);
});

Deno.test("an address that somebody is told at is shown nowhere", async () => {
  const config = good(
    `notify: [{type: slack, url: '${URL_OF_SLACK}'}, {type: teams, url: env:TEAMS}, {type: eventlog}]`,
  );
  for (const text of [showConfig(config), JSON.stringify(config)]) assert.doesNotMatch(text, /SECRET/);
  const shown = config.effective.filter(({ path }) => path.endsWith(".url")).map(({ value }) => value);
  assert.deepEqual(shown, ["(hidden)", "env:TEAMS"]);
  const env = (name: string) => name === "TEAMS" ? "https://teams.example/hook?sig=1" : undefined;
  const { secrets } = await resolveSecrets(config, { env, checkKey: () => undefined });
  assert.deepEqual(secrets?.notifyUrls, [URL_OF_SLACK, "https://teams.example/hook?sig=1", undefined]);
  assert.ok(secretValues(secrets).includes(URL_OF_SLACK));
});

Deno.test("resolveSecrets() says where an address is missing or wrong, without quoting it", async () => {
  const config = good("notify: [{type: slack, url: env:A}, {type: slack, url: env:B}]");
  const env = (name: string) => name === "B" ? "ftp://SECRET" : undefined;
  const { secrets, problems } = await resolveSecrets(config, { env, checkKey: () => undefined });
  assert.equal(secrets, undefined);
  const [missing = "", wrong = ""] = problems.map(formatProblem);
  assert.match(
    missing,
    /^config\.yaml:2:29: notify\[0\]\.url: cannot get the address: .*variable A is not set/,
  );
  assert.match(wrong, /notify\[1\]\.url: what is there is not a web address/);
  assert.doesNotMatch(wrong, /SECRET/);
});

Deno.test("loadConfig() warns of an address for all to read, and of one that is not encrypted", () => {
  const said = (entry: string) => load(`notify: [{${entry}}]`).warnings.map(formatProblem).join("\n");
  assert.match(said(`type: slack, url: '${URL_OF_SLACK}'`), /whoever has it can write there/);
  assert.match(said("type: webhook, url: 'http://hooks.corp/a'"), /unencrypted/);
  assert.equal(said("type: webhook, url: 'http://127.0.0.1:1/a'"), "");
  assert.equal(said("type: webhook, url: 'https://hooks.corp/a?key=1'"), "");
});

Deno.test("loadConfig() says what is wrong with an entry of notify", () => {
  const cases = [
    ["{url: env:A}", "2:10", /notify\[0\]\.type: is missing.*webhook, slack, teams, eventlog/],
    ["{type: mail, url: env:A}", "2:17", /"mail" is not possible here/],
    ["{type: slack}", "2:10", /notify\[0\]\.url: is missing/],
    ["{type: eventlog, url: env:A}", "2:27", /no effect/],
    ["{type: webhook, url: 'ftp://SECRET'}", "2:31", /not a web address/],
    ["{type: webhook, url: 'https://me:SECRET@a/'}", "2:31", /not a web address/],
    ["{type: eventlog, on: [capacty]}", "2:32", /Did you mean capacity\?/],
    ["{type: eventlog, on: []}", "2:31", /nobody would be told/],
    ["{type: eventlog, after_minutes: -1}", "2:42", /must be 0 or more/],
    [`'${URL_OF_SLACK}'`, "2:10", /section/],
  ] as const;
  for (const [entry, at, says] of cases) {
    const { problems } = load(`notify: [${entry}]`);
    const text = problems.map(formatProblem).join("\n");
    assert.match(text, says, entry);
    assert.equal(`${problems[0]?.line}:${problems[0]?.column}`, at, text);
    assert.doesNotMatch(text, /SECRET/);
  }
});
