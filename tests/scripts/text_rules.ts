/** Rules about the text and its syntax: what 5.1 cannot read, what nobody must write. */
import type { Report, Script } from "./finding.ts";
import type { OwnFunction } from "./functions.ts";
import { type Node, walk } from "./parse.ts";

/** Variables of newer engines. */
const NEWER = new Set(
  ("iswindows islinux ismacos iscoreclr psstyle psnativecommanduseerroractionpreference " +
    "psnativecommandargumentpassing enabledexperimentalfeatures").split(" "),
);
/** Variables that belong to the engine: reading is fine. */
const AUTOMATIC = new Set(
  ("_ args consolefilename error event eventargs eventsubscriber executioncontext false foreach home " +
    "host input lastexitcode matches myinvocation nestedpromptlevel pid profile psboundparameters " +
    "pscmdlet pscommandpath psculture psitem psscriptroot psuiculture psversiontable pwd sender " +
    "shellid stacktrace switch this true").split(" "),
);

/** Types that would tie the bridge to one engine on one system. What is guarded by a look at the platform is not here. */
const WINDOWS_ONLY =
  /^\[?((\w+-)?wmi(class|searcher|object|method|event|instance)?|adsi|System\.(Management\.(?!Automation)|Drawing\.|Windows\.)\S*)\]?$/i;

