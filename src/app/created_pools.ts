/** Pools of the configuration that cannot be there together with those that were made at run time. */
import type { Config } from "../config/config.ts";
import { formatProblem, problemAt } from "../config/file/problem.ts";
import { type Clash, clashOf } from "../model/created_pools.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { State } from "../model/state.ts";

/** One line for each such pool, with its place in the file; empty when all go together. */
export function clashesWithCreated(
  config: Config,
  pools: readonly PoolSettings[],
  created: State["created"],
): string[] {
  return pools.flatMap((pool, i) => {
    const clash = clashOf(pool, created.values());
    if (clash === undefined) return [];
    const at = config.at(`pools[${i}].${clash.what === "name" ? "name" : "name_prefix"}`);
    return [formatProblem(problemAt(at, at.path, message(pool, clash), { remedy: remedy(clash) }))];
  });
}

function message({ name, prefix }: PoolSettings, { other, what }: Clash): string {
  return what === "name"
    ? `a pool called ${JSON.stringify(name)} was made at run time, too (hvpool pool create)`
    : `machines called ${prefix}1 and so on could get the name of one of the pool ${
      JSON.stringify(other.name)
    } ` +
      `(${other.prefix}1 and so on), which was made at run time (hvpool pool create)`;
}

function remedy({ other, what }: Clash): string {
  const rename = what === "name"
    ? "another name"
    : "a name_prefix that differs by more than digits at its end";
  return `Delete that one with \`hvpool pool delete ${other.name}\`, also while hvpool is not running, or give the ` +
    `pool of the file ${rename}`;
}
