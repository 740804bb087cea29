import assert from "node:assert/strict";
import { loadConfig } from "../../config/load.ts";
import { hideNames, namesHere, namesIn } from "./private_names.ts";

Deno.test("namesIn() finds organizations and repositories as GitHub's paths and events name them", () => {
  const cases: [string, string[]][] = [
    ["GET /orgs/acme/actions/runners: 404", ["acme"]],
    ["GET https://ghes.example/api/v3/repos/acme/app.git/actions", ["acme", "acme/app"]],
    ['{"repository":"acme/secret-widget"}', ["acme", "acme/secret-widget"]],
    ['{"text":"{\\"repository\\": \\"acme/app\\"}"}', ["acme", "acme/app"]],
    ["A job began  repository=acme/app  run=7", ["acme", "acme/app"]],
    ["the repository and/or the organization; orgs/<org>, repos/OWNER/NAME", []],
    ["https://api.github.com/repos/actions/runner/releases", []],
    ["orgs/acme orgs/acme", ["acme"]],
  ];
  for (const [text, names] of cases) assert.deepEqual(namesIn(text).map(({ name }) => name), names, text);
});

Deno.test("namesIn() finds who asked, in events, logs and causes", () => {
  const cases: [string, string[]][] = [
    [JSON.stringify({ actor: "CORP\\alice", source: "api (x)" }), ["machine CORP", "user alice"]],
    [JSON.stringify({ text: JSON.stringify({ actor: "al.ice@desk" }) }), ["user al.ice", "machine desk"]],
    ["Draining  source=api actor=bob@desk", ["user bob", "machine desk"]],
    ['Draining  actor="CORP\\jo doe"', ["machine CORP", "user jo doe"]],
    ["asked for by bob@desk, through api (hvpool vm destroy): old", ["user bob", "machine desk"]],
    ["asked for by api (hvpool vm destroy)", []],
  ];
  for (const [text, names] of cases) {
    assert.deepEqual(namesIn(text).map(({ kind, name }) => `${kind} ${name}`), names, text);
  }
});

Deno.test("namesHere() knows the machine and who calls", () => {
  const variables: Record<string, string> = { USERNAME: "jdoe", COMPUTERNAME: "BUILD7", USERDOMAIN: "CORP" };
  const names = namesHere({
    config: undefined,
    env: (name) => variables[name],
    hostname: "build7.corp.example",
  });
  assert.deepEqual(names.map(({ kind, name }) => `${kind} ${name}`), [
    "machine build7.corp.example",
    "machine build7",
    "machine BUILD7",
    "machine CORP",
    "user jdoe",
  ]);
});

Deno.test("namesHere() knows no account of an agent pool, which has none", () => {
  const text = JSON.stringify({
    github: { app_id: 1, app_private_key_path: "key.pem", org: "acme" },
    hyperv: { template_path: "C:\\t\\win.vhdx" },
    pools: [{ name: "desktops", kind: "agent", size: 1 }, { name: "ci", size: 1 }],
  });
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform: "windows" });
  assert.ok(config !== undefined, JSON.stringify(problems));
  const names = namesHere({ config, env: () => undefined, hostname: "build7" });
  assert.deepEqual(names.filter(({ name }) => name === ""), []);
  assert.ok(names.some(({ kind, name }) => kind === "organization" && name === "acme"));
});

Deno.test("hideNames() puts the same stand-in for the same name, whatever its case and place", () => {
  const hide = hideNames([
    { kind: "machine", name: "BUILD7" },
    { kind: "user", name: "jdoe" },
    ...namesIn("repos/acme/app repos/acme/secret-widget repos/other/app"),
    ...namesIn("orgs/acme-labs"),
  ]);
  const cases: [string, string][] = [
    ["build7 and Build7.", "[machine-1] and [machine-1]."],
    ["BUILD70, xbuild7", "BUILD70, xbuild7"],
    ["CORP\\jdoe", "CORP\\[user-1]"],
    ["Acme/App, other/app", "[organization-1]/[repository-1], [organization-2]/[repository-1]"],
    ["acme/secret-widget", "[organization-1]/[repository-2]"],
    [
      "C:\\actions\\_work\\secret-widget\\secret-widget",
      "C:\\actions\\_work\\[repository-2]\\[repository-2]",
    ],
    ["acme-labs", "[organization-3]"],
    ['{"message":"failed:\\nacme"}', '{"message":"failed:\\n[organization-1]"}'],
    ['"C:\\\\Users\\\\Jane Doe\\\\x", /home/me/x', '"C:\\\\Users\\\\[user] Doe\\\\x", /home/[user]/x'],
  ];
  for (const [text, shown] of cases) assert.equal(hide(text), shown);
});

Deno.test("hideNames() leaves words that say nothing of anybody, but not a repository of such a name", () => {
  const hide = hideNames([
    { kind: "user", name: "Administrator" },
    { kind: "user", name: "root" },
    { kind: "machine", name: "x" },
    { kind: "machine", name: "" },
    ...namesIn("repos/acme/runner"),
  ]);
  assert.equal(hide("x: the runner of Administrator, root"), "x: the runner of Administrator, root");
  assert.equal(hide("acme/runner"), "[organization-1]/[repository-1]");
});

Deno.test("hideNames() without names hides owners of home directories alone", () => {
  assert.equal(hideNames([])("/Users/jane/x of acme"), "/Users/[user]/x of acme");
});
