/** Rules about commands: which ones, from where, with what. */
import { checkBinding, type SplatKeys } from "./bind.ts";
import { aliasOf, type Cmdlet, findCmdlet, findParameter } from "./cmdlets.ts";
import { type Command, literal, readCommand } from "./command.ts";
import type { Report, Script } from "./finding.ts";
import type { OwnFunction } from "./functions.ts";
import { asCmdlet } from "./functions.ts";
import { type Node, walk } from "./parse.ts";

/** Where one of our own scripts is run by its path or function object: nowhere else. */
const RUNS_WHAT_IT_FOUND: Readonly<Record<string, readonly string[]>> = {
  "scripts/bridge/worker.ps1": ["& $command"],
  "scripts/guest/boot.ps1": ["& $path", "& $script", "& $file"],
};
/** Programs of Windows that our scripts start. */
const PROGRAMS = new Set([
  "shutdown.exe",
  "tzutil.exe",
  "certutil.exe",
  "icacls.exe",
  "ipconfig.exe",
  "w32tm.exe",
]);
const PRINTS = new Set(
  ("write-host write-output write-information write-warning write-error write-progress write-debug " +
    "out-host out-default out-printer out-gridview read-host").split(" "),
);
const RUNS_TEXT = new Set(["invoke-expression", "invoke-history", "start-job", "start-threadjob"]);
const SHELLS = /^(powershell|pwsh|cmd)(\.exe)?$/i;

/** Checks every command of a script. */
export function checkCommands(script: Script, own: ReadonlyMap<string, OwnFunction>, report: Report): void {
  for (const node of walk(script.root)) {
    if (node.type === "command") checkCommand(script, readCommand(node), own, report);
  }
}

