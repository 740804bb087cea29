import type { RestEndpointMethodTypes } from "@octokit/rest";
import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { json, ORG, REPO, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

/** GitHub's own description of the endpoint: its parameters, and one row of its answer. */
type Endpoint = RestEndpointMethodTypes["actions"]["listJobsForWorkflowRunAttempt"];
type Row = Endpoint["response"]["data"]["jobs"][number];

const row = (id: number, over: Partial<Row> = {}): Row => ({
  id,
  name: "build (x64)",
  status: "completed",
  conclusion: "failure",
  "run_id": 77,
  "run_url": "https://api.github.com/repos/acme/shop/actions/runs/77",
  "run_attempt": 2,
  "node_id": "MDg6Q2hlY2tSdW40",
  "head_sha": "009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d",
  "head_branch": "main",
  url: `https://api.github.com/repos/acme/shop/actions/jobs/${id}`,
  "html_url": `https://github.com/acme/shop/actions/runs/77/job/${id}`,
  "check_run_url": `https://api.github.com/repos/acme/shop/check-runs/${id}`,
  "created_at": "2026-11-25T10:00:00Z",
  "started_at": "2026-11-25T10:00:05Z",
  "completed_at": "2026-11-25T10:03:00Z",
  labels: ["self-hosted"],
  "runner_id": id,
  "runner_name": `runner-${id}`,
  "runner_group_id": 1,
  "runner_group_name": "Default",
  "workflow_name": "CI",
  ...over,
});

const PATH = "/repos/acme/shop/actions/runs/77/attempts/2/jobs";
const asked = (over: Record<string, unknown> = {}) => ({
  scope: ORG,
  repository: "acme/shop",
  runId: "77",
  attempt: 2,
  runner: "runner-3",
  ...over,
});

/** Serves jobs in pages, with or without the `Link` header. */
function pages(rows: readonly Row[], link = true): Route {
  return ({ method, path }) => {
    const url = new URL(path, "http://x");
    if (method !== "GET" || url.pathname !== PATH) return undefined;
    const page = Number(url.searchParams.get("page" satisfies keyof Endpoint["parameters"]));
    const perPage = Number(url.searchParams.get("per_page" satisfies keyof Endpoint["parameters"]));
    const jobs = rows.slice((page - 1) * perPage, page * perPage);
    const next = page * perPage < rows.length ? '<http://127.0.0.1/x?page=9>; rel="next"' : "";
    return json(200, { "total_count": rows.length, jobs }, link ? { link: next } : {});
  };
}

const answering = (status: number, body: unknown): Route => ({ path }) =>
  path.startsWith(PATH) ? json(status, body) : undefined;

Deno.test("job() tells of the job that ran on the runner of exactly this name", async () => {
  const rows = [row(1), row(2, { "runner_name": "RUNNER-3" }), row(33), row(3), row(4)];
  for (const scope of [ORG, REPO]) {
    await withGitHub(pages(rows), async ({ forge, count, seen }) => {
      deepEqual(valueOf(await forge.job(asked({ scope }))), {
        id: 3,
        name: "build (x64)",
        workflow: "CI",
        conclusion: "failure",
        queuedAt: "2026-11-25T10:00:00Z",
        startedAt: "2026-11-25T10:00:05Z",
        completedAt: "2026-11-25T10:03:00Z",
        url: "https://github.com/acme/shop/actions/runs/77/job/3",
      });
      equal(count(`GET ${PATH}?per_page=100&page=1`), 1);
      equal(count(`GET /${scope}/installation`), 1, "through the scope's own installation");
      match(seen.at(-1)?.headers.get("authorization") ?? "", /ghs_testtoken/);
    });
  }
});

Deno.test("job() has no conclusion of a job that is not over", async () => {
  const running = row(3, { status: "in_progress", conclusion: null, "completed_at": null });
  await withGitHub(pages([running]), async ({ forge }) => {
    const job = valueOf(await forge.job(asked()));
    deepEqual([job?.conclusion, job?.completedAt], [null, null]);
  });
});

Deno.test("job() does without what an older server leaves out", async () => {
  const old = { id: 3, name: "build", status: "completed", conclusion: "success", "runner_name": "runner-3" };
  await withGitHub(
    answering(200, { jobs: [{ id: 2, name: "x", status: "queued" }, old] }),
    async (github) => {
      deepEqual(valueOf(await github.forge.job(asked())), {
        id: 3,
        name: "build",
        workflow: null,
        conclusion: "success",
        queuedAt: null,
        startedAt: null,
        completedAt: null,
        url: null,
      });
    },
  );
});

Deno.test("job() answers nothing when no job of the run was on the runner", async () => {
  for (const rows of [[], [row(1), row(2, { "runner_name": null, "runner_id": null })]]) {
    await withGitHub(pages(rows), async ({ forge }) => {
      deepEqual(await forge.job(asked()), { outcome: "ok", value: undefined });
    });
  }
});

for (const link of [true, false]) {
  Deno.test(`job() reads on ${link ? "by links" : "without links"} until it has the job`, async () => {
    const rows = Array.from({ length: 250 }, (_, i) => row(i + 1));
    await withGitHub(pages(rows, link), async ({ forge, count }) => {
      equal(valueOf(await forge.job(asked({ runner: "runner-150" })))?.id, 150);
      equal(count(`GET ${PATH}`), 2, "and no further");
      equal((await forge.job(asked({ runner: "runner-999" }))).outcome, "ok");
      equal(count(`GET ${PATH}`), 5);
    });
  });
}

Deno.test("job() gives up a run that does not end", async () => {
  await withGitHub(pages(Array.from({ length: 3_101 }, (_, i) => row(i + 1))), async ({ forge, count }) => {
    const result = await forge.job(asked({ runner: "another" }));
    ok(result.outcome === "failed" && result.code === "invalid");
    match(result.message, /not among the first 3000 jobs of run 77 of acme\/shop/);
    equal(count(`GET ${PATH}`), 30);
  });
});

Deno.test("job() asks nothing for a run that is none, or of another's repository", async () => {
  await withGitHub(() => undefined, async ({ forge, seen }) => {
    for (
      const over of [
        { repository: "other/shop" },
        { repository: "acme/.." },
        { repository: "acme/shop/../../x" },
        { repository: "acme/{x}" },
        { scope: REPO, repository: "acme/other" },
        { runId: "77/attempts/1" },
        { runId: "../1" },
        { attempt: 0 },
        { attempt: 1.5 },
      ]
    ) {
      const result = await forge.job(asked(over));
      ok(result.outcome === "failed" && result.code === "invalid", JSON.stringify(over));
      match(result.message, /^Cannot ask how the job of runner "runner-3" ended: .* GitHub was not asked\.$/);
    }
    equal(seen.length, 0);
  });
});

Deno.test("job() takes names of accounts and repositories as GitHub does, whatever their case", async () => {
  const scope = "repos/Acme/Shop" as ScopeKey;
  const own: Route = (seen) =>
    seen.path === "/repos/Acme/Shop/installation" ? json(200, { id: 7 }) : pages([row(3)])(seen);
  await withGitHub(own, async ({ forge }) => equal(valueOf(await forge.job(asked({ scope })))?.id, 3));
});

Deno.test("job() names the permission that the app lacks", async () => {
  await withGitHub(
    answering(403, { message: "Resource not accessible by integration" }),
    async ({ forge }) => {
      const result = await forge.job(asked());
      ok(result.outcome === "failed" && result.code === "forbidden");
      match(result.message, /Give the app the permission "Actions: read".*organization acme/);
      doesNotMatch(result.message, /Self-hosted/);
    },
  );
});

Deno.test("job() is not_found for a run that is not there", async () => {
  await withGitHub(answering(404, { message: "Not Found" }), async ({ forge }) => {
    const result = await forge.job(asked());
    ok(result.outcome === "failed" && result.code === "not_found");
    match(result.message, /no such run or attempt/);
  });
});

Deno.test("job() is a read: repeated when it failed for a moment, and its rate is kept", async () => {
  let failures = 2;
  const rate = {
    "x-ratelimit-limit": "5000",
    "x-ratelimit-remaining": "42",
    "x-ratelimit-reset": "1800000000",
  };
  const own: Route = ({ path }) =>
    !path.startsWith(PATH) ? undefined : failures-- > 0 ? json(502, {}) : json(200, { jobs: [row(3)] }, rate);
  await withGitHub(own, async ({ forge, count }) => {
    equal(valueOf(await forge.job(asked()))?.id, 3);
    equal(count(`GET ${PATH}`), 3);
    equal(forge.rate(ORG)?.remaining, 42);
  });
  await withGitHub(answering(200, { jobs: "none" }), async ({ forge }) => {
    const result = await forge.job(asked());
    ok(result.outcome === "failed" && result.code === "unavailable");
  });
});
