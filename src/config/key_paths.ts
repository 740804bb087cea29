/** Paths of all keys, as they stand in messages, suggestions and the reference. */
import { z } from "zod";
import { formatPath, type KeyPath } from "./file/problem.ts";
import { FILE_SCHEMA } from "./schema.ts";

/** Stands for a name that people give themselves, in sections whose keys are such names. */
export const ANY_NAME = "NAME";
/** The section whose keys are names with sections below them. */
const NAMED_SECTION = "guest_accounts";

/** Values that must never be shown. */
export const SECRET_KEYS: readonly string[] = [
  "github.app_private_key",
  "hyperv.vm_password",
  `${NAMED_SECTION}.${ANY_NAME}.password`,
  "proxy.http",
  "proxy.https",
  "proxy.url",
  "notify[].url",
];

/** Whether the value at a path may not be quoted: a secret, or what was probably meant as one. */
export function isHidden(path: KeyPath): boolean {
  if (SECRET_KEYS.includes(generalPath(path)) || (path[0] === NAMED_SECTION && path.length <= 2)) return true;
  return path.length <= (path[0] === "proxy" ? 1 : path[0] === "notify" ? 2 : 0);
}

/** A path as {@linkcode allKeyPaths} has it. */
export function generalPath(path: KeyPath): string {
  const parts = path.map((part, i) => i === 1 && path[0] === NAMED_SECTION ? ANY_NAME : part);
  return formatPath(parts).replaceAll(/\[\d+\]/g, "[]");
}

/** Every key path, with `pools[]` and `templates[]` for entries of lists, and `guest_accounts.NAME`. */
export function allKeyPaths(): string[] {
  return pathsOf(z.toJSONSchema(FILE_SCHEMA, { target: "draft-7", io: "input" }), "");
}

interface SchemaNode {
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly additionalProperties?: unknown;
}

function pathsOf(node: SchemaNode, at: string): string[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, inner]) => {
    const path = at === "" ? name : `${at}.${name}`;
    const { properties, items, additionalProperties } = inner as SchemaNode;
    if (properties !== undefined) return [path, ...pathsOf(inner as SchemaNode, path)];
    for (const [entry, below] of [[items, "[]"], [additionalProperties, `.${ANY_NAME}`]] as const) {
      const known = (entry as SchemaNode | undefined)?.properties;
      if (known !== undefined) return [path, ...pathsOf(entry as SchemaNode, `${path}${below}`)];
    }
    return [path];
  });
}
