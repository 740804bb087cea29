/** Asks GitHub what the checks want to know; nothing is changed there. */
import type { PoolSettings } from "../../../model/settings.ts";
import type { ForgePort, ForgeResult, GroupAccess } from "../../../ports/forge.ts";
import type { GitHubFacts, ScopeFacts } from "../facts.ts";

const DEFAULT_GROUP = "default";

/** Asks for every account and group that pools of runners name; agent pools have none. */
export async function gatherGitHub(
  forge: ForgePort,
  all: readonly Pick<PoolSettings, "name" | "kind" | "scope" | "group">[],
): Promise<GitHubFacts> {
  const pools = all.filter(({ kind }) => kind === "runner");
  const names = [...new Set(pools.map(({ scope }) => scope))];
  const scopes = await Promise.all(names.map(async (scope): Promise<ScopeFacts> => {
    const check = await asked(() => forge.check(scope, DEFAULT_GROUP));
    const releases = await asked(() => forge.downloads(scope));
    return { scope, check, releases, rate: forge.rate(scope) };
  }));
  const groups = new Map<string, ScopeFacts["check"]>();
  const access = new Map<string, ForgeResult<GroupAccess>>();
  for (const pool of pools) {
    const known = scopes.find(({ scope }) => scope === pool.scope)?.check;
    const isDefault = pool.group.toLowerCase() === DEFAULT_GROUP;
    const check = isDefault && known !== undefined
      ? known
      : await asked(() => forge.check(pool.scope, pool.group));
    groups.set(pool.name, check);
    // A repository has no groups of its own.
    if (check.outcome === "ok" && pool.scope.startsWith("orgs/")) {
      access.set(pool.name, await asked(() => forge.access(pool.scope, pool.group)));
    }
  }
  const clockSkewMs = forge.clockSkewMs();
  return { scopes, groups, access, ...(clockSkewMs === undefined ? {} : { clockSkewMs }) };
}

/** A doctor outlives the mistakes that it looks for. */
async function asked<V>(question: () => Promise<ForgeResult<V>>): Promise<ForgeResult<V>> {
  try {
    return await question();
  } catch (error) {
    return { outcome: "unknown", message: error instanceof Error ? error.message : String(error) };
  }
}
