/** `deno task check:scripts`: what is wrong with the PowerShell scripts, as `file:line: rule: message`. */
import { callShapes } from "./calls_rules.ts";
import { checkScripts } from "./check.ts";
import { powerShellParser } from "./parse.ts";
import { repositoryScripts } from "./sources.ts";

const sources = repositoryScripts();
const findings = checkScripts(await powerShellParser(), sources, callShapes());
const lines = findings.map(({ file, line, rule, message }) => `${file}:${line}: ${rule}: ${message}`);
lines.push(`${sources.length} scripts, ${findings.length} mistakes`);
await Deno.stdout.write(new TextEncoder().encode(`${lines.join("\n")}\n`));
if (findings.length > 0) Deno.exitCode = 1;
