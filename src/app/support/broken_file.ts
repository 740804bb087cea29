/**
 * What a configuration that cannot be used still tells: values that stand where secrets and names do. It is not in the
 * bundle, but logs and events of better days are.
 */
import { isAbsolute, join } from "node:path";
import { parseDocument } from "yaml";
import type { SecretSource } from "../../config/config.ts";
import type { PrivateName } from "./private_names.ts";

/** What was found. */
export interface BrokenFile {
  readonly secrets: readonly SecretSource[];
  readonly names: readonly PrivateName[];
}

const SECRET_KEY = /pass|secret|token|credential|key|url|^https?$/i;
const NAME_KEYS: readonly (readonly [PrivateName["kind"], RegExp])[] = [
  ["organization", /^(org|organization|owner)$/i],
  ["user", /user(name)?$/i],
  // Without its owner.
  ["repository", /^repo(sitory)?$/i],
];
const MAX_DEPTH = 20;

/** Looks at every text of a file by its key; of one that is no YAML at all, at what a parser makes of it. */
export function lookThrough(text: string, folder: string): BrokenFile {
  const secrets: SecretSource[] = [];
  const names: PrivateName[] = [];
  const visit = (value: unknown, key: string, depth: number): void => {
    if (typeof value === "string" || typeof value === "number") {
      const written = String(value);
      if (SECRET_KEY.test(key)) secrets.push(sourceOf(written, key, folder));
      for (const [kind, pattern] of NAME_KEYS) {
        if (pattern.test(key)) names.push({ kind, name: written });
      }
    } else if (typeof value === "object" && value !== null && depth < MAX_DEPTH) {
      for (const [name, below] of Object.entries(value)) {
        visit(below, Array.isArray(value) ? key : name, depth + 1);
      }
    }
  };
  visit(valueOf(text), "", 0);
  return { secrets, names };
}

function valueOf(text: string): unknown {
  try {
    return parseDocument(text, { strict: false }).toJS({ maxAliasCount: 100 });
  } catch {
    return undefined; // nothing can be made of it, and so nothing could be when hvpool ran
  }
}

function sourceOf(text: string, key: string, folder: string): SecretSource {
  const [, scheme = "", rest = ""] = /^(env|file):\s*(.*)$/is.exec(text) ?? [];
  switch (scheme.toLowerCase()) {
    case "env":
      return { kind: "env", name: rest, key };
    case "file":
      return { kind: "file", file: isAbsolute(rest) ? rest : join(folder, rest), key };
    default:
      return { kind: "plain", reveal: () => text, key };
  }
}
