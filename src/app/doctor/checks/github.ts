/** GitHub: reached, the app installed and permitted, runner groups, the rate. */
import type { PoolSettings } from "../../../model/settings.ts";
import { type Check, fail, notKnown, ok, sentence, warn } from "../check.ts";
import type { GitHubFacts, PoolKeys, ScopeFacts } from "../facts.ts";

/** From here on the clock is worth a look … */
export const SKEW_WARN_MS = 30_000;
/** … and from here on GitHub refuses signatures. */
export const SKEW_FAIL_MS = 60_000;
/** Below this share of the hour's requests something else uses up the account. */
const LOW_RATE = 0.1;

const SET_CLOCK =
  "Set this machine's clock: w32tm /resync (and check its time source: w32tm /query /status).";

/** What the clocks are judged by. */
type Clocks = Pick<GitHubFacts, "scopes" | "clockSkewMs">;

/** How far GitHub's clock is from ours at most; `refused`: so far that GitHub was not asked further. */
export function skewOf(
  { scopes, clockSkewMs }: Clocks,
): { skewMs: number } | { refused: string } | undefined {
  // Also of an answer that refused everything else.
  let skewMs = clockSkewMs;
  for (const { check } of scopes) {
    if (check.outcome === "ok") {
      const own = check.value.clockSkewMs;
      if (skewMs === undefined || Math.abs(own) > Math.abs(skewMs)) skewMs = own;
    } else if (
      check.outcome === "failed" && check.code === "unauthorized" && /\bclock\b/i.test(check.message)
    ) {
      return { refused: check.message };
    }
  }
  return skewMs === undefined ? undefined : { skewMs };
}

/** Whether GitHub said anything at all. */
function answered({ check }: ScopeFacts): boolean {
  return check.outcome === "ok" || (check.outcome === "failed" && check.code !== "unavailable");
}

/** `github` */
export function checkGitHub(clocks: Clocks): Check {
  const { scopes } = clocks;
  if (scopes.length === 0) return ok("github", "No pool needs it.");
  const silent = scopes.find((scope) => !answered(scope));
  if (silent !== undefined && silent.check.outcome !== "ok") {
    return fail(
      "github",
      sentence(silent.check.message),
      "Look at `outbound`, at proxies and certificates, and at https://www.githubstatus.com.",
    );
  }
  const skew = skewOf(clocks);
  if (skew === undefined) return ok("github", "It answers; how far the clocks are apart is not known.");
  if ("refused" in skew) return fail("github", sentence(skew.refused), SET_CLOCK);
  const message = `It answers; its clock is ${seconds(skew.skewMs)} from ours.`;
  if (Math.abs(skew.skewMs) > SKEW_FAIL_MS) return fail("github", message, SET_CLOCK);
  return Math.abs(skew.skewMs) > SKEW_WARN_MS ? warn("github", message, SET_CLOCK) : ok("github", message);
}

/** `time` */
export function checkTime(clocks: Clocks): Check {
  const skew = skewOf(clocks);
  if (skew === undefined) return warn("time", "not known: GitHub told no time.", "Mend `github` first.");
  if ("refused" in skew) {
    const measured = clocks.clockSkewMs === undefined
      ? "wrong"
      : `${seconds(clocks.clockSkewMs)} from GitHub's`;
    return fail("time", `The clock of this machine is ${measured}, and GitHub refuses it.`, SET_CLOCK);
  }
  const message = `The clock of this machine is ${seconds(skew.skewMs)} from GitHub's.`;
  if (Math.abs(skew.skewMs) > SKEW_FAIL_MS) return fail("time", message, SET_CLOCK);
  return Math.abs(skew.skewMs) > SKEW_WARN_MS ? warn("time", message, SET_CLOCK) : ok("time", message);
}

function seconds(ms: number): string {
  return `${Math.round(Math.abs(ms) / 1_000)} s`;
}

/** `app` */
export function checkApp(clocks: Clocks): Check {
  const { scopes } = clocks;
  if (scopes.length === 0) return ok("app", "No pool needs it.");
  const skew = skewOf(clocks);
  if (skew !== undefined && "refused" in skew) return notKnown("app", "GitHub refuses our clock", "time");
  const silent = scopes.find((scope) => !answered(scope));
  if (silent !== undefined) return notKnown("app", `GitHub did not answer for ${silent.scope}`, "github");
  const refused = scopes.flatMap(({ check }) => check.outcome === "failed" ? [sentence(check.message)] : []);
  if (refused.length === 0) {
    return ok("app", `The app is installed and permitted on ${scopes.map(({ scope }) => scope).join(", ")}.`);
  }
  return fail(
    "app",
    refused.join(" "),
    "Mend it in the app's settings at GitHub, or correct the section github.",
  );
}

