/** The JSON schema for editors: `# yaml-language-server: $schema=…` at the top of a configuration. */
import { z } from "zod";
import { RUNNER_VERSION } from "./check/runner_version.ts";
import { POOL_NAME } from "../model/pool_names.ts";
import { FILE_SCHEMA, REQUIRED_KEYS } from "./schema.ts";

/** A node of a JSON schema, as far as it is read here. */
export interface JsonSchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: JsonSchemaNode;
  readonly properties?: Readonly<Record<string, JsonSchemaNode>>;
  /** Of a section with free names: what each of them holds. */
  readonly additionalProperties?: JsonSchemaNode | boolean;
  readonly [key: string]: unknown;
}

/** The schema as a draft-7 object, with a description on every key. */
export function configSchema(): JsonSchemaNode {
  const schema = z.toJSONSchema(FILE_SCHEMA, { target: "draft-7", io: "input" }) as JsonSchemaNode;
  const properties = Object.entries(schema.properties ?? {}).map(([name, node]) => {
    const required = REQUIRED_KEYS[name];
    if (required === undefined) return [name, node] as const;
    const entry = node.items === undefined ? "additionalProperties" : "items";
    return [name, { ...node, [entry]: { ...entryOf(node), required } }] as const;
  });
  const edited = structuredClone(Object.fromEntries(properties)) as Record<string, JsonSchemaNode>;
  edit(edited, ["pools", "name"], { pattern: POOL_NAME.source });
  for (const path of [["hyperv", "vm_memory_mb"], ["templates", "memory_mb"]]) {
    edit(edited, path, { multipleOf: 2 });
  }
  for (const path of [["runners", "labels"], ["pools", "labels"]]) edit(edited, path, { maxItems: 100 });
  for (const path of [["runners", "cache_url"], ["pools", "cache_url"]]) {
    edit(edited, path, { pattern: "/$" });
  }
  for (const path of [["runners", "version"], ["pools", "runner_version"]]) {
    edit(edited, path, { pattern: `^(?:auto|image|${RUNNER_VERSION.source.slice(1, -1)})$` });
  }
  edit(edited, ["templates", "probe"], { minProperties: 1, maxProperties: 1 });
  return { ...schema, title: "hvpool configuration", properties: edited };
}

/** What the entries of a list, or of a section with free names, hold; `undefined` where there are none with keys. */
export function entryOf({ items, additionalProperties }: JsonSchemaNode): JsonSchemaNode | undefined {
  const entry = items ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
  return entry?.properties === undefined ? undefined : entry;
}

/** Adds what only the checks know to one key below a section or in a list's entries. */
function edit(
  sections: Record<string, JsonSchemaNode>,
  [section = "", name = ""]: readonly string[],
  more: object,
): void {
  const node = sections[section];
  const holder = node === undefined ? undefined : entryOf(node) ?? node;
  const key = holder?.properties?.[name];
  if (key !== undefined) Object.assign(key, more);
}
