/** One command of a script, taken apart: its name, and what it is given. */
import type { Node } from "./parse.ts";

/** A parameter by name, with the value that follows it. */
export interface NamedArgument {
  readonly name: string;
  readonly node: Node;
  /** Behind a colon: belongs to it whatever it is. */
  readonly joined: Node | undefined;
}

/** What stands behind a command's name, in order. */
export type Piece =
  | ({ readonly kind: "parameter" } & NamedArgument)
  | { readonly kind: "value"; readonly node: Node }
  | { readonly kind: "splat"; readonly name: string; readonly node: Node };

/** A command as it is written. */
export interface Command {
  readonly node: Node;
  /** `&`, `.` or nothing. */
  readonly operator: string;
  /** Name without its module; empty where it is an expression. */
  readonly name: string;
  readonly module: string;
  /** The expression that gives the command. */
  readonly expression: Node | undefined;
  readonly pieces: readonly Piece[];
  /** Something comes in through the pipeline. */
  readonly isPiped: boolean;
}

/** Takes a `command` node apart. */
export function readCommand(node: Node): Command {
  const named = child(node, "command_name");
  const expression = child(node, "command_name_expr");
  const whole = named?.text ?? literal(expression) ?? "";
  const cut = whole.lastIndexOf("\\");
  const isPath = /[\\/]/.test(whole) && !/^[A-Za-z.-]+\\[A-Za-z]+-[A-Za-z]+$/.test(whole);
  return {
    node,
    operator: child(node, "command_invokation_operator")?.text ?? "",
    name: isPath ? whole : whole.slice(cut + 1),
    module: isPath || cut < 0 ? "" : whole.slice(0, cut),
    expression: whole === "" ? expression : undefined,
    pieces: readPieces(child(node, "command_elements")),
    isPiped: hasInput(node),
  };
}

function readPieces(elements: Node | undefined): Piece[] {
  const pieces: Piece[] = [];
  const nodes = (elements?.children ?? []).filter((one): one is Node => one !== null);
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (node === undefined || node.type === "command_argument_sep" || node.type === "redirection") continue;
    const splat = /^@([A-Za-z_]\w*)$/.exec(node.text);
    if (node.type === "command_parameter") {
      const separator = nodes[i + 1];
      const joined = separator?.text.trim() === ":" ? nodes[i + 2] : undefined;
      pieces.push({ kind: "parameter", name: node.text.replace(/^-+|:$/g, ""), node, joined });
      if (joined !== undefined) i += 2;
    } else if (splat !== null) {
      pieces.push({ kind: "splat", name: splat[1] ?? "", node });
    } else if (nodes[i - 1]?.type === "command_argument_sep" || pieces.length === 0) {
      pieces.push({ kind: "value", node });
    } // else: the rest of a value, such as the method in `$a.Method()`
  }
  return pieces;
}

/** A single-quoted text or a bare word; `undefined` for what is only known at run time. */
export function literal(node: Node | undefined): string | undefined {
  if (node === undefined) return undefined;
  const text = node.text.trim();
  const quoted = /^'((?:[^']|'')*)'$/.exec(text) ?? /^"([^"$`]*)"$/.exec(text);
  if (quoted !== null) return (quoted[1] ?? "").replaceAll("''", "'");
  return /^[A-Za-z0-9_.\\-]+$/.test(text) ? text : undefined;
}

function child(node: Node, type: string): Node | undefined {
  return node.children.find((one) => one?.type === type) ?? undefined;
}

function hasInput(node: Node): boolean {
  const chain = node.parent;
  if (chain?.type !== "pipeline_chain") return false;
  const stages = chain.children.filter((one) => one !== null && one.isNamed);
  return stages.findIndex((one) => one?.id === node.id) > 0;
}
