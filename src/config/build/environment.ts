/** Environment of a pool's runners in the guest. It is journaled: no secret may be in it. */
import { parseWebAddress } from "../check/address.ts";
import { CACHE_VARIABLE } from "../../model/settings.ts";
import { formatPath, type KeyPath } from "../file/problem.ts";
import type { PoolValues } from "../schema.ts";
import type { BuildContext } from "./context.ts";
import { proxyVariables } from "./proxy.ts";
import { given } from "./recorder.ts";

/** All of it goes onto a small config drive. */
const MAX_CHARACTERS = 16_000;

/**
 * Builds the variables of a pool: those of `proxy:` and `cache_url`, of `runners.env`, and of its own `env:`,
 * each before the ones ahead of it.
 */
export function buildEnvironment(
  context: BuildContext,
  pool: KeyPath,
  item: PoolValues,
): Record<string, string> {
  const { document: { findings }, values: { runners = {} }, recorder } = context;
  const path = [...pool, "env"];
  const result: Record<string, string> = proxyVariables(context);
  const own = readVariables(context, path, item.env);
  for (const variables of [readVariables(context, ["runners", "env"], runners.env), own]) {
    for (const [name, value] of Object.entries(variables)) {
      const before = Object.keys(result).find((known) => known.toLowerCase() === name.toLowerCase());
      if (before !== undefined) delete result[before];
      result[name] = value;
    }
  }
  const seen = new Map(Object.keys(result).map((name) => [name.toLowerCase(), name]));
  if (item.env !== undefined) recorder.record(path, { ...own }, recorder.origin(path));

  const cache = recorder.choose(
    [[[...pool, "cache_url"], given(item.cache_url)], [["runners", "cache_url"], given(runners.cache_url)]],
    undefined,
  );
  if (
    cache.value !== undefined && !findings.wrong(cache.path) && cacheIsRight(context, cache.path, cache.value)
  ) {
    const written = seen.get(CACHE_VARIABLE.toLowerCase());
    if (written !== undefined && result[written] !== cache.value) {
      const inPool = Object.hasOwn(own, written);
      findings.error(
        [...(inPool ? path : ["runners", "env"]), written],
        "cache_url sets this variable to another value",
        { remedy: "Keep one of the two" },
      );
    } else result[CACHE_VARIABLE] = cache.value;
    warnOfCache(context, cache.path);
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

/** Reads the variables written at a path; says what is wrong with them, once. */
function readVariables(
  context: BuildContext,
  path: KeyPath,
  written: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const { findings } = context.document;
  const result: Record<string, string> = {};
  const seen = new Map<string, string>();
  for (const [name, value] of Object.entries(written)) {
    const at = [...path, name];
    const before = seen.get(name.toLowerCase());
    // What several pools inherit is looked at for each of them.
    if (findings.wrong(at)) continue;
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
  return result;
}

function warnOfCache(context: BuildContext, path: KeyPath): void {
  const { findings } = context.document;
  const where = formatPath(path);
  if (findings.warnings.some((warning) => warning.path === where)) return;
  findings.warn(path, `GitHub's own runner does not read ${CACHE_VARIABLE}, so its caches stay at GitHub`, {
    remedy:
      "Remove the key, unless your image has a runner that was changed for it: hyperv-runner-pool meant to change the " +
      "program in the guest, which never worked, and hvpool leaves GitHub's program as it is",
  });
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
