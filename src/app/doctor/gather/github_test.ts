import assert from "node:assert/strict";
import type { ScopeKey } from "../../../model/ids.ts";
import type { ForgePort } from "../../../ports/forge.ts";
import { gatherGitHub } from "./github.ts";

Deno.test("gatherGitHub() asks for the accounts of runner pools alone", async () => {
  const asked: string[] = [];
  const never = () => Promise.reject(new Error("the doctor does not ask this"));
  const forge: ForgePort = {
    check(scope, group) {
      asked.push(`${scope} ${group}`);
      return Promise.resolve({ outcome: "ok", value: { installationId: 1, clockSkewMs: 0 } });
    },
    access(scope, group) {
      asked.push(`access ${scope} ${group}`);
      return Promise.resolve({ outcome: "ok", value: { visibility: "all" } });
    },
    downloads: () => Promise.resolve({ outcome: "ok", value: [] }),
    rate: () => undefined,
    clockSkewMs: () => 45_000,
    list: never,
  } as Partial<ForgePort> as ForgePort;
  const { scopes, groups, access, clockSkewMs } = await gatherGitHub(forge, [
    { name: "ci", kind: "runner", scope: "orgs/acme" as ScopeKey, group: "builders" },
    { name: "shop", kind: "runner", scope: "repos/acme/shop" as ScopeKey, group: "default" },
    { name: "desktops", kind: "agent", scope: "" as ScopeKey, group: "" },
  ]);
  assert.deepEqual(scopes.map(({ scope }) => scope), ["orgs/acme", "repos/acme/shop"]);
  assert.equal(clockSkewMs, 45_000);
  assert.deepEqual([...groups.keys()], ["ci", "shop"]);
  assert.deepEqual([...access?.keys() ?? []], ["ci"]);
  assert.deepEqual(asked.toSorted(), [
    "access orgs/acme builders",
    "orgs/acme builders",
    "orgs/acme default",
    "repos/acme/shop default",
  ]);
});
