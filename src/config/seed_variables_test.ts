import assert from "node:assert/strict";
import { loadConfig } from "./load.ts";
import { seedVariables } from "./seed_variables.ts";

const env = (values: Record<string, string>) => (name: string): string | undefined => values[name];

Deno.test("seedVariables() answers an older variable with the key of today, without its value", () => {
  const warnings = seedVariables(
    env({ VM_TEMPLATE_PATH: "C:\\secret.vhdx", POWERSHELL_DEBUG_DIR: "d", USE_MOCK: "" }),
  );
  assert.equal(warnings.length, 2);
  assert.match(warnings[0] ?? "", /VM_TEMPLATE_PATH is not read: write hyperv\.template_path/);
  assert.match(warnings[1] ?? "", /POWERSHELL_DEBUG_DIR is not read: it has no counterpart/);
  assert.doesNotMatch(warnings.join(), /secret/);
});

Deno.test("seedVariables() says nothing of a variable whose key is written", () => {
  const { config } = loadConfig({
    text: "debug: {use_mock: true}\nrunners: {pool_size: 3}",
    file: "c.yaml",
    folder: "/",
  });
  const said = seedVariables(env({ USE_MOCK: "true", RUNNER_POOL_SIZE: "3", LOG_LEVEL: "debug" }), config);
  assert.deepEqual(said.map((line) => /variable (\w+)/.exec(line)?.[1]), ["LOG_LEVEL"]);
});
