import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { json, ORG, registration, REPO, type Route, withGitHub } from "./testserver_test_support.ts";

const nothingOwn: Route = () => undefined;
const isJit = (path: string) => path.endsWith("/generate-jitconfig");
const jit = (answer: () => Response | Promise<Response>): Route => ({ path }) =>
  isJit(path) ? answer() : undefined;

Deno.test("register() sends name, group number, labels and work folder, and answers the JIT configuration", async () => {
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    const result = await forge.register(registration(ORG, "windows"));
    deepEqual(result, { outcome: "ok", value: { runnerId: 101, jitConfig: "SECRETJIT101" } });
    const post = seen.find(({ path }) => isJit(path));
    equal(post?.path, "/orgs/acme/actions/runners/generate-jitconfig");
    deepEqual(post?.body, {
      name: "runner-1-0123abcd-1.1",
      "runner_group_id": 9,
      labels: ["self-hosted", "windows"],
      "work_folder": "_work",
    });
  });
});

Deno.test("register() sends the headers that GitHub asks for", async () => {
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    await forge.register(registration());
    for (const { headers } of seen) {
      match(headers.get("user-agent") ?? "", /^hvpool\/0\.0\.0-test /);
      equal(headers.get("accept"), "application/vnd.github+json");
      equal(headers.get("x-github-api-version"), "2022-11-28");
      match(headers.get("authorization") ?? "", /^Bearer /);
    }
    const post = seen.find(({ path }) => isJit(path));
    match(post?.headers.get("content-type") ?? "", /application\/json/);
    equal(post?.headers.get("authorization"), "Bearer ghs_testtoken1abcdefgh");
  });
});

Deno.test("register() looks installation, token and group up once for many runners at the same time", async () => {
  await withGitHub(nothingOwn, async ({ forge, count }) => {
    const results = await Promise.all(Array.from({ length: 30 }, () => forge.register(registration())));
    ok(results.every(({ outcome }) => outcome === "ok"));
    equal(count("GET /orgs/acme/installation"), 1);
    equal(count("POST /app/installations/7/access_tokens"), 1);
    equal(count("GET /orgs/acme/actions/runner-groups"), 1);
    equal(count("POST /orgs/acme/actions/runners/generate-jitconfig"), 30);
  });
});

Deno.test("register() has twenty writes under way at once: Octokit does not put them in a row", async () => {
  let underWay = 0;
  let most = 0;
  const full = Promise.withResolvers<void>();
  const slow = jit(async () => {
    most = Math.max(most, ++underWay);
    if (underWay === 20) full.resolve();
    await full.promise;
    underWay--;
    return json(201, { runner: { id: 1 }, "encoded_jit_config": "x" });
  });
  await withGitHub(slow, async ({ forge }) => {
    await Promise.all(Array.from({ length: 40 }, () => forge.register(registration())));
    equal(most, 20);
  });
});

Deno.test("register() in a repository uses the default group without asking", async () => {
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    equal((await forge.register(registration(REPO, "Default"))).outcome, "ok");
    const post = seen.find(({ path }) => isJit(path));
    equal(post?.path, "/repos/acme/shop/actions/runners/generate-jitconfig");
    equal((post?.body as { "runner_group_id": number })["runner_group_id"], 1);
    equal(seen.some(({ path }) => path.includes("runner-groups")), false);
  });
});

Deno.test("register() in a repository with another group is invalid and sends nothing", async () => {
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    const result = await forge.register(registration(REPO, "windows"));
    ok(result.outcome === "failed" && result.code === "invalid");
    match(
      result.message,
      /Cannot register runner "runner-1-0123abcd-1\.1" in repository acme\/shop.*only the default group/,
    );
    equal(seen.some(({ path }) => isJit(path)), false);
  });
});

for (
  const [group, id] of [["default", 3], ["DEFAULT", 3], ["Default", 3], ["", 3], ["windows", 9]] as const
) {
  Deno.test(`register() takes group "${group}" for number ${id}`, async () => {
    await withGitHub(nothingOwn, async ({ forge, seen }) => {
      await forge.register(registration(ORG, group));
      const post = seen.find(({ path }) => isJit(path));
      equal((post?.body as { "runner_group_id": number })["runner_group_id"], id);
    });
  });
}

Deno.test("register() names the groups there are when the wished one is missing", async () => {
  await withGitHub(nothingOwn, async ({ forge }) => {
    const result = await forge.register(registration(ORG, "Windows"));
    ok(result.outcome === "failed" && result.code === "not_found");
    match(result.message, /no runner group "Windows"; the app sees "Default", "windows"/);
  });
});

Deno.test("register() looks a group up again when GitHub no longer knows its number", async () => {
  let groupId = 3;
  const own: Route = ({ path, body }) => {
    if (path.includes("runner-groups")) {
      return json(200, { "runner_groups": [{ id: groupId, name: "Default", default: true }] });
    }
    if (!isJit(path) || (body as { "runner_group_id": number })["runner_group_id"] === groupId) {
      return undefined;
    }
    return json(404, { message: "Not Found" });
  };
  await withGitHub(own, async ({ forge, count }) => {
    await forge.register(registration());
    groupId = 4;
    equal((await forge.register(registration())).outcome, "ok");
    equal(count("GET /orgs/acme/actions/runner-groups"), 2);
    equal(count("POST /orgs/acme/actions/runners/generate-jitconfig"), 3);
  });
});

