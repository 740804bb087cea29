import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import type { ScopeKey } from "../../model/ids.ts";
import { CHECKS, isWanted, rowsFor, unknownIds } from "./catalog.ts";
import type { Facts } from "./facts.ts";
import { config, github, info, local, ping, SETTINGS, vms } from "./checks/samples_fixture.ts";
import { STEPS } from "./live/steps.ts";

const FACTS: Facts = {
  config: config(),
  host: { ping: ping(), info: info(), vms: vms(), addresses: [], disks: new Map() },
  github: github(),
  outbound: [{ host: "ghcr.io", essential: true, use: "images" }],
  local: local(),
};

function lines(facts: Facts): string[] {
  return CHECKS.flatMap(({ run }) => run(facts)).map(({ id }) => id);
}

Deno.test("ids of checks are there once each, and every line has its row's", () => {
  const ids = CHECKS.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id, run } of CHECKS) {
    for (const check of run(FACTS)) assert.equal(check.id.split(":")[0], id);
  }
  const all = lines(FACTS);
  assert.equal(new Set(all).size, all.length);
  for (const id of ["template:ci", "template:fast", "switch:ci", "group:fast", "outbound:ghcr.io"]) {
    assert.ok(all.includes(id), id);
  }
});

Deno.test("only pools whose machines get a GPU partition are held against the host's GPUs", () => {
  const [first = assert.fail(), ...others] = SETTINGS.pools;
  const pools = [{ ...first, template: { ...first.template, gpu: true as const } }, ...others];
  const facts = { ...FACTS, config: config({ settings: { ...SETTINGS, pools } }) };
  assert.deepEqual(lines(FACTS).filter((id) => id.startsWith("gpu")), []);
  assert.deepEqual(lines(facts).filter((id) => id.startsWith("gpu")), ["gpu:ci"]);
});

Deno.test("every check and every step is described in docs/doctor.md", async () => {
  const page = await readFile(new URL("../../../docs/doctor.md", import.meta.url), "utf8");
  for (const { id } of CHECKS) assert.match(page, new RegExp(`^\\| \`${id}(:<\\w+>)?\``, "m"), id);
  for (const { name } of STEPS) assert.ok(page.includes(`\`${name}\``), name);
});

Deno.test("without settings, host and GitHub, every line that is left says something", () => {
  const { settings: _, secretProblems: __, ...broken } = config({ problems: ["wrong"] });
  const checks = CHECKS.flatMap(({ run }) => run({ config: broken, local: local() }));
  const byId = new Map(checks.map((check) => [check.id, check]));
  assert.equal(byId.get("config")?.status, "fail");
  for (const id of ["secrets", "memory", "github", "app"]) {
    assert.equal(byId.get(id)?.status, "warn", id);
    assert.match(byId.get(id)?.remedy ?? "", /`config`/, id);
  }
  assert.equal(byId.get("journal")?.status, "ok");
});

const DESKTOPS = SETTINGS.pools.map((pool) => ({ ...pool, kind: "agent" as const, scope: "" as ScopeKey }));
const OF_GITHUB = /^(github|time|app|group|rate|runner|outbound|guests)\b/;

Deno.test("with agent pools alone nothing is asked of GitHub, and nothing that it would say is missing", () => {
  const settings = { ...SETTINGS, pools: DESKTOPS };
  const { github: _, outbound: __, ...without } = FACTS;
  const checks = CHECKS.flatMap(({ run }) => run({ ...without, config: config({ settings }) }));
  assert.deepEqual(
    checks.filter(({ id }) => OF_GITHUB.test(id)).map(({ id, status, message }) =>
      `${status} ${id}: ${message}`
    ),
    ["ok github: No pool needs it.", "ok app: No pool needs it."],
  );
});

Deno.test("an agent pool beside one of runners has no runner group", () => {
  const [ci] = SETTINGS.pools;
  const [, desktops] = DESKTOPS;
  assert.ok(ci !== undefined && desktops !== undefined);
  const facts = { ...FACTS, config: config({ settings: { ...SETTINGS, pools: [ci, desktops] } }) };
  assert.deepEqual(lines(facts).filter((id) => id.startsWith("group:")), ["group:ci"]);
  for (const id of ["app", "rate", "outbound:ghcr.io", "guests"]) assert.ok(lines(facts).includes(id), id);
});

Deno.test("a controller that runs says of a registered template what it waits for", () => {
  const [first] = SETTINGS.pools;
  assert.ok(first !== undefined);
  const pools = [{ ...first, template: { ...first.template, path: "" } }];
  const status = { controller: {}, pools: [{ name: "ci", why: "its template was deleted" }] };
  const facts: Facts = {
    ...FACTS,
    config: config({ settings: { ...SETTINGS, pools } }),
    local: local({ api: { state: "answers", status: status as never } }),
  };
  const template = CHECKS.find(({ id }) => id === "template")?.run(facts)[0];
  assert.deepEqual([template?.status, /was deleted/.test(template?.message ?? "")], ["warn", true]);
});

Deno.test("--only takes ids and their parts before the colon", () => {
  assert.equal(rowsFor(undefined), CHECKS);
  assert.deepEqual(rowsFor(["template:ci", "memory"]).map(({ id }) => id), ["memory", "template"]);
  assert.deepEqual(unknownIds(["template:ci", "memory", "memmory", "x:y"]), ["memmory", "x:y"]);
  const cases: [string, string[] | undefined, boolean][] = [
    ["template:ci", undefined, true],
    ["template:ci", ["template"], true],
    ["template:ci", ["template:ci"], true],
    ["template:fast", ["template:ci"], false],
    ["memory", ["template"], false],
  ];
  for (const [id, only, wanted] of cases) assert.equal(isWanted(id, only), wanted, `${id} ${only}`);
});
