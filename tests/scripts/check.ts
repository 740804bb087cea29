/** All rules over all scripts. */
import type { Parser } from "web-tree-sitter";
import { type CallShapes, checkCalls } from "./calls_rules.ts";
import { checkCommands } from "./command_rules.ts";
import type { Finding, Report, Script } from "./finding.ts";
import { findFunctions, type OwnFunction } from "./functions.ts";
import { checkOutput } from "./output_rules.ts";
import { checkFunctions, checkText } from "./text_rules.ts";
import { checkVariables } from "./variable_rules.ts";

/** A script as it lies in the repository: its path with `/`, and its text. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

/** Checks scripts; the bridge's against the calls as well, where they are given. */
export function checkScripts(parser: Parser, sources: readonly Source[], calls?: CallShapes): Finding[] {
  const findings: Finding[] = [];
  const scripts = sources.map((source) => parse(parser, source));
  const functions = scripts.flatMap((script) => findFunctions(script.file, script.root));
  const reportIn = (file: string): Report => (rule, node, message) => {
    findings.push({ rule, file, line: node.startPosition.row + 1, message });
  };
  for (const script of scripts) {
    const report = reportIn(script.file);
    checkText(script, report);
    checkCommands(script, known(script, functions), report);
    checkVariables(script, companionsOf(script, scripts), report);
  }
  checkFunctions(functions, reportIn);
  const bridge = functions.filter((one) => one.file.startsWith("scripts/bridge/"));
  for (const one of bridge) checkOutput(one, reportIn(one.file));
  checkStrict(scripts, findings);
  if (calls !== undefined) findings.push(...checkCalls(calls, bridge));
  return sorted(findings);
}

function parse(parser: Parser, { file, text }: Source): Script {
  const plain = text.replaceAll("\r\n", "\n");
  const tree = parser.parse(plain);
  if (tree === null) throw new Error(`${file} was not parsed.`);
  return { file, text: plain, root: tree.rootNode };
}

/** Scripts of the same folder that bring a script along: `. (Join-Path -Path $PSScriptRoot -ChildPath 'name.ps1')`. */
function companionsOf(script: Script, scripts: readonly Script[]): Script[] {
  const [, room = "", name = ""] = /^(.*\/)([^/]+)$/.exec(script.file) ?? [];
  return scripts.filter((one) =>
    one !== script && one.file.startsWith(room) &&
    one.text.includes(`-Path $PSScriptRoot -ChildPath '${name}')`)
  );
}

/** The bridge is one script in the end; elsewhere each file stands for itself, with what it brings along. */
function known(script: Script, functions: readonly OwnFunction[]): Map<string, OwnFunction> {
  const room = script.file.replace(/[^/]+$/, "");
  return new Map(
    functions.filter((one) => one.file.startsWith(room)).map((one) => [one.name.toLowerCase(), one]),
  );
}

/** StrictMode is set once for the bridge, in its first script, and in every script that runs by itself. */
function checkStrict(scripts: readonly Script[], findings: Finding[]): void {
  const sets = (script: Script) => /^\s*Set-StrictMode -Version 3(\.0)?\b/m.test(script.text);
  const bridge = scripts.filter((script) => script.file.startsWith("scripts/bridge/"));
  const alone = scripts.filter((script) => script.file.startsWith("scripts/guest/"));
  const missing = alone.filter((script) => !sets(script));
  if (
    bridge.length > 0 && !bridge.some((script) => script.file.endsWith("/preferences.ps1") && sets(script))
  ) {
    missing.push(...bridge.slice(0, 1));
  }
  for (const { file } of missing) {
    findings.push({ rule: "strict", file, line: 1, message: "Set-StrictMode -Version 3.0 is missing." });
  }
}

function sorted(findings: readonly Finding[]): Finding[] {
  const once = new Map(findings.map((one) => [`${one.file}:${one.line}:${one.rule}:${one.message}`, one]));
  return [...once.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line);
}
