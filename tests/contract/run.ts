/**
 * `deno task test:contract`: the contract of the calls against the simulated host through every door.
 *
 * `--powershell PATH` turns it to an engine, which runs hvpool's own scripts. What it needs to make machines there:
 * `--template VHDX [--store DIR] [--switch NAME]` on a Hyper-V host; or `--stand-in`, which gives PowerShell 7 on any
 * system the stand-in modules of tests/powershell. What is left out is counted as skipped.
 *
 * @module
 */
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import project from "../../deno.json" with { type: "json" };

const { values, positionals } = parseArgs({
  options: {
    powershell: { type: "string" },
    template: { type: "string" },
    store: { type: "string" },
    switch: { type: "string" },
    "stand-in": { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const { powershell, template, store, switch: switchName, "stand-in": standIn } = values;

const root = fileURLToPath(new URL("../../", import.meta.url));
const scratch = await Deno.makeTempDir({ prefix: "hvpool-contract-" });

/** What the tests are told, by environment variables. */
async function told(): Promise<Record<string, string>> {
  if (powershell === undefined) return {};
  const env: Record<string, string> = { HVPOOL_CONTRACT_POWERSHELL: powershell };
  if (template !== undefined) env.HVPOOL_CONTRACT_TEMPLATE = template;
  if (store !== undefined) env.HVPOOL_CONTRACT_STORE = store;
  if (switchName !== undefined) env.HVPOOL_CONTRACT_SWITCH = switchName;
  // On other systems than Windows a host is a stand-in that has this system's files.
  if (Deno.build.os !== "windows") env.HVPOOL_CONTRACT_STORE ??= join(scratch, "store");
  if (!standIn) return env;
  const modules = join(root, "tests", "powershell", "modules");
  const inherited = Deno.env.get("PSModulePath");
  env.PSModulePath = inherited === undefined ? modules : `${modules}${delimiter}${inherited}`;
  env.HVPOOL_STAND_IN = join(scratch, "host");
  await Deno.mkdir(env.HVPOOL_STAND_IN);
  // A disk of the stand-in names its parent in its first line; this one has none.
  env.HVPOOL_CONTRACT_TEMPLATE = join(scratch, "template.vhdx");
  await Deno.writeTextFile(env.HVPOOL_CONTRACT_TEMPLATE, "\n");
  return env;
}

const [, ...task] = project.tasks.test.command.split(" ");
const { code } = await new Deno.Command(Deno.execPath(), {
  // The pool's tests have engines of their own.
  args: [...task, `tests/contract/${powershell === undefined ? "" : "contract_test.ts"}`, ...positionals],
  cwd: root,
  env: await told(),
}).spawn().status;
await Deno.remove(scratch, { recursive: true });
Deno.exit(code);
