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
    downloads: () => Promise.resolve({ outcome: "ok", value: [] }),
    rate: () => undefined,
    list: never,
  } as Partial<ForgePort> as ForgePort;
  const { scopes, groups } = await gatherGitHub(forge, [
    { name: "ci", kind: "runner", scope: "orgs/acme" as ScopeKey, group: "builders" },
    { name: "desktops", kind: "agent", scope: "" as ScopeKey, group: "" },
  ]);
  assert.deepEqual(scopes.map(({ scope }) => scope), ["orgs/acme"]);
  assert.deepEqual([...groups.keys()], ["ci"]);
  assert.deepEqual(asked, ["orgs/acme default", "orgs/acme builders"]);
});
