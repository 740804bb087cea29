import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { json, ORG, REPO, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

const nothingOwn: Route = () => undefined;
const isToken = (path: string) => path.endsWith("/registration-token");

Deno.test("registrationToken() posts to the account's endpoint and answers the token with its end", async () => {
  for (const [scope, base] of [[ORG, "/orgs/acme"], [REPO, "/repos/acme/shop"]] as const) {
    await withGitHub(nothingOwn, async ({ forge, seen }) => {
      const result = await forge.registrationToken(scope);
      deepEqual(result, {
        outcome: "ok",
        value: { token: "AREGISTRATION2", expiresAt: Date.UTC(2026, 10, 25, 13) },
      });
      const post = seen.find(({ path }) => isToken(path));
      equal(`${post?.method} ${post?.path}`, `POST ${base}/actions/runners/registration-token`);
    });
  }
});

Deno.test("registrationToken() reads GitHub's times with their offset, and logs no token", async () => {
  const pacific: Route = ({ path }) =>
    isToken(path)
      ? json(201, { token: "LLBF3JGZDX3P5PMEXLND6TS6FCWO6", "expires_at": "2026-11-25T05:00:00.123-08:00" })
      : undefined;
  await withGitHub(pacific, async ({ forge, log }) => {
    const { token, expiresAt } = valueOf(await forge.registrationToken(ORG));
    deepEqual([token, expiresAt], ["LLBF3JGZDX3P5PMEXLND6TS6FCWO6", Date.UTC(2026, 10, 25, 13, 0, 0, 123)]);
    match(log.lines.join(), /registration-token/);
    doesNotMatch(log.lines.join(), /LLBF3JGZDX3P5PMEXLND6TS6FCWO6/);
  });
});

Deno.test("registrationToken() says what GitHub refuses, and shows no token of a broken answer", async () => {
  const forbidden: Route = ({ path }) =>
    isToken(path) ? json(403, { message: "Resource not accessible by integration" }) : undefined;
  await withGitHub(forbidden, async ({ forge }) => {
    const result = await forge.registrationToken(ORG);
    equal(result.outcome === "failed" && result.code, "forbidden");
  });
  const broken: Route = ({ path }) => isToken(path) ? json(201, { token: "ASECRETTOKEN" }) : undefined;
  await withGitHub(broken, async ({ forge }) => {
    const result = await forge.registrationToken(ORG);
    equal(result.outcome === "failed" && result.code, "unavailable");
    doesNotMatch(JSON.stringify(result), /ASECRETTOKEN/);
  });
});

Deno.test("registrationToken() is a write: a request that gets no answer is not repeated", async () => {
  let posts = 0;
  const { promise, resolve } = Promise.withResolvers<Response>();
  const hangs: Route = ({ path }) => {
    if (!isToken(path)) return undefined;
    posts++;
    return promise;
  };
  await withGitHub(hangs, async ({ forge }) => {
    equal((await forge.registrationToken(ORG)).outcome, "unknown");
    equal(posts, 1);
    resolve(json(500, {}));
  }, { writeTimeoutMs: 300 });
});
