import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { seedConfig } from "./seed_config.ts";

const RUNNER = {
  token: "ATOKEN",
  name: "runner-1-0123abcd-1.1",
  labels: ["self-hosted", "Windows", "gpu"],
  group: "default",
};

function written(scope: string, more: Partial<Parameters<typeof seedConfig>[0]> = {}): unknown {
  return JSON.parse(seedConfig({ ...RUNNER, scope: scope as ScopeKey, ...more }));
}

const common = { token: "ATOKEN", name: "runner-1-0123abcd-1.1", labels: "self-hosted,Windows,gpu" };

Deno.test("seedConfig() leaves the repository empty for an organization, and names its group", () => {
  assert.deepEqual(written("orgs/acme"), { ...common, organization: "acme", repository: "" });
  assert.deepEqual(written("orgs/acme", { group: "Default" }), {
    ...common,
    organization: "acme",
    repository: "",
  });
  assert.deepEqual(written("orgs/acme", { group: "big ones" }), {
    ...common,
    organization: "acme",
    repository: "",
    "runner_group": "big ones",
  });
});

Deno.test("seedConfig() gives a repository's owner as the organization, and no group", () => {
  const expected = { ...common, organization: "octo", repository: "site.example" };
  assert.deepEqual(written("repos/octo/site.example"), expected);
  assert.deepEqual(written("repos/octo/site.example", { group: "big" }), expected);
});

Deno.test("seedConfig() names a cache server where there is one", () => {
  assert.deepEqual(written("orgs/acme", { cacheUrl: "http://cache/" }), {
    ...common,
    organization: "acme",
    repository: "",
    "cache_url": "http://cache/",
  });
});

Deno.test("seedConfig() is plain ASCII, and reads back as it was", () => {
  const odd = { group: "größe 🏁", labels: ["self-hosted", "日本"], name: "läufer-1" };
  const text = seedConfig({ ...RUNNER, ...odd, scope: "orgs/acme" as ScopeKey });
  assert.match(text, /^[\x20-\x7e]+$/);
  assert.deepEqual(JSON.parse(text), {
    token: "ATOKEN",
    organization: "acme",
    repository: "",
    name: "läufer-1",
    labels: "self-hosted,日本",
    "runner_group": "größe 🏁",
  });
});
