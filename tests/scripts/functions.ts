/** Functions of the scripts: their parameters, as a caller must know them. */
import type { Cmdlet, Parameter } from "./cmdlets.ts";
import { type Node, walk } from "./parse.ts";

/** A parameter of one of our functions. */
export interface OwnParameter {
  readonly name: string;
  readonly aliases: readonly string[];
  /** `string`, `guid`, `object[]`, …; empty where none is given. */
  readonly type: string;
  readonly isMandatory: boolean;
  /** Attributes such as `AllowEmptyString`. */
  readonly attributes: readonly string[];
  readonly node: Node;
}

/** One of our functions. */
export interface OwnFunction {
  readonly name: string;
  readonly file: string;
  readonly node: Node;
  readonly hasCmdletBinding: boolean;
  readonly parameters: readonly OwnParameter[];
}

/** Functions below a node, those inside others too. */
export function findFunctions(file: string, root: Node): OwnFunction[] {
  const found: OwnFunction[] = [];
  for (const node of walk(root)) {
    if (node.type !== "function_statement") continue;
    const block = node.children.find((one) => one?.type === "script_block");
    const params = block?.children.find((one) => one?.type === "param_block");
    found.push({
      name: node.children.find((one) => one?.type === "function_name")?.text ?? "",
      file,
      node,
      hasCmdletBinding: attributesOf(params ?? undefined).some((one) => /^CmdletBinding$/i.test(one.name)),
      parameters: readParameters(params ?? undefined),
    });
  }
  return found;
}

function readParameters(params: Node | undefined): OwnParameter[] {
  const list = params?.children.find((one) => one?.type === "parameter_list");
  return (list?.children ?? []).flatMap((node) => {
    if (node?.type !== "script_parameter") return [];
    const attributes = attributesOf(node);
    const variable = node.children.find((one) => one?.type === "variable")?.text ?? "";
    return [{
      name: variable.replace(/^\$/, ""),
      aliases: attributes.filter((one) => /^Alias$/i.test(one.name))
        .flatMap((one) => [...one.text.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? "")),
      type: attributes.find((one) => one.isType)?.name.toLowerCase() ?? "",
      isMandatory: attributes.some((one) =>
        /^Parameter$/i.test(one.name) && /\bMandatory\b(?!\s*=\s*\$false)/i.test(one.text)
      ),
      attributes: attributes.filter((one) => !one.isType).map((one) => one.name),
      node,
    }];
  });
}

function attributesOf(holder: Node | undefined): { name: string; text: string; isType: boolean }[] {
  const list = holder?.children.find((one) => one?.type === "attribute_list");
  return (list?.children ?? []).flatMap((node): { name: string; text: string; isType: boolean }[] => {
    if (node?.type !== "attribute") return [];
    const type = node.children.find((one) => one?.type === "type_literal");
    if (type !== undefined && type !== null) {
      return [{ name: type.text.replace(/^\[|\]$/g, ""), text: node.text, isType: true }];
    }
    return [{
      name: node.children.find((one) => one?.type === "attribute_name")?.text ?? "",
      text: node.text,
      isType: false,
    }];
  });
}

/** A function in the form of the table, so that calls of it are checked as those of any command. */
export function asCmdlet(own: OwnFunction): Cmdlet {
  const parameters: Record<string, Parameter> = {};
  own.parameters.forEach((parameter, position) => {
    parameters[parameter.name] = {
      type: parameter.type,
      aliases: parameter.aliases,
      switch: parameter.type === "switch",
      mandatoryIn: parameter.isMandatory ? ["all"] : [],
      position,
    };
  });
  return {
    name: own.name,
    module: "",
    sets: { all: Object.keys(parameters) },
    parameters,
    shouldProcess: "none",
  };
}
