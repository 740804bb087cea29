/** The call list and the scripts agree: a function for each call, with its parameters, mandatory and of their kinds. */
import { z } from "zod";
import { HOST_CALLS } from "../../src/ports/host.ts";
import type { Finding } from "./finding.ts";
import type { OwnFunction, OwnParameter } from "./functions.ts";

/** Calls that no script answers: the adapter composes them of others, or answers them by itself. */
function isComposed(call: string): boolean {
  return ["media.put", "media.take", "guest.probe"].includes(call) || call.startsWith("file.");
}
/** Functions of the bridge's own that are named like calls. */
const NO_CALLS = new Set(["invoke-hvcall", "invoke-hvrequest", "invoke-hvmethod"]);

/** The part of a JSON schema that is looked at. */
interface Shape {
  readonly type?: string | string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly enum?: readonly unknown[];
  readonly items?: Shape;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

/** Shapes of arguments by call. */
export type CallShapes = Readonly<Record<string, Shape>>;

/** Shapes of the real list. */
export function callShapes(): CallShapes {
  return Object.fromEntries(
    Object.entries(HOST_CALLS).filter(([name]) => !isComposed(name))
      .map(([name, spec]) => [name, z.toJSONSchema(spec.args, { io: "input" }) as Shape]),
  );
}

/** Name of the function of a call: `disk.createChild` is `Invoke-HvDiskCreateChild`. */
export function functionName(call: string): string {
  return `Invoke-Hv${call.split(".").map(upperFirst).join("")}`;
}

/** Compares both. */
export function checkCalls(shapes: CallShapes, own: readonly OwnFunction[]): Finding[] {
  const findings: Finding[] = [];
  const byName = new Map(own.map((one) => [one.name.toLowerCase(), one]));
  const say = (one: OwnFunction | undefined, message: string, line?: number) =>
    findings.push({
      rule: "call",
      file: one?.file ?? "scripts/bridge",
      line: line ?? (one === undefined ? 1 : one.node.startPosition.row + 1),
      message,
    });
  for (const [call, shape] of Object.entries(shapes)) {
    const name = functionName(call);
    const one = byName.get(name.toLowerCase());
    if (one === undefined) {
      say(undefined, `${call} has no function ${name}.`);
      continue;
    }
    const required = new Set(shape.required ?? []);
    const argumentsOf = Object.entries(shape.properties ?? {});
    for (const [key, argument] of argumentsOf) {
      const parameter = find(one, key);
      if (parameter === undefined) {
        say(one, `${name} lacks -${upperFirst(key)}, which ${call} gives.`);
        continue;
      }
      const line = parameter.node.startPosition.row + 1;
      if (parameter.isMandatory !== required.has(key)) {
        say(one, `-${parameter.name} of ${name} must ${required.has(key) ? "" : "not "}be mandatory.`, line);
      }
      const kinds = kindsOf(argument);
      if (!kinds.includes(parameter.type)) {
        say(
          one,
          `-${parameter.name} of ${name} is [${parameter.type}], but ${call} gives ${kinds.join(" or ")}.`,
          line,
        );
      }
      checkEmpty(parameter, argument, (message) => say(one, `${name}: ${message}`, line));
    }
    for (const parameter of one.parameters) {
      if (!argumentsOf.some(([key]) => answersTo(parameter, key))) {
        say(
          one,
          `${call} has no argument for -${parameter.name} of ${name}.`,
          parameter.node.startPosition.row + 1,
        );
      }
    }
  }
  const wanted = new Set(Object.keys(shapes).map((call) => functionName(call).toLowerCase()));
  for (const one of own) {
    const name = one.name.toLowerCase();
    if (name.startsWith("invoke-hv") && !wanted.has(name) && !NO_CALLS.has(name)) {
      say(one, `${one.name} is the function of no call.`);
    }
  }
  return findings;
}

/** A mandatory parameter refuses what is empty unless it says otherwise. */
function checkEmpty(parameter: OwnParameter, argument: Shape, say: (message: string) => void): void {
  if (!parameter.isMandatory) return;
  const allows = (name: string) =>
    parameter.attributes.some((one) => one.toLowerCase() === name.toLowerCase());
  const mayBeEmpty = (shape: Shape | undefined) =>
    shape?.type === "string" && shape.enum === undefined && (shape.minLength ?? 0) === 0 && !isGuid(shape) &&
    (shape.pattern === undefined || new RegExp(shape.pattern, "u").test(""));
  if (parameter.type === "string" && mayBeEmpty(argument) && !allows("AllowEmptyString")) {
    say(`-${parameter.name} may be empty: [AllowEmptyString()] is missing.`);
  }
  if (argument.type === "array" && (argument.minItems ?? 0) === 0 && !allows("AllowEmptyCollection")) {
    say(`-${parameter.name} may be empty: [AllowEmptyCollection()] is missing.`);
  }
  if (parameter.type === "string[]" && mayBeEmpty(argument.items) && !allows("AllowEmptyString")) {
    say(`-${parameter.name} may hold empty texts: [AllowEmptyString()] is missing.`);
  }
}

function kindsOf(shape: Shape): string[] {
  switch (shape.type) {
    case "string":
      return isGuid(shape) ? ["guid", "string"] : ["string"];
    case "boolean":
      return ["bool"];
    case "integer":
      return ["int", "long"];
    case "number":
      return ["double", "long"];
    case "array":
      return shape.items?.type === "object" || shape.items?.type === undefined
        ? ["object[]"]
        : kindsOf(shape.items).map((kind) => `${kind}[]`);
    default:
      return ["object"];
  }
}

function isGuid(shape: Shape): boolean {
  return shape.pattern?.includes("{12}") === true;
}

function find(one: OwnFunction, key: string): OwnParameter | undefined {
  return one.parameters.find((parameter) => answersTo(parameter, key));
}

function answersTo(parameter: OwnParameter, key: string): boolean {
  return [parameter.name, ...parameter.aliases].some((name) => name.toLowerCase() === key.toLowerCase());
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
