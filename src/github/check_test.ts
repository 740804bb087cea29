import { equal, match, ok } from "node:assert/strict";
import { json, ORG, REPO, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

const appAnswers =
  (status: number, message: string, headers: Record<string, string> = {}): Route => ({ path }) =>
    path === "/app" ? json(status, status === 200 ? { id: 1 } : { message }, headers) : undefined;

const installation = (status: number, body: unknown): Route => ({ path }) =>
  path.endsWith("/installation") ? json(status, body) : undefined;

const clock = (aheadMs: number) => ({ date: new Date(Date.now() - aheadMs).toUTCString() });

Deno.test("check() answers the installation and how far the clocks are apart", async () => {
  await withGitHub(appAnswers(200, "", clock(20_000)), async ({ forge }) => {
    const { installationId, clockSkewMs } = valueOf(await forge.check(ORG, "windows"));
    equal(installationId, 7);
    ok(Math.abs(clockSkewMs - 20_000) < 5_000);
    equal((await forge.check(REPO, "default")).outcome, "ok");
  });
});

const REFUSED: [name: string, own: Route, code: string, message: RegExp][] = [
  [
    "a wrong key",
    appAnswers(401, "A JSON web token could not be decoded"),
    "unauthorized",
    /app id or the private key is wrong/,
  ],
  ["an unknown app id", appAnswers(404, "Integration not found"), "unauthorized", /github\.app_id/],
  [
    "a clock that GitHub refuses",
    appAnswers(401, "'Expiration time' claim ('exp') is too far in the future"),
    "unauthorized",
    /clock/,
  ],
  [
    "a refusal with a clock ten minutes ahead",
    appAnswers(401, "no", clock(600_000)),
    "unauthorized",
    /60[01] s ahead of GitHub's/,
  ],
  [
    "a clock two minutes behind",
    appAnswers(200, "", clock(-120_000)),
    "unauthorized",
    /s behind GitHub's. Set the clock/,
  ],
  [
    "an app that is not installed",
    installation(404, { message: "Not Found" }),
    "not_found",
    /Install the app on organization acme.*user's account/,
  ],
  [
    "a suspended installation",
    installation(200, { id: 7, "suspended_at": "2026-11-01T00:00:00Z" }),
    "suspended",
    /unsuspend/,
  ],
  [
    "a missing permission",
    installation(200, { id: 7, permissions: { metadata: "read" } }),
    "forbidden",
    /lacks the permission "Self-hosted runners: write"/,
  ],
  [
    "a permission to read only",
    installation(200, { id: 7, permissions: { "organization_self_hosted_runners": "read" } }),
    "forbidden",
    /Self-hosted runners: write/,
  ],
  [
    "a server that is no GitHub",
    ({ path }) => path === "/app" ? new Response("<html>hello</html>") : undefined,
    "unavailable",
    /api\/v3/,
  ],
  [
    "an account at its rate limit",
    ({ path }) => path.includes("runner-groups") ? json(429, {}) : undefined,
    "rate_limited",
    /useless before/,
  ],
];

for (const [name, own, code, message] of REFUSED) {
  Deno.test(`check() refuses ${name} with the remedy`, async () => {
    await withGitHub(own, async ({ forge }) => {
      const result = await forge.check(ORG, "default");
      ok(result.outcome === "failed", JSON.stringify(result));
      equal(result.code, code);
      match(result.message, /^Cannot use organization acme: /);
      match(result.message, message);
    });
  });
}

for (
  const [what, own] of [
    ["knows no app", appAnswers(401, "no", clock(45_000))],
    [
      "has no installation of the app",
      ({ path }: { path: string }) =>
        path === "/app" || path.endsWith("/installation")
          ? json(path === "/app" ? 200 : 404, { id: 1, message: "Not Found" }, clock(45_000))
          : undefined,
    ],
  ] as const satisfies readonly (readonly [string, Route])[]
) {
  Deno.test(`clockSkewMs() is known from a GitHub that ${what}`, async () => {
    await withGitHub(own, async ({ forge }) => {
      equal(forge.clockSkewMs(), undefined);
      equal((await forge.check(ORG, "default")).outcome, "failed");
      ok(Math.abs((forge.clockSkewMs() ?? 0) - 45_000) < 5_000);
    });
  });
}

Deno.test("check() names the permission that a repository needs", async () => {
  await withGitHub(installation(200, { id: 7, permissions: {} }), async ({ forge }) => {
    const result = await forge.check(REPO, "default");
    ok(result.outcome === "failed" && result.code === "forbidden");
    match(result.message, /repository acme\/shop lacks the permission "Administration: write"/);
  });
});

Deno.test("check() refuses a group that does not exist, and any but the default one in a repository", async () => {
  await withGitHub(() => undefined, async ({ forge }) => {
    const none = await forge.check(ORG, "linux");
    ok(none.outcome === "failed" && none.code === "not_found");
    const repo = await forge.check(REPO, "windows");
    ok(repo.outcome === "failed" && repo.code === "invalid");
  });
});

Deno.test("check() sees a permission that was given since the last check", async () => {
  let permissions: Record<string, string> = {};
  const own: Route = ({ path }) =>
    path.endsWith("/installation") ? json(200, { id: 7, permissions }) : undefined;
  await withGitHub(own, async ({ forge }) => {
    equal((await forge.check(ORG, "default")).outcome, "failed");
    permissions = { "organization_self_hosted_runners": "write" };
    equal((await forge.check(ORG, "default")).outcome, "ok");
  });
});
