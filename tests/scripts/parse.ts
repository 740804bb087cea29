/** PowerShell's syntax without PowerShell: a grammar that runs anywhere. */
import wasm from "tree-sitter-powershell/tree-sitter-powershell.wasm" with { type: "bytes" };
import { Language, type Node, Parser } from "web-tree-sitter";

export type { Node } from "web-tree-sitter";

/** Makes a parser. Trees that it makes live as long as it does. */
export async function powerShellParser(): Promise<Parser> {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(wasm));
  return parser;
}

/** All nodes below a node, itself first, in the order of the text. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  for (const child of node.children) {
    if (child !== null) yield* walk(child);
  }
}
