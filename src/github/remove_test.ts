import { deepEqual, equal, match, ok } from "node:assert/strict";
import { json, ORG, type Route, withGitHub } from "./testserver_test_support.ts";

const removal = (answer: () => Response | Promise<Response>): Route => ({ method }) =>
  method === "DELETE" ? answer() : undefined;

Deno.test("remove() is ok when GitHub has removed the runner", async () => {
  await withGitHub(() => undefined, async ({ forge, count }) => {
    deepEqual(await forge.remove(ORG, 42), { outcome: "ok", value: {} });
    equal(count("DELETE /orgs/acme/actions/runners/42"), 1);
  });
});

const CASES: [status: number, message: string, code: string][] = [
  [404, "Not Found", "not_found"],
  [422, "Runner is currently running a job and cannot be deleted.", "busy"],
  [403, "Resource not accessible by integration", "forbidden"],
  [503, "No server", "unavailable"],
];

for (const [status, message, code] of CASES) {
  Deno.test(`remove() answers ${status} as ${code} after one request`, async () => {
    await withGitHub(removal(() => json(status, { message })), async ({ forge, count }) => {
      const result = await forge.remove(ORG, 42);
      ok(result.outcome === "failed");
      equal(result.code, code);
      match(result.message, /Cannot remove runner 42 from organization acme: GitHub answered/);
      equal(count("DELETE"), 1);
    });
  });
}

for (const status of [200, 500, 502, 504]) {
  Deno.test(`remove() answers ${status} as unknown after one request`, async () => {
    await withGitHub(removal(() => json(status, {})), async ({ forge, count }) => {
      equal((await forge.remove(ORG, 42)).outcome, "unknown");
      equal(count("DELETE"), 1);
    });
  });
}

Deno.test("remove() never takes a missing installation for a runner that is gone", async () => {
  const none: Route = ({ path }) =>
    path.endsWith("/installation") ? json(404, { message: "Not Found" }) : undefined;
  const noToken: Route = ({ path }) =>
    path.endsWith("/access_tokens") ? json(404, { message: "Not Found" }) : undefined;
  for (const own of [none, noToken]) {
    await withGitHub(own, async ({ forge }) => {
      const result = await forge.remove(ORG, 42);
      ok(result.outcome === "failed");
      equal(result.code, "forbidden");
      match(result.message, /Install the app on organization acme/);
    });
  }
});
