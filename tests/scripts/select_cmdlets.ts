/**
 * Writes `data/cmdlets-5.1.json` anew: the commands that our scripts use, out of the full table of commands.
 * `deno run --allow-read --allow-write tests/scripts/select_cmdlets.ts FULL.json`
 */
import { readCommand } from "./command.ts";
import { powerShellParser, walk } from "./parse.ts";
import { readSource, repositoryPath, repositoryScripts } from "./sources.ts";

/** Used by the fixture of mistakes, or looked for by name. */
const ALSO = [
  "Get-VMGpuPartitionAdapter",
  "Get-VMHostPartitionableGpu",
  "Get-VMPartitionableGpu",
  "Add-VMGpuPartitionAdapter",
  "Write-Host",
  "Write-Output",
  "Invoke-Expression",
  "Wait-VM",
];

interface Full {
  readonly _about: Record<string, unknown>;
  readonly cmdlets: Record<string, unknown>;
  readonly aliases: unknown;
  readonly commonParameters: unknown;
  readonly commonParameterAliases: unknown;
}

const [from = ""] = Deno.args;
const full = JSON.parse(await Deno.readTextFile(from)) as Full;
const parser = await powerShellParser();
const wanted = new Set(ALSO.map((name) => name.toLowerCase()));
for (const { text } of [...repositoryScripts(), readSource("tests/scripts/fixtures/mistakes.ps1")]) {
  const tree = parser.parse(text);
  if (tree === null) continue;
  for (const node of walk(tree.rootNode)) {
    if (node.type === "command") wanted.add(readCommand(node).name.toLowerCase());
  }
}
const cmdlets = Object.entries(full.cmdlets).filter(([name]) => wanted.has(name.toLowerCase()));
const { what, date, sources } = full._about;
const head = {
  what: `Part of: ${String(what)} Only the commands that the scripts of this repository use.`,
  date,
  sources,
};
const rows = cmdlets.map(([name, cmdlet]) => `    ${JSON.stringify(name)}: ${JSON.stringify(cmdlet)}`);
const text = `{
  "_about": ${JSON.stringify(head)},
  "cmdlets": {
${rows.join(",\n")}
  },
  "aliases": ${JSON.stringify(full.aliases)},
  "commonParameters": ${JSON.stringify(full.commonParameters)},
  "commonParameterAliases": ${JSON.stringify(full.commonParameterAliases)}
}
`;
await Deno.writeTextFile(repositoryPath("tests", "scripts", "data", "cmdlets-5.1.json"), text);