/** Members by which text becomes source or a command line, or that 5.1 does not have. */
const FORBIDDEN_MEMBERS: readonly (readonly [rule: string, member: RegExp, why: string])[] = [
  [
    "dynamic",
    /\.(InvokeReturnAsIs|InvokeWithContext|InvokeScript|AddScript|AddCommand|NewScriptBlock)\(/i,
    "Text becomes source here.",
  ],
  ["dynamic", /\$\w+\.Invoke\(/i, "A script block that is not written out runs here."],
  ["dynamic", /Parser\]?::Parse(Input|File)\(|\.GetScriptBlock\(/i, "Text becomes source here."],
  ["dynamic", /^\[(System\.Management\.Automation\.)?PowerShell\]::Create\(/i, "Text becomes source here."],
  [
    "dynamic",
    /^\[(System\.)?Diagnostics\.Process\]::Start\(\s*['"]/i,
    "A command line is built here: give a ProcessStartInfo.",
  ],
  ["newer", /\]::(ToHexString|FromHexString|HashData|Clamp)\(/i, "This came with .NET 5."],
  ["newer", /RandomNumberGenerator\]::GetBytes\(/i, "This came with .NET 6."],
  [
    "newer",
    /\.(Contains|Replace)\([^()]*\[(System\.)?StringComparison\]/i,
    "This overload came with .NET Core.",
  ],
];
/** Types of which a value made from text is source. */
const SOURCE_TYPES = /^\[?(System\.Management\.Automation\.)?(scriptblock|powershell)\]?$/i;

/** Checks one script's text and tree. */
export function checkText(script: Script, report: Report): void {
  script.text.split("\n").forEach((line, index) => {
    // deno-lint-ignore no-control-regex
    if (/[^\x00-\x7f]/.test(line)) {
      const column = line.search(/\S/);
      const node = script.root.descendantForPosition({ row: index, column }) ?? script.root;
      report("ascii", node, "Not ASCII: Windows PowerShell would read it in the host's code page.");
    }
  });
  for (const node of walk(script.root)) {
    const { text } = node;
    if (node.isError || node.isMissing) {
      report("syntax", node, `Not the syntax of 5.1: ${text.trim().slice(0, 60)}`);
    }
    if (node.type === "pipeline_chain_tail") {
      report("newer", node, `${text.slice(0, 2)} came with PowerShell 7.`);
    }
    if (node.type === "variable") checkVariable(node.text, (rule, message) => report(rule, node, message));
    if (/string_literal$/.test(node.type) && /(^|[^`])(``)*`(u\{|e)/.test(text) && text.startsWith('"')) {
      report("newer", node, "`u{…} and `e came with PowerShell 6.");
    }
    if (/integer_literal$/.test(node.type) && /^\d+(u|ul|y|uy|s|us|n)$/i.test(text)) {
      report("newer", node, `The suffix of ${text} came with PowerShell 6.2 or later.`);
    }
    if (node.type === "command_name" && /^\d+(u|ul|y|uy|s|us|n)$/i.test(text)) {
      report("newer", node, `The suffix of ${text} came with PowerShell 6.2 or later.`);
    }
    if (
      node.type === "type_literal" && /^\[ordered\]$/i.test(text) && !isHashtableCast(node.parent?.text ?? "")
    ) {
      report("newer", node, "[ordered] is for hashtables written out only.");
    }
    if (node.type === "type_literal" && SOURCE_TYPES.test(text) && isCast(node)) {
      report("dynamic", node, "Text becomes source here.");
    }
    if (node.type === "member_access" && /\[(System\.)?StringSplitOptions\]::TrimEntries/i.test(text)) {
      report("newer", node, "TrimEntries came with .NET 5.");
    }
    if (node.type === "named_block" && /^clean\b/i.test(text)) report("newer", node, "clean came with 7.3.");
    if (node.type === "class_statement" || node.type === "enum_statement") {
      report("class", node, "A class cannot be defined again in one session.");
    }
    if (script.file.startsWith("scripts/bridge/")) {
      if (node.type === "flow_control_statement" && /^exit\b/i.test(text)) {
        report("exit", node, "This ends the worker.");
      }
      if (/^(type_literal|generic_token|command_name)$/.test(node.type) && WINDOWS_ONLY.test(text)) {
        report("windows", node, `${text} is not there on other systems, or not in PowerShell 7.`);
      }
    }
    if (node.type === "invokation_expression") {
      checkMember(script, text, (rule, message) => report(rule, node, message));
    }
    if (node.type === "assignment_expression" || node.type === "foreach_statement") {
      const target = /^(?:\[[^\]]+\])?\$(\w+)\s*[+\-*/%]?=/.exec(text)?.[1] ??
        /^foreach\s*\(\s*\$(\w+)/i.exec(text)?.[1];
      if (target !== undefined && AUTOMATIC.has(target.toLowerCase())) {
        report("automatic", node, `$${target} belongs to the engine.`);
      }
    }
  }
}

/** Whether a type is what a value is made into, and not that of a parameter or of a static member. */
function isCast(node: Node): boolean {
  if (node.parent?.type === "cast_expression") return true;
  for (let one = node.parent; one !== null && one.type !== "pipeline"; one = one.parent) {
    if (one.type === "comparison_expression") return /-as\s*\[[\w.]+\]\s*$/i.test(one.text);
  }
  return false;
}

function checkVariable(text: string, say: (rule: string, message: string) => void): void {
  const name = text.replace(/^[$@]\{?|\}$/g, "").replace(/^(global|script|local|private):/i, "")
    .toLowerCase();
  if (name === "input") say("input", "$input makes the host read stdin by itself.");
  if (NEWER.has(name)) say("newer", `$${name} is not in 5.1.`);
}

function checkMember(script: Script, text: string, say: (rule: string, message: string) => void): void {
  if (/^\[(System\.)?Console\]::(Write|WriteLine|Error|Out)\b/i.test(text) || /^\$Host\.UI\./i.test(text)) {
    say("prints", "Only the envelope writer writes to stdout.");
  }
  for (const [rule, member, why] of FORBIDDEN_MEMBERS) if (member.test(text)) say(rule, why);
  const isBootstrap = script.file === "scripts/host/bootstrap.ps1";
  if (/\[(System\.Management\.Automation\.)?ScriptBlock\]::Create\(/i.test(text) && !isBootstrap) {
    say("dynamic", "Text becomes source here.");
  }
  if (/\$ExecutionContext\.(InvokeCommand|SessionState\.InvokeCommand)/i.test(text)) {
    say("dynamic", "Text becomes source here.");
  }
  if (/::(Exit|FailFast)\(/i.test(text) && /Environment/i.test(text)) say("exit", "This ends the worker.");
}

function isHashtableCast(text: string): boolean {
  return /^\[ordered\]\s*@\{/i.test(text);
}

/** Every function says what it takes, and has one name. */
export function checkFunctions(own: readonly OwnFunction[], report: (file: string) => Report): void {
  const seen = new Map<string, string>();
  for (const one of own) {
    const say = report(one.file);
    if (!one.hasCmdletBinding) {
      say("binding", one.node, `${one.name} lacks [CmdletBinding()]: a misspelt argument would be ignored.`);
    }
    for (const parameter of one.parameters) {
      if (AUTOMATIC.has(parameter.name.toLowerCase())) {
        say("automatic", parameter.node, `$${parameter.name} belongs to the engine.`);
      }
    }
    const room = one.file.replace(/[^/]+$/, "");
    const key = `${room.includes("guest") ? one.file : room}${one.name.toLowerCase()}`;
    if (seen.has(key)) say("function", one.node, `${one.name} is defined twice.`);
    seen.set(key, one.file);
  }
}
