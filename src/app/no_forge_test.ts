import assert from "node:assert/strict";
import { loadConfig } from "../config/load.ts";
import type { ScopeKey } from "../model/ids.ts";
import { openLog } from "../telemetry/log.ts";
import { openWorld, WorldError } from "./world.ts";

async function opened(pools: string) {
  const { config } = loadConfig({
    text: `github: {app_id: 1, app_private_key_path: k.pem, org: acme}\npools: [${pools}]\n`,
    file: "config.yaml",
    folder: "C:\\hvpool",
    platform: "windows",
  });
  assert.ok(config);
  const { log, close } = openLog({ level: "error", format: "text" });
  const secrets = { appKeyPem: undefined, guestPassword: "", guestPasswords: new Map<string, string>() };
  try {
    return await openWorld({ config, secrets, log, version: "0.0.0", dataDir: "unused" });
  } finally {
    close();
  }
}

Deno.test("openWorld() needs no GitHub App for agent pools, and a question to GitHub says what is missing", async () => {
  const world = await opened("{name: desks, kind: agent}");
  try {
    const scope = "orgs/acme" as ScopeKey;
    for (
      const answer of [await world.ports.forge.list(scope), await world.ports.forge.check(scope, "default")]
    ) {
      assert.ok(answer.outcome === "failed");
      assert.match(answer.message, /Write github: in the configuration and start hvpool again/);
    }
    assert.equal(world.ports.forge.rate(scope), undefined);
  } finally {
    await world.close();
  }
});

Deno.test("openWorld() needs the GitHub App as soon as one pool is one of runners", async () => {
  await assert.rejects(opened("{name: desks, kind: agent}, {name: jobs}"), WorldError);
});
