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
table("group:ci", [
  [
    "a group that is there",
    () => checkGroup(github({}, [["ci", scope().check]]), pool({ group: "x" })),
    "ok",
    /"x" exists.*not known here/,
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
