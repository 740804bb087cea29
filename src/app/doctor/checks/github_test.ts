import type { ScopeKey } from "../../../model/ids.ts";
import type { ForgeResult, GroupAccess } from "../../../ports/forge.ts";
import type { Check } from "../check.ts";
import { checkApp, checkGitHub, checkGroup, checkRate, checkTime } from "./github.ts";
import { FAILED, github, pool, scope, UNKNOWN } from "./samples_fixture.ts";
import { table } from "./table_fixture.ts";

const skew = (clockSkewMs: number) =>
  ({ check: { outcome: "ok", value: { installationId: 7, clockSkewMs } } }) as const;
const clockRefused = {
  check: {
    outcome: "failed",
    code: "unauthorized",
    message: "Cannot use acme: this machine's clock is 600 s ahead of GitHub's",
  },
} as const;
const notInstalled = {
  outcome: "failed",
  code: "not_found",
  message: "Cannot use acme: install the app",
} as const;

table("github", [
  ["an answer", () => checkGitHub(github()), "ok", /0 s from ours/],
  ["an app that is not installed", () => checkGitHub(github({ check: notInstalled })), "ok", /answers/],
  ["30 s", () => checkGitHub(github(skew(-30_000))), "ok", /30 s/],
  ["31 s", () => checkGitHub(github(skew(-31_000))), "warn", /31 s.*w32tm/],
  ["61 s", () => checkGitHub(github(skew(61_000))), "fail", /61 s.*w32tm/],
  ["a refusal because of the clock", () => checkGitHub(github(clockRefused)), "fail", /600 s ahead.*w32tm/],
  ["GitHub in trouble", () => checkGitHub(github({ check: FAILED })), "fail", /nobody answers.*githubstatus/],
  ["no answer", () => checkGitHub(github({ check: UNKNOWN })), "fail", /no answer/],
  ["no pools", () => checkGitHub({ scopes: [] }), "ok", /No pool/],
]);

table("time", [
  ["a good clock", () => checkTime(github()), "ok", /0 s from GitHub's/],
  ["45 s", () => checkTime(github(skew(45_000))), "warn", /w32tm/],
  ["a refusal", () => checkTime(github(clockRefused)), "fail", /w32tm/],
  [
    "a refusal by a clock that was measured",
    () => checkTime({ ...github(clockRefused), clockSkewMs: 600_000 }),
    "fail",
    /600 s from GitHub's/,
  ],
  [
    "45 s where the app is not installed",
    () => checkTime({ ...github({ check: notInstalled }), clockSkewMs: 45_000 }),
    "warn",
    /45 s/,
  ],
  [
    "a good clock where the app is not installed",
    () => checkTime({ ...github({ check: notInstalled }), clockSkewMs: -2_000 }),
    "ok",
    /2 s from/,
  ],
  ["silence", () => checkTime(github({ check: UNKNOWN })), "warn", /not known/],
]);

table("app", [
  ["an installed app", () => checkApp(github()), "ok", /orgs\/acme/],
  ["a missing installation", () => checkApp(github({ check: notInstalled })), "fail", /install the app\./],
  ["a clock that GitHub refuses", () => checkApp(github(clockRefused)), "warn", /not known.*`time`/],
  ["silence", () => checkApp(github({ check: FAILED })), "warn", /not known.*`github`/],
  ["no pools", () => checkApp({ scopes: [] }), "ok", /No pool/],
]);

const wrongGroup = { outcome: "failed", code: "not_found", message: 'there is no runner group "x"' } as const;
/** What is said of a group that is there, and open to whom the answer says. */
function open(answer: ForgeResult<GroupAccess>): Check {
  const access = new Map([["ci", answer]]);
  return checkGroup({ ...github({}, [["ci", scope().check]]), access }, pool({ group: "x" }));
}
const may = (value: GroupAccess) => open({ outcome: "ok", value });
const repos = (...names: string[]) => ({
  visibility: "selected" as const,
  selected: { names, count: names.length },
});

table("group:ci", [
  [
    "a group for all",
    () => may({ visibility: "all" }),
    "ok",
    /"x" of orgs\/acme exists, and all repositories may/,
  ],
  [
    "a group for all but public repositories",
    () => may({ visibility: "all", allowsPublic: false }),
    "ok",
    /all repositories but public ones/,
  ],
  ["a group for private repositories", () => may({ visibility: "private" }), "ok", /not public/],
  [
    "a group for two repositories",
    () => may(repos("acme/a", "acme/b")),
    "ok",
    /may use it: acme\/a, acme\/b\./,
  ],
  [
    "a group for many",
    () => may({ visibility: "selected", selected: { names: ["a", "b", "c", "d", "e", "f"], count: 230 } }),
    "ok",
    /a, b, c, d, e and 225 more/,
  ],
  ["a group for nobody", () => may(repos()), "fail", /none is selected.*Actions, Runner groups/],
  [
    "a group whose repositories may not be listed",
    () => may({ visibility: "selected", selected: "GitHub answered 403" }),
    "warn",
    /exists\. .*not known: GitHub answered 403\./,
  ],
  ["a group whose access may not be read", () => open(FAILED), "warn", /not known: nobody answers\./],
  ["a server that does not tell", () => may({}), "ok", /exists.*does not tell/],
  [
    "a group for one workflow",
    () => may({ visibility: "all", workflows: ["acme/a/.github/workflows/x.yml@main"] }),
    "ok",
    /workflows alone: acme\/a/,
  ],
  ["a group for no workflow", () => may({ visibility: "all", workflows: [] }), "fail", /none is selected/],
  [
    "the group of a repository",
    () =>
      checkGroup(
        {
          scopes: [scope({ scope: "repos/acme/shop" as ScopeKey })],
          groups: new Map([["ci", scope().check]]),
        },
        pool({ scope: "repos/acme/shop" as ScopeKey, group: "default" }),
      ),
    "ok",
    /one of its repository/,
  ],
  [
    "a wrong group of one pool",
    () => checkGroup(github({}, [["ci", wrongGroup]]), pool(), { group: "pools[1].runner_group" }),
    "fail",
    /Correct pools\[1\]\.runner_group/,
  ],
  [
    "a wrong group",
    () => checkGroup(github({}, [["ci", wrongGroup]]), pool()),
    "fail",
    /no runner group.*runner_group/,
  ],
  [
    "an account that cannot be used",
    () => checkGroup(github({ check: notInstalled }, [["ci", notInstalled]]), pool()),
    "warn",
    /`app`/,
  ],
  ["silence", () => checkGroup(github({}, [["ci", UNKNOWN]]), pool()), "warn", /not known.*`github`/],
]);

const rate = (remaining: number) => ({ rate: { limit: 5_000, remaining, resetAt: 0 } });
table("rate", [
  ["plenty", () => checkRate(github()), "ok", /4900 of 5000/],
  ["a little", () => checkRate(github(rate(499))), "warn", /499 of 5000/],
  ["nothing left", () => checkRate(github(rate(0))), "fail", /0 of 5000/],
  ["the scarcest of two", () => checkRate({ scopes: [scope(), scope(rate(1))] }), "warn", /1 of 5000/],
  ["no answer yet", () => checkRate(github({ rate: undefined })), "ok", /not known/],
]);
