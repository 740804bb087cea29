/** Variables that nobody has set: under StrictMode reading one ends the call. */
import type { Report, Script } from "./finding.ts";
import { type Node, walk } from "./parse.ts";

/** Set by the engine, or known everywhere. */
const ENGINE = new Set(
  ("_ args confirmpreference debugpreference error erroractionpreference executioncontext false home " +
    "host informationpreference lastexitcode matches myinvocation null pid progresspreference " +
    "psboundparameters pscmdlet pscommandpath psitem psscriptroot psversiontable pwd this true " +
    "verbosepreference warningpreference").split(" "),
);

/** Checks functions one by one, and what stands outside of them as one. `companions`: scripts run in one with it. */
export function checkVariables(script: Script, companions: readonly Script[], report: Report): void {
  // A script that others bring along has their variables.
  const outside = new Set([script, ...companions].flatMap((one) => [...assigned(one.root, false)]));
  const functions = [...walk(script.root)].filter((node) => node.type === "function_statement");
  for (const node of functions) {
    // What a script has set outside is there in its functions too, when they run in it.
    check(node, new Set([...assigned(node, true), ...outside]), report);
  }
  check(script.root, outside, report);
}

function check(scope: Node, known: ReadonlySet<string>, report: Report): void {
  for (const node of inside(scope)) {
    if (node.type !== "variable") continue;
    const name = nameOf(node);
    if (name === undefined || ENGINE.has(name) || known.has(name)) continue;
    report("variable", node, `$${name} is read, but nothing sets it.`);
  }
}

function assigned(scope: Node, inner: boolean): Set<string> {
  const names = new Set<string>();
  for (const node of inner ? walk(scope) : inside(scope)) {
    const owner = node.type;
    if (owner === "script_parameter" || owner === "foreach_statement") {
      const variable = node.children.find((one) => one?.type === "variable");
      const name = variable === undefined || variable === null ? undefined : nameOf(variable);
      if (name !== undefined) names.add(name);
    }
    if (owner === "left_assignment_expression") {
      for (const match of node.text.matchAll(/(?:^|,|\])\s*\$(\w+)(?=\s*(?:,|$))/g)) {
        names.add((match[1] ?? "").toLowerCase());
      }
    }
    // -OutVariable and its kin set what they name.
    if (owner === "command_parameter" && /^-(\w+Variable|\wv)$/i.test(node.text)) {
      const next = node.nextNamedSibling?.nextNamedSibling ?? node.nextNamedSibling;
      const name = /^\+?(\w+)$/.exec(next?.text.replace(/^'|'$/g, "") ?? "")?.[1];
      if (name !== undefined) names.add(name.toLowerCase());
    }
  }
  return names;
}

/** A node's descendants, functions inside left out. */
function* inside(scope: Node): Generator<Node> {
  for (const child of scope.children) {
    if (child === null || child.type === "function_statement") continue;
    yield child;
    yield* inside(child);
  }
}

/** Name of a variable of the function itself; `undefined` for those of other scopes and drives. */
function nameOf(node: Node): string | undefined {
  const name = /^[$@]\{?([A-Za-z_]\w*|_)\}?$/.exec(node.text)?.[1];
  return name?.toLowerCase();
}