function checkCommand(
  script: Script,
  command: Command,
  own: ReadonlyMap<string, OwnFunction>,
  report: Report,
): void {
  const { node, name, operator, expression } = command;
  if (name === "" || (operator === "." && expression !== undefined)) {
    const start = `${operator} ${expression?.text ?? ""}`.trim();
    const allowed = RUNS_WHAT_IT_FOUND[script.file] ?? [];
    if (!allowed.includes(start) && !isOwnBlock(expression) && !isOwnFile(start) && !isBootstrap(script)) {
      report("dynamic", node, `${start}: what is run here is only known at run time.`);
    }
    return;
  }
  if (/[$"`]/.test(name)) {
    report("dynamic", node, `${name}: the name of a command is put together at run time.`);
  }
  if (RUNS_TEXT.has(name.toLowerCase())) report("dynamic", node, `${name} runs text.`);
  if (SHELLS.test(name)) report("dynamic", node, `${name} would parse its arguments as source.`);
  const alias = aliasOf(name);
  if (alias !== undefined && command.module === "") {
    report("alias", node, `${name} is an alias: write ${alias}.`);
    return;
  }
  if (PRINTS.has(name.toLowerCase()) && !isBootstrap(script)) {
    report("prints", node, `${name} writes where only the protocol's lines go.`);
  }
  if (PROGRAMS.has(name.toLowerCase())) return;
  const ours = command.module === "" ? own.get(name.toLowerCase()) : undefined;
  const cmdlet = ours === undefined ? findCmdlet(name) : asCmdlet(ours);
  if (cmdlet === undefined) {
    report("unknown", node, `${name} is none of our functions and not in the table of commands of 5.1.`);
    return;
  }
  if (command.module !== "" && command.module.toLowerCase() !== cmdlet.module.toLowerCase()) {
    report("unknown", node, `${name} is in ${cmdlet.module}, not in ${command.module}.`);
  }
  checkBinding(command, cmdlet, splatKeys(node), report);
  if (ours === undefined) {
    checkAge(command, cmdlet, report);
    checkManners(script, command, cmdlet, report);
  } else {
    checkNamedCommand(command, report);
  }
}

/** How real commands are to be used: nothing asks, VMs by id, paths as they are. */
function checkManners(script: Script, command: Command, cmdlet: Cmdlet, report: Report): void {
  const { node, pieces } = command;
  const given = new Set(
    pieces.flatMap((piece) =>
      piece.kind === "parameter" ? [findParameter(cmdlet, piece.name)?.name ?? piece.name] : []
    )
      .map((name) => name.toLowerCase()),
  );
  if (cmdlet.module === "Hyper-V") {
    if (command.module === "") {
      report("qualify", node, `Write Hyper-V\\${cmdlet.name}: other modules have a command of this name.`);
    }
    if (cmdlet.shouldProcess !== "none" && !asksNothing(command)) {
      report("prompt", node, `${cmdlet.name} may ask: -Confirm:$false is missing.`);
    }
    if (/^(Remove-VM|New-VM)$/.test(cmdlet.name) && !given.has("force")) {
      report("prompt", node, `${cmdlet.name} has a question of its own: -Force is missing.`);
    }
    if (cmdlet.name === "Stop-VM" && given.has("turnoff") && !given.has("force")) {
      report("prompt", node, "Stop-VM -TurnOff has a question of its own: -Force is missing.");
    }
    if (
      given.has("vmname") ||
      (given.has("name") && cmdlet.parameters.VM !== undefined && cmdlet.name !== "New-VM")
    ) {
      report("by-name", node, `${cmdlet.name}: names are not unique and may be patterns; give -VM.`);
    }
    if (cmdlet.name === "Get-VM" && !given.has("id")) {
      report("by-name", node, "Get-VM: only -Id finds one VM.");
    }
    if (given.has("asjob")) report("job", node, `${cmdlet.name} -AsJob ends before its work does.`);
  }
  if (
    script.file.startsWith("scripts/bridge/") && cmdlet.name === "Invoke-CimMethod" && !asksNothing(command)
  ) {
    report("prompt", node, "Invoke-CimMethod may ask: -Confirm:$false is missing.");
  }
  const byPattern = cmdlet.parameters.LiteralPath !== undefined && cmdlet.name !== "Add-Type" &&
    !given.has("literalpath") &&
    (given.has("path") ||
      (!command.isPiped && cmdlet.name !== "Select-String" && pieces[0]?.kind === "value"));
  if (byPattern) {
    report("pattern", node, `${cmdlet.name} takes -Path for a pattern: give -LiteralPath.`);
  }
  if (cmdlet.name === "ConvertTo-Json" && !(given.has("inputobject") && given.has("compress"))) {
    report(
      "json",
      node,
      "ConvertTo-Json unrolls what is piped in, and breaks lines: give -InputObject and -Compress.",
    );
  }
  checkSource(command, cmdlet, report);
  if (cmdlet.name === "Add-Type" && !isLiteralSource(command)) {
    report("dynamic", node, "Add-Type compiles text that is only known at run time.");
  }
  checkNamedCommand(command, report);
}

/** Parameters that run what they are given. */
const BLOCKS = /^(ScriptBlock|Process|Begin|End|FilterScript|InitializationScript|RemainingScripts)$/i;

/** Nothing that is put together at run time becomes a script, a query or a command line. */
function checkSource(command: Command, cmdlet: Cmdlet, report: Report): void {
  const { node, pieces } = command;
  pieces.forEach((piece, i) => {
    if (piece.kind !== "parameter") return;
    const name = findParameter(cmdlet, piece.name)?.name ?? piece.name;
    const next = pieces[i + 1];
    const value = piece.joined ?? (next?.kind === "value" ? next.node : undefined);
    const text = value?.text.trim() ?? "";
    if (BLOCKS.test(name) && cmdlet.name !== "Start-Process" && !/^(\{|\(Get-Hv\w+\)$)/.test(text)) {
      report("dynamic", node, `-${name}: what is run here is only known at run time.`);
    }
    if (cmdlet.name === "Invoke-Command" && name === "FilePath") {
      report("dynamic", node, "-FilePath: what is run here is only known at run time.");
    }
    if (cmdlet.name === "Start-Process" && SHELLS.test(text.replaceAll("'", ""))) {
      report("dynamic", node, `${text} would parse its arguments as source.`);
    }
    if (cmdlet.name === "New-Object" && /^'?(System\.Management\.Automation\.)?powershell'?$/i.test(text)) {
      report("dynamic", node, "Text becomes source here.");
    }
    if (cmdlet.name === "Set-StrictMode" && name === "Off") {
      report("strict", node, "StrictMode stays on: a misspelt name would be empty.");
    }
  });
}

function asksNothing(command: Command): boolean {
  return command.pieces.some((piece) =>
    piece.kind === "parameter" && piece.name.toLowerCase() === "confirm" &&
    piece.joined?.text.toLowerCase() === "$false"
  );
}

/** Commands that are looked for by name must be in the table as well, or a typing error says "not there" for ever. */
function checkNamedCommand(command: Command, report: Report): void {
  if (command.name !== "Test-HvCommand") return;
  const value = (name: string) => {
    const at = command.pieces.findIndex((piece) => piece.kind === "parameter" && piece.name === name);
    const next = command.pieces[at + 1];
    return at >= 0 && next?.kind === "value" ? literal(next.node) : undefined;
  };
  const wanted = value("Name");
  if (wanted === undefined) return;
  const cmdlet = findCmdlet(wanted);
  if (cmdlet?.module !== "Hyper-V") report("unknown", command.node, `${wanted} is no command of Hyper-V.`);
  const parameter = value("Parameter");
  if (cmdlet !== undefined && parameter !== undefined && findParameter(cmdlet, parameter) === undefined) {
    report("parameter", command.node, `${wanted} has no parameter -${parameter}.`);
  }
}

function isLiteralSource(command: Command): boolean {
  const source = command.pieces.findIndex((piece) =>
    piece.kind === "parameter" && /^(TypeDefinition|MemberDefinition)$/i.test(piece.name)
  );
  const next = command.pieces[source + 1];
  if (source < 0) return true; // -AssemblyName and -LiteralPath run no text of ours
  return next?.kind === "value" && /^@?'/.test(next.node.text.trim());
}

function isOwnBlock(expression: Node | undefined): boolean {
  return expression?.text.trim().startsWith("{") === true;
}

/** A script that lies beside this one, by its written name. */
function isOwnFile(start: string): boolean {
  return /^\. \(Join-Path -Path \$PSScriptRoot -ChildPath '[\w-]+\.ps1'\)$/.test(start);
}

/** The bootstrap's purpose is to run the text that it is given, and to speak before there is anything else. */
function isBootstrap(script: Script): boolean {
  return script.file === "scripts/host/bootstrap.ps1";
}

/** Keys of a hashtable that is splatted: from its literal and from assignments to it in the same function. */
function splatKeys(at: Node): SplatKeys {
  const scope = enclosing(at);
  return (name) => {
    const keys: { key: string; node: Node }[] = [];
    let known = false;
    for (const node of walk(scope)) {
      if (node.type !== "assignment_expression") continue;
      const left = node.children.find((one) => one?.type === "left_assignment_expression");
      const target = left?.text.trim() ?? "";
      if (target.toLowerCase() === `$${name}`.toLowerCase()) {
        const value = node.children.findLast((one) => one !== null && one.type !== "comment");
        if (value === undefined || value === null || !/^@\{/.test(value.text.trim())) return undefined;
        known = true;
        for (const entry of walk(value)) {
          if (entry.type === "key_expression") keys.push({ key: literal(entry) ?? entry.text, node: entry });
        }
      }
      const index = /^\$(\w+)\[(.*)\]$/s.exec(target) ?? /^\$(\w+)\.(\w+)$/.exec(target);
      if (index !== null && index[1]?.toLowerCase() === name.toLowerCase()) {
        const key = /^'([^']*)'$/.exec(index[2] ?? "")?.[1] ?? (target.includes("[") ? undefined : index[2]);
        if (key === undefined) return undefined;
        if (!isFeatureTested(node, key)) keys.push({ key, node });
      }
    }
    return known ? keys : undefined;
  };
}

/** What only newer hosts have may be used where the script has looked for it. */
function isFeatureTested(node: Node, name: string): boolean {
  for (let current = node.parent; current !== null; current = current.parent) {
    if (!/^(if_statement|elseif_clause)$/.test(current.type)) continue;
    const condition = current.text.slice(0, current.text.indexOf("{"));
    if (condition.includes(`.Parameters.ContainsKey('${name}')`)) return true;
    if (condition.includes("Test-HvCommand") && condition.includes(`'${name}'`)) return true;
  }
  return false;
}

/** Commands and parameters that Windows Server 2016 lacks are looked for before they are used. */
function checkAge(command: Command, cmdlet: Cmdlet, report: Report): void {
  if (cmdlet.since !== undefined && !isFeatureTested(command.node, cmdlet.name)) {
    report(
      "since",
      command.node,
      `${cmdlet.name} came with ${cmdlet.since}: look for it with Test-HvCommand.`,
    );
  }
  const keys = splatKeys(command.node);
  for (const piece of command.pieces) {
    const given = piece.kind === "parameter"
      ? [{ key: piece.name, node: piece.node }]
      : piece.kind === "splat"
      ? keys(piece.name) ?? []
      : [];
    for (const { key, node } of given) {
      const found = findParameter(cmdlet, key);
      if (found?.parameter.since !== undefined && !isFeatureTested(node, found.name)) {
        report(
          "since",
          node,
          `-${found.name} of ${cmdlet.name} came with ${found.parameter.since}: look for it first.`,
        );
      }
    }
  }
}

/** The function that a node is in, or the whole script. */
export function enclosing(node: Node): Node {
  let current = node;
  while (current.parent !== null) {
    current = current.parent;
    if (current.type === "function_statement") return current;
  }
  return current;
}
