import { deepEqual, equal, match, ok } from "node:assert/strict";
import { json, ORG, type Route, valueOf, withGitHub } from "./testserver_test_support.ts";

const group = (more: object, repositories?: (path: string) => Response): Route => ({ path }) => {
  if (path.startsWith("/orgs/acme/actions/runner-groups?")) {
    return json(200, { "total_count": 1, "runner_groups": [{ id: 9, name: "windows", ...more }] });
  }
  return path.startsWith("/orgs/acme/actions/runner-groups/9/repositories")
    ? repositories?.(path)
    : undefined;
};

Deno.test("access() tells who may use a group, and asks for repositories only where some are selected", async () => {
  const all = { visibility: "all", "allows_public_repositories": true, "restricted_to_workflows": false };
  await withGitHub(group({ ...all, "selected_workflows": [] }), async ({ forge, count }) => {
    deepEqual(valueOf(await forge.access(ORG, "windows")), { visibility: "all", allowsPublic: true });
    equal(count("GET /orgs/acme/actions/runner-groups/9"), 0);
  });
  const few = () =>
    json(200, {
      "total_count": 230,
      repositories: [{ "full_name": "acme/app" }, { "full_name": "acme/web" }],
    });
  const own = {
    visibility: "selected",
    "restricted_to_workflows": true,
    "selected_workflows": ["acme/a@main"],
  };
  await withGitHub(group(own, few), async ({ forge }) => {
    deepEqual(valueOf(await forge.access(ORG, "windows")), {
      visibility: "selected",
      selected: { names: ["acme/app", "acme/web"], count: 230 },
      workflows: ["acme/a@main"],
    });
  });
});

Deno.test("access() of a server that tells less is less", async () => {
  await withGitHub(
    group({}),
    async ({ forge }) => deepEqual(valueOf(await forge.access(ORG, "windows")), {}),
  );
});

Deno.test("access() says why the repositories of a group that is there are not known", async () => {
  const refused = () => json(403, { message: "Resource not accessible by integration" });
  await withGitHub(group({ visibility: "selected" }, refused), async ({ forge }) => {
    const { selected } = valueOf(await forge.access(ORG, "windows"));
    match(typeof selected === "string" ? selected : "", /403.*Self-hosted runners/);
  });
});

Deno.test("access() of a group that is not there fails", async () => {
  await withGitHub(group({}), async ({ forge }) => {
    const result = await forge.access(ORG, "linux");
    ok(result.outcome === "failed" && result.code === "not_found");
  });
});
