/**
 * What a function emits by accident becomes part of its value. In the bridge, functions with certain verbs emit
 * nothing at all, and functions of calls emit by `return` alone.
 */
import { readCommand } from "./command.ts";
import type { Report } from "./finding.ts";
import type { OwnFunction } from "./functions.ts";
import { type Node, walk } from "./parse.ts";

const SILENT = /^(Assert|Clear|Open|Protect|Register|Remove|Set|Start|Wait|Write|Add)-/;
/** Real commands that emit nothing. */
const SILENT_COMMANDS = new Set(
  ("start-sleep remove-item set-item set-itemproperty set-disk set-acl set-strictmode set-variable " +
    "remove-pssession remove-event remove-typedata write-verbose unregister-event").split(" "),
);
/** Methods that answer nothing. */
const SILENT_METHODS = new Set(
  ("close dispose flush load remove setaccessrule setaccessruleprotection setlength write " +
    "writealltext writeattributestring writeelementstring writeendelement writestartelement").split(" "),
);

/** Checks one function of the bridge. */
export function checkOutput(own: OwnFunction, report: Report): void {
  const isCall = /^Invoke-Hv/.test(own.name) && !/^Invoke-Hv(Call|Method|Request)$/.test(own.name);
  if (!isCall && !SILENT.test(own.name)) return;
  for (const node of walk(own.node)) {
    if (node.type === "flow_control_statement" && !isCall && /^return\s+\S/i.test(node.text)) {
      report("output", node, `${own.name} is to emit nothing, but returns a value.`);
    }
    if (node.type !== "pipeline" || !isStatement(node, own.node)) continue;
    const what = emits(node);
    if (what !== undefined) report("output", node, `${what} becomes part of what ${own.name} answers.`);
  }
}

/** A pipeline that stands for itself: its value goes out. */
function isStatement(node: Node, owner: Node): boolean {
  if (node.parent?.type !== "statement_list") return false;
  for (
    let current: Node | null = node.parent;
    current !== null && current.id !== owner.id;
    current = current.parent
  ) {
    // Inside of a value, such as $( … ), @( … ), a script block, or an assignment, nothing goes out by itself.
    if (
      /^(sub_expression|array_expression|script_block_expression|assignment_expression)$/.test(current.type)
    ) return false;
  }
  return true;
}

function emits(pipeline: Node): string | undefined {
  const text = pipeline.text.trim();
  if (/^\[void\]/i.test(text)) return undefined;
  const first = pipeline.children.find((one) => one?.isNamed === true);
  if (first?.type === "assignment_expression") return undefined;
  const chain = first?.type === "pipeline_chain" ? first : undefined;
  const stages = (chain?.children ?? []).filter((one): one is Node => one !== null && one.isNamed);
  const last = stages.at(-1);
  if (last?.type === "command") {
    const { name } = readCommand(last);
    const isSilent = SILENT.test(name) && name.includes("-Hv") || SILENT_COMMANDS.has(name.toLowerCase());
    return isSilent || /^out-null$/i.test(name) ? undefined : name;
  }
  if (/^\$\w+(\+\+|--)$/.test(text) || /\+\+$|--$/.test(text)) return undefined;
  const method = /(?:\.|::)(\w+)\([^]*\)$/.exec(text)?.[1];
  if (method !== undefined && SILENT_METHODS.has(method.toLowerCase())) return undefined;
  return text.slice(0, 40);
}
