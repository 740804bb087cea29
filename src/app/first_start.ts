/**
 * At a first start nothing exists that could be kept going: when no pool can run, the program says why and ends
 * before it creates anything. Later, a pool that cannot run fails alone and is tried again.
 */
import type { Config } from "../config/config.ts";
import { formatProblem, type Problem, problemAt } from "../config/file/problem.ts";
import { checkPool, type CheckSubject } from "../controller/check.ts";
import type { Ports } from "../controller/executor.ts";
import { isRegistered } from "../model/rollout.ts";
import type { PoolSettings, Settings } from "../model/settings.ts";

/** The key that a check speaks of. */
function keyOf(about: CheckSubject, index: number): string {
  switch (about) {
    case "host":
      return "hyperv";
    case "switch":
      return `pools[${index}].switch`;
    case "template":
      return `pools[${index}].template`;
    case "group":
      return `pools[${index}].runner_group`;
    case "account":
      return `pools[${index}].scope`;
    default:
      return about satisfies never;
  }
}

/** A template is registered while hvpool runs. */
function canBeMendedRunning({ pool, about }: { pool: PoolSettings; about: CheckSubject }): boolean {
  return about === "template" && isRegistered(pool);
}

/** What keeps every pool from running, one line each; empty when some pool can run, or none is wanted. */
export async function whyNoPoolCanRun(config: Config, settings: Settings, ports: Ports): Promise<string[]> {
  const wanted = settings.pools.filter((pool) => pool.size > 0);
  const { storage } = settings;
  const checks = await Promise.all(
    wanted.map(async (pool) => ({ pool, ...await checkPool(pool, ports, { storage }) })),
  );
  if (checks.length === 0 || checks.some((check) => check.ok || canBeMendedRunning(check))) return [];
  const problems = checks.map(({ pool, about, message }): Problem => {
    const at = config.at(keyOf(about, settings.pools.indexOf(pool)));
    const remedied = message.replace(/\.$/, "");
    return problemAt(at, at.path, `pool "${pool.name}" cannot run: ${remedied}`);
  });
  return [...new Set(problems.map(formatProblem))];
}
