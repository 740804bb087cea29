import assert from "node:assert/strict";
import { loadConfig } from "../../config/load.ts";
import { poolKeys } from "./pool_keys.ts";

Deno.test("poolKeys() are where the file says it, also for what pools inherit", () => {
  const text = JSON.stringify({
    github: { app_id: 1, app_private_key_path: "key.pem", org: "acme" },
    hyperv: { switch: "LAN" },
    templates: [{ name: "win", path: "D:\\win.vhdx" }],
    pools: [
      { name: "a", template: "win" },
      { name: "b", template: "win", switch: "LAB", runner_group: "builders" },
    ],
  });
  const { config, problems } = loadConfig({ text, file: "config.yaml", platform: "windows" });
  assert.ok(config !== undefined, JSON.stringify(problems));
  assert.deepEqual([...poolKeys(config)], [
    ["a", { switch: "hyperv.switch" }],
    ["b", { switch: "pools[1].switch", group: "pools[1].runner_group" }],
  ]);
});
