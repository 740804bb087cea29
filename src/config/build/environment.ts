/** Environment of a pool's runners in the guest. It is journaled: no secret may be in it. */
import { parseWebAddress } from "../check/address.ts";
import { CACHE_VARIABLE } from "../defaults.ts";
import type { KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { given } from "./recorder.ts";

/** All of it goes onto a small config drive. */
const MAX_CHARACTERS = 16_000;

/** Builds the variables of `env:` and of `cache_url`. */
export function buildEnvironment(
  context: BuildContext,
  pool: KeyPath,
  item: PoolValues,
): Record<string, string> {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const path = [...pool, "env"];
  const result: Record<string, string> = {};
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(item.env ?? {})) {
    const at = [...path, name];
    const before = seen.get(name.toLowerCase());
    // deno-lint-ignore no-control-regex
    if (name === "" || /[=\s\0-\x1f]/.test(name)) {
      findings.keyError(at, `${JSON.stringify(name)} cannot be a variable's name`);
    } else if (before !== undefined) {
      findings.keyError(at, `${before} and ${name} are one variable on Windows`, {
        remedy: "Remove one of the two",
      });
    } else if (/^(?:env:[A-Za-z_]|dpapi:|file:(?!\/\/)\S)/.test(value)) {
      findings.error(
        at,
        "a secret cannot be handed to runners here: the environment is kept in the journal",
        {
          remedy: "Use GitHub's own secrets in the workflow",
        },
      );
    } else if (value.includes("\0")) {
      findings.error(at, "a variable's value cannot hold a NUL character");
    } else {
      seen.set(name.toLowerCase(), name);
      result[name] = value;
    }
  }
  if (item.env !== undefined) recorder.record(path, { ...result }, recorder.origin(path));

  const cache = recorder.choose(
    [[[...pool, "cache_url"], given(item.cache_url)], [["runners", "cache_url"], given(runners.cache_url)]],
    undefined,
  );
  if (
    cache.value !== undefined && !findings.wrong(cache.path) && cacheIsRight(context, cache.path, cache.value)
  ) {
    const own = seen.get(CACHE_VARIABLE.toLowerCase());
    if (own !== undefined && result[own] !== cache.value) {
      findings.error([...path, own], "cache_url sets this variable to another value", {
        remedy: "Keep one of the two",
      });
    } else result[CACHE_VARIABLE] = cache.value;
  }
  const characters = Object.entries(result).reduce(
    (sum, [name, value]) => sum + name.length + value.length,
    0,
  );
  if (characters > MAX_CHARACTERS) {
    findings.error(
      path,
      `holds ${characters} characters; at most ${MAX_CHARACTERS} can be handed to a runner`,
    );
  }
  return result;
}

function cacheIsRight(context: BuildContext, path: KeyPath, url: string): boolean {
  const { findings } = context.document;
  const parsed = parseWebAddress(url);
  if ("message" in parsed) {
    findings.error(path, parsed.message, parsed);
    return false;
  }
  if (!url.endsWith("/")) {
    findings.error(path, "must end in /", { suggestion: `${url}/` });
    return false;
  }
  return true;
}
