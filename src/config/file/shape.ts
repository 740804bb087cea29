/** Fits plain values to the schema: says everything that does not fit, and keeps the rest. */
import type { z } from "zod";
import { allKeyPaths, generalPath, isHidden } from "../key_paths.ts";
import { FILE_SCHEMA, type FileValues, RENAMED_KEYS } from "../schema.ts";
import type { ConfigDocument } from "./document.ts";
import { formatPath, type KeyPath } from "./problem.ts";
import { lowerFirst } from "./syntax.ts";
import { nearest, suggestKey } from "./suggest.ts";

type Issue = z.core.$ZodIssue;

/** Each pass mends or removes what the one before found; problems below removed values come to light then. */
const MAX_PASSES = 6;

/** Checks types and bounds. What is wrong is said in the document's findings and left out of the answer. */
export function fitShape(document: ConfigDocument): FileValues {
  const tree = structuredClone(toPlain(document.value ?? {})) as Record<string, unknown>;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const result = FILE_SCHEMA.safeParse(tree);
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      if (!mend(issue, tree, document)) refuse(issue, tree, document);
    }
  }
  document.findings.error([], "the file has too many faults of one kind to tell them apart");
  return {};
}

/** Without prototypes of the reader's own, which `structuredClone` would lose anyway. */
function toPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toPlain(inner)]));
}

/**
 * Takes what the seed's YAML reader took as well: numbers where text belongs, `yes` for `true`, an app id in
 * quotes, levels in capitals.
 */
function mend(issue: Issue, tree: Record<string, unknown>, document: ConfigDocument): boolean {
  const path = issue.path as KeyPath;
  const value = valueAt(tree, path);
  if (issue.code === "invalid_type") {
    if (issue.expected === "string") {
      const source = document.source(path);
      const inEnv = path.at(-2) === "env";
      if (source !== undefined && (typeof value === "number" || (inEnv && typeof value === "boolean"))) {
        return put(tree, path, source);
      }
    }
    if (issue.expected === "boolean" && typeof value === "string") {
      if (/^(yes|on)$/i.test(value)) return put(tree, path, true);
      if (/^(no|off)$/i.test(value)) return put(tree, path, false);
    }
    if (formatPath(path) === "github.app_id" && typeof value === "string" && /^[1-9]\d{0,14}$/.test(value)) {
      return put(tree, path, Number(value));
    }
  }
  if (issue.code === "invalid_value" && typeof value === "string") {
    const word = value.toLowerCase() === "warning" ? "warn" : value.toLowerCase();
    const known = issue.values.find((option) => typeof option === "string" && option.toLowerCase() === word);
    if (known !== undefined) return put(tree, path, known);
  }
  return false;
}

function refuse(issue: Issue, tree: Record<string, unknown>, document: ConfigDocument): void {
  const path = issue.path as KeyPath;
  if (issue.code === "unrecognized_keys") {
    for (const name of issue.keys) refuseKey([...path, name], document);
    const holder = valueAt(tree, path);
    if (isRecord(holder)) { for (const name of issue.keys) delete holder[name]; }
    return;
  }
  const value = valueAt(tree, path);
  const { message, ...details } = explain(issue, isHidden(path) ? undefined : value);
  document.findings.error(path, message, details);
  remove(tree, path);
}

function refuseKey(path: KeyPath, document: ConfigDocument): void {
  const section = formatPath(path.slice(0, -1));
  const general = generalPath(path.slice(0, -1));
  const name = String(path.at(-1));
  const found = suggestKey(general, name, allKeyPaths(), RENAMED_KEYS);
  const beside = found !== undefined && general !== "" && found.startsWith(`${general}.`);
  const suggestion = found === undefined ? undefined : beside ? found.slice(general.length + 1) : found;
  const siblings = allKeyPaths().filter((known) =>
    known.slice(0, Math.max(0, known.lastIndexOf("."))) === general
  )
    .map((known) => known.slice(known.lastIndexOf(".") + 1));
  document.findings.keyError(path, general === "" ? "no such section or key" : `no such key in ${section}`, {
    suggestion,
    expected: suggestion === undefined ? `one of ${siblings.join(", ")}` : undefined,
  });
}

