import { deepEqual, equal, match, ok } from "node:assert/strict";
import { json, ORG, REPO, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

const row = (id: number) => ({
  id,
  name: `runner-${id}`,
  os: "windows",
  status: id % 2 === 0 ? "online" : "offline",
  busy: id % 3 === 0,
  labels: [{ id: 1, name: "self-hosted", type: "read-only" }],
});

/** Serves runners in pages, with or without the `Link` header. */
function pages(count: () => number, link: boolean): Route {
  return ({ method, path }) => {
    const query = /\/actions\/runners\?(.*)$/.exec(path)?.[1];
    if (method !== "GET" || query === undefined) return undefined;
    const page = Number(new URLSearchParams(query).get("page"));
    const perPage = Number(new URLSearchParams(query).get("per_page"));
    const all = Array.from({ length: count() }, (_, i) => row(i + 1));
    const runners = all.slice((page - 1) * perPage, page * perPage);
    const next = page * perPage < all.length ? '<http://127.0.0.1/x?page=9>; rel="next"' : '<x>; rel="first"';
    return json(200, { "total_count": all.length, runners }, link ? { link: next } : {});
  };
}

Deno.test("list() answers what the port promises of a runner", async () => {
  const runner = { ...row(6), version: "2.336.0", "runner_group_id": 1, ephemeral: true };
  const own: Route = ({ path }) => path.includes("runners?") ? json(200, { runners: [runner] }) : undefined;
  await withGitHub(own, async ({ forge }) => {
    deepEqual(valueOf(await forge.list(REPO)), [
      { id: 6, name: "runner-6", status: "online", busy: true, labels: ["self-hosted"], version: "2.336.0" },
    ]);
  });
});

for (const link of [true, false]) {
  for (const count of [0, 1, 100, 101, 250]) {
    Deno.test(`list() finds all of ${count} runners ${link ? "by links" : "without links"}`, async () => {
      await withGitHub(pages(() => count, link), async ({ forge, seen }) => {
        equal(valueOf(await forge.list(ORG)).length, count);
        ok(seen.some(({ path }) => path.includes("per_page=100")));
      });
    });
  }
}

Deno.test("list() goes on to the end when runners come while the pages are walked", async () => {
  let count = 150;
  const own = pages(() => count, true);
  await withGitHub((seen) => {
    const answer = own(seen);
    if (answer !== undefined) count += 60;
    return answer;
  }, async ({ forge }) => {
    const rows = valueOf(await forge.list(ORG));
    equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    ok(rows.length >= 200);
  });
});

Deno.test("list() fails as a whole when a page fails", async () => {
  const own = pages(() => 250, true);
  await withGitHub(
    (seen) => seen.path.includes("page=2") ? json(500, { message: "oops" }) : own(seen),
    async (github) => {
      const result = await github.forge.list(ORG);
      ok(result.outcome === "failed" && result.code === "unavailable");
      match(result.message, /Cannot list the runners of organization acme: GitHub answered 500 "oops"/);
      equal(github.count("GET /orgs/acme/actions/runners?per_page=100&page=2"), 3);
    },
  );
});

Deno.test("list() fails when an answer is no list", async () => {
  for (const body of [{}, { runners: null }, [], "x"]) {
    await withGitHub(
      ({ path }) => path.includes("runners?") ? json(200, body) : undefined,
      async ({ forge }) => {
        const result = await forge.list(ORG);
        ok(result.outcome === "failed" && result.code === "unavailable");
      },
    );
  }
});

Deno.test("list() repeats a read that failed for a moment", async () => {
  let failures = 2;
  const own: Route = ({ path }) => path.includes("runners?") && failures-- > 0 ? json(502, {}) : undefined;
  await withGitHub(own, async ({ forge }) => {
    deepEqual(valueOf(await forge.list(ORG)), []);
  });
});

Deno.test("list() does not repeat a read that timed out", async () => {
  const never = Promise.withResolvers<Response>();
  await withGitHub(
    ({ path }) => path.includes("runners?") ? never.promise : undefined,
    async ({ forge, count }) => {
      const result = await forge.list(ORG);
      ok(result.outcome === "failed" && result.code === "unavailable");
      match(result.message, /no answer within/);
      equal(count("GET /orgs/acme/actions/runners?"), 1);
    },
    { readTimeoutMs: 150 },
  );
});

Deno.test("list() answers a rate limit at once, with the time of its end", async () => {
  const reset = Math.floor(Date.now() / 1000) + 900;
  const headers = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "0",
    "x-ratelimit-reset": String(reset),
  };
  const own: Route = ({ path }) =>
    path.includes("runners?") ? json(403, { message: "API rate limit exceeded" }, headers) : undefined;
  await withGitHub(own, async ({ forge, count }) => {
    const result = await forge.list(ORG);
    ok(result.outcome === "failed" && result.code === "rate_limited" && result.retryAt !== undefined);
    ok(Math.abs(result.retryAt - reset * 1000) <= 2_000);
    equal(count("GET /orgs/acme/actions/runners?"), 1);
    deepEqual(forge.rate(ORG), { limit: 5000, remaining: 0, resetAt: reset * 1000 });
  });
});

Deno.test("rate() is undefined before the first answer, and shared by the scopes of one installation", async () => {
  const headers = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "4999",
    "x-ratelimit-reset": "1800000000",
  };
  const own: Route = ({ path }) =>
    path.includes("runners?") ? json(200, { runners: [] }, headers) : undefined;
  await withGitHub(own, async ({ forge }) => {
    equal(forge.rate(ORG), undefined);
    await forge.list(ORG);
    equal(forge.rate(REPO), undefined);
    await forge.list(REPO);
    deepEqual(forge.rate(REPO), { limit: 5000, remaining: 4999, resetAt: 1_800_000_000_000 });
  });
});
