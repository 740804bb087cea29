/**
 * `deno task test:contract [--powershell PATH [--template VHDX [--store DIR] [--switch NAME]]]`: the contract of the
 * calls against the simulated host through every door, or against an engine. Without a template no machine is made
 * there; what is left out is counted as skipped.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import project from "../../deno.json" with { type: "json" };

const { values, positionals } = parseArgs({
  options: {
    powershell: { type: "string" },
    template: { type: "string" },
    store: { type: "string" },
    switch: { type: "string" },
  },
  allowPositionals: true,
});

const env: Record<string, string> = {};
for (const [name, value] of Object.entries(values)) {
  if (typeof value === "string") env[`HVPOOL_CONTRACT_${name.toUpperCase()}`] = value;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const [, ...task] = project.tasks.test.command.split(" ");
const { code } = await new Deno.Command(Deno.execPath(), {
  // The pool's tests have engines of their own.
  args: [
    ...task,
    `tests/contract/${values.powershell === undefined ? "" : "contract_test.ts"}`,
    ...positionals,
  ],
  cwd: root,
  env,
}).spawn().status;
Deno.exit(code);
