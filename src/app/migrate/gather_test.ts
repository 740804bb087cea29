import assert from "node:assert/strict";
import { loadConfig } from "../../config/load.ts";
import type { ForgePort } from "../../ports/forge.ts";
import { directHost } from "../../simulator/direct.ts";
import { startSimulator } from "../../simulator/start.ts";
import { gatherMigration } from "./gather.ts";

Deno.test("gatherMigration() passes over agent pools, which have no account to ask", async () => {
  const text = JSON.stringify({
    github: { app_id: 1, app_private_key_path: "key.pem", org: "acme" },
    hyperv: { template_path: "C:\\t\\win.vhdx", storage_path: "C:\\vms" },
    pools: [{ name: "desktops", kind: "agent", size: 1 }, { name: "ci", size: 1 }],
  });
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform: "windows" });
  assert.ok(config !== undefined, JSON.stringify(problems));
  const { settings } = config;
  const simulator = await startSimulator({ speed: 1_000 });
  const host = directHost(simulator.machine, simulator.time);
  const asked: string[] = [];
  const forge = {
    list(scope: string) {
      asked.push(scope);
      return Promise.resolve({ outcome: "ok", value: [] });
    },
  } as Partial<ForgePort> as ForgePort;
  try {
    const facts = await gatherMigration({ host, forge, settings, recorded: [] });
    assert.ok(!("problem" in facts));
    assert.deepEqual(asked, ["orgs/acme"]);
    assert.deepEqual([...new Set(facts.places.map(({ pool }) => pool))], ["ci"]);
  } finally {
    await host.close();
    await simulator.close();
  }
});