const ALLOW = "Allow it at GitHub, in the organization's settings: Actions, Runner groups.";
/** More names say nothing new. */
const NAMED = 5;

/** `group:<pool>` of an organization: who may use it. */
function checkAccess(id: string, about: string, access: GitHubFacts["access"], pool: PoolSettings): Check {
  const answer = access?.get(pool.name);
  const look = (why: string) =>
    warn(
      id,
      `${about} exists. Which repositories may use it is not known: ${sentence(why)}`,
      "Look at it at GitHub, in the organization's settings: Actions, Runner groups.",
    );
  if (answer === undefined) return look("GitHub was not asked");
  if (answer.outcome !== "ok") return look(answer.message);
  const { visibility, selected, allowsPublic, workflows } = answer.value;
  if (workflows !== undefined && workflows.length === 0) {
    return fail(id, `${about} is open to selected workflows alone, and none is selected.`, ALLOW);
  }
  const rest = workflows === undefined ? "" : ` It takes these workflows alone: ${shortly(workflows)}.`;
  const notPublic = allowsPublic === false ? " but public ones" : "";
  switch (visibility) {
    case undefined:
      // Older servers do not tell; nothing is wrong with the group.
      return ok(id, `${about} exists. This server does not tell which repositories may use it.${rest}`);
    case "all":
      return ok(id, `${about} exists, and all repositories${notPublic} may use it.${rest}`);
    case "private":
      return ok(id, `${about} exists, and all repositories that are not public may use it.${rest}`);
    case "selected":
      if (selected === undefined || typeof selected === "string") {
        return look(selected ?? "GitHub did not say");
      }
      if (selected.count === 0) {
        return fail(
          id,
          `${about} is open to selected repositories alone, and none is selected: no job comes.`,
          ALLOW,
        );
      }
      return ok(
        id,
        `${about} exists, and these repositories may use it: ${
          shortly(selected.names, selected.count)
        }.${rest}`,
      );
    default:
      return visibility satisfies never;
  }
}

function shortly(names: readonly string[], count = names.length): string {
  const shown = names.slice(0, NAMED);
  return `${shown.join(", ")}${count > shown.length ? ` and ${count - shown.length} more` : ""}`;
}

/** `group:<pool>`; `keys`: where the pool's group is written. */
export function checkGroup(
  { groups, scopes, access }: GitHubFacts,
  pool: PoolSettings,
  { group: key = "runner_group" }: PoolKeys = {},
): Check {
  const id = `group:${pool.name}`;
  const check = groups.get(pool.name);
  const account = scopes.find(({ scope }) => scope === pool.scope)?.check;
  if (check === undefined || account?.outcome !== "ok") {
    return notKnown(id, "the account cannot be used", "app");
  }
  if (check.outcome === "failed" && check.code !== "unavailable") {
    return fail(
      id,
      sentence(check.message),
      `Correct ${key}, or make the group and allow it to this account.`,
    );
  }
  if (check.outcome !== "ok") return notKnown(id, check.message, "github");
  const about = `The runner group "${pool.group}" of ${pool.scope}`;
  if (pool.scope.startsWith("orgs/")) return checkAccess(id, about, access, pool);
  return ok(id, `${about} is the one of its repository.`);
}

/** `rate` */
export function checkRate({ scopes }: Pick<GitHubFacts, "scopes">): Check {
  const known = scopes.flatMap(({ scope, rate }) => rate === undefined ? [] : [{ scope, ...rate }]);
  const scarcest = known.toSorted((a, b) => a.remaining / a.limit - b.remaining / b.limit)[0];
  if (scarcest === undefined) return ok("rate", "not known: GitHub told no rate.");
  const { scope, remaining, limit, resetAt } = scarcest;
  const message = `${remaining} of ${limit} requests an hour are left for ${scope} until ${
    new Date(resetAt).toISOString()
  }.`;
  const remedy = "Find out who else uses this app's installation: hvpool needs a few hundred an hour.";
  if (remaining === 0) return fail("rate", message, remedy);
  return remaining < limit * LOW_RATE ? warn("rate", message, remedy) : ok("rate", message);
}