const REFUSALS: [
  status: number,
  body: unknown,
  headers: Record<string, string>,
  code: string,
  message: RegExp,
][] = [
  [409, { message: "Already exists" }, {}, "conflict", /409 "Already exists".*AB12:34/],
  [
    422,
    { message: "Invalid request", errors: [{ message: "labels is empty" }] },
    {},
    "invalid",
    /labels is empty/,
  ],
  [
    403,
    { message: "Resource not accessible by integration" },
    {},
    "forbidden",
    /"Self-hosted runners: write"/,
  ],
  [403, { message: "This installation has been suspended" }, {}, "suspended", /unsuspend/],
  [404, { message: "Not Found" }, {}, "not_found", /organization acme exists/],
  [
    403,
    { message: "You have exceeded a secondary rate limit" },
    { "retry-after": "30" },
    "rate_limited",
    /useless before/,
  ],
  [429, { message: "slow down" }, {}, "rate_limited", /useless before/],
  [
    503,
    "<html><body>No server is currently available</body></html>",
    {},
    "unavailable",
    /No server is currently/,
  ],
];

for (const [status, body, headers, code, message] of REFUSALS) {
  Deno.test(`register() answers ${status} ${JSON.stringify(body)} as ${code} after one request`, async () => {
    await withGitHub(jit(() => json(status, body, headers)), async ({ forge, seen }) => {
      const before = Date.now();
      const result = await forge.register(registration());
      ok(result.outcome === "failed", result.outcome);
      equal(result.code, code);
      match(result.message, message);
      equal(seen.filter(({ path }) => isJit(path)).length, 1);
      equal(result.retryAt !== undefined, code === "rate_limited");
      if (headers["retry-after"] === "30") {
        ok(result.retryAt !== undefined && result.retryAt >= before + 30_000);
      }
    });
  });
}

for (const status of [500, 502, 504]) {
  Deno.test(`register() answers ${status} as unknown, since the runner may exist, after one request`, async () => {
    await withGitHub(jit(() => json(status, { message: "oops" })), async ({ forge, seen }) => {
      const result = await forge.register(registration());
      equal(result.outcome, "unknown");
      equal(seen.filter(({ path }) => isJit(path)).length, 1);
    });
  });
}

Deno.test("register() names the repository's permission in a repository", async () => {
  await withGitHub(jit(() => json(403, { message: "no" })), async ({ forge }) => {
    const result = await forge.register(registration(REPO));
    ok(result.outcome === "failed" && result.code === "forbidden");
    match(result.message, /"Administration: write"/);
  });
});

Deno.test("register() is unknown when the answer takes too long", async () => {
  const never = Promise.withResolvers<Response>();
  await withGitHub(jit(() => never.promise), async ({ forge }) => {
    const result = await forge.register(registration());
    equal(result.outcome, "unknown");
    ok(result.outcome === "unknown");
    match(result.message, /no answer within/);
  }, { writeTimeoutMs: 300 });
});

Deno.test("register() is unknown when the answer cannot be read, since the runner exists", async () => {
  await withGitHub(jit(() => json(201, { runner: {} })), async ({ forge }) => {
    equal((await forge.register(registration())).outcome, "unknown");
  });
});

Deno.test("register() is unavailable when GitHub cannot be reached at all", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const apiUrl = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  await withGitHub(nothingOwn, async ({ forge }) => {
    const result = await forge.register(registration());
    ok(result.outcome === "failed" && result.code === "unavailable");
    match(result.message, /could not be reached.*refused/i);
  }, { apiUrl });
});

Deno.test("register() is unavailable when what it asks first takes too long: nothing can have been changed", async () => {
  const never = Promise.withResolvers<Response>();
  const own: Route = ({ path }) => path === "/orgs/acme/installation" ? never.promise : undefined;
  await withGitHub(own, async ({ forge, count }) => {
    const result = await forge.register(registration());
    ok(result.outcome === "failed" && result.code === "unavailable");
    equal(count("GET /orgs/acme/installation"), 1);
  }, { readTimeoutMs: 100 });
});

Deno.test("register() asks nothing more of a limited account until the time has come", async () => {
  await withGitHub(jit(() => json(429, {}, { "retry-after": "60" })), async ({ forge, seen }) => {
    await forge.register(registration());
    const before = seen.length;
    const [again, list] = await Promise.all([forge.register(registration()), forge.list(ORG)]);
    ok(again.outcome === "failed" && again.code === "rate_limited" && again.retryAt !== undefined);
    ok(list.outcome === "failed" && list.code === "rate_limited");
    equal(seen.length, before);
  });
});

Deno.test("register() says rate_limited, and sends nothing, when leave to write does not come in time", async () => {
  const writeLimits = { perMinute: 1, burst: 1, atOnce: 1 };
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    equal((await forge.register(registration())).outcome, "ok");
    const result = await forge.register(registration());
    ok(result.outcome === "failed" && result.code === "rate_limited");
    ok(result.retryAt !== undefined && result.retryAt > Date.now() + 30_000);
    equal(seen.filter(({ path }) => isJit(path)).length, 1);
  }, { writeLimits, writeTimeoutMs: 300 });
});

Deno.test("register() escapes what a scope's names hold", async () => {
  await withGitHub(nothingOwn, async ({ forge, seen }) => {
    await forge.register(registration("orgs/a{b}?c" as ScopeKey));
    equal(seen[0]?.path, "/orgs/a%7Bb%7D%3Fc/installation");
  });
});