interface Explanation {
  readonly message: string;
  readonly expected?: string | undefined;
  readonly remedy?: string | undefined;
  readonly suggestion?: string | undefined;
}

function explain(issue: Issue, value: unknown): Explanation {
  switch (issue.code) {
    case "invalid_type":
      if (typeof value === "number" && issue.expected === "int") {
        return { message: `must be a whole number, not ${value}`, suggestion: `${Math.round(value)}` };
      }
      if (Array.isArray(value) && issue.expected === "string") {
        return { message: "must be one value, not a list", expected: typeName(issue.expected) };
      }
      if (issue.expected === "array" && typeof value === "string") {
        return { message: `must be a list, not ${show(value)}`, suggestion: `[${value}]` };
      }
      return {
        // Only lengths of time may have fractions.
        message: `must be ${
          typeName(issue.expected === "number" && issue.path[0] !== "deadlines" ? "int" : issue.expected)
        }, not ${show(value)}`,
        remedy: issue.expected === "string" && typeof value === "boolean" ? "Put it into quotes" : undefined,
      };
    case "too_small":
      return issue.origin === "string" ? { message: "must not be empty" } : {
        message: `must be ${issue.minimum} or more, not ${show(value)}`,
        suggestion: inGigabytes(issue.path as KeyPath, value),
      };
    case "too_big":
      return issue.origin === "string"
        ? { message: `is longer than ${issue.maximum} characters` }
        : { message: `must be ${issue.maximum} or less, not ${show(value)}` };
    case "invalid_value": {
      const options = issue.values.map(String);
      const near = typeof value === "string" ? nearest(value, options) : undefined;
      return {
        message: `${show(value)} is not possible here`,
        expected: options.length === 1 ? String(options[0]) : `one of ${options.join(", ")}`,
        suggestion: value === false && options.includes("off") ? "off" : near,
      };
    }
    default:
      return { message: lowerFirst(issue.message) };
  }
}

/** Somebody who writes `vm_memory_mb: 8` means gigabytes. */
function inGigabytes(path: KeyPath, value: unknown): string | undefined {
  if (!String(path.at(-1)).endsWith("memory_mb") || typeof value !== "number") return undefined;
  return value >= 1 && value <= 256 ? String(value * 1024) : undefined;
}

function typeName(expected: string): string {
  switch (expected) {
    case "object":
    case "record":
      return "a section with keys below it";
    case "array":
      return "a list";
    case "boolean":
      return "true or false";
    case "string":
      return "text";
    case "int":
      return "a whole number";
    default:
      return `a ${expected}`;
  }
}

/** A value as it is quoted in a message. */
export function show(value: unknown): string {
  if (value === undefined) return "this";
  if (value === null) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a section";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}

function valueAt(tree: unknown, path: KeyPath): unknown {
  let value = tree;
  for (const part of path) value = isRecord(value) ? value[part] : undefined;
  return value;
}

function put(tree: unknown, path: KeyPath, value: unknown): boolean {
  const holder = valueAt(tree, path.slice(0, -1));
  const last = path.at(-1);
  if (!isRecord(holder) || last === undefined) return false;
  holder[last] = value;
  return true;
}

/** Takes a wrong value out. List positions must not move: an entry that is no section becomes an empty one. */
function remove(tree: Record<string, unknown>, path: KeyPath): void {
  const last = path.at(-1);
  if (last === undefined) return;
  if (typeof last === "number") {
    if (path.length === 2) put(tree, path, {});
    else remove(tree, path.slice(0, -1));
    return;
  }
  const holder = valueAt(tree, path.slice(0, -1));
  if (isRecord(holder)) delete holder[last];
}
