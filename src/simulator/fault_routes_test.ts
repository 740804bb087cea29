import assert from "node:assert/strict";
import { isKnownRoute, plainRoute } from "./fault_routes.ts";

for (
  const [written, plain] of [
    [
      "POST /orgs/:org/actions/runners/generate-jitconfig",
      "POST /orgs/{org}/actions/runners/generate-jitconfig",
    ],
    ["GET /github/orgs/*/installation", "GET /orgs/{any}/installation"],
    ["GET /orgs/acme/actions/runners/", "GET /orgs/acme/actions/runners"],
    ["vm.create", "vm.create"],
  ] as const
) {
  Deno.test(`plainRoute() understands ${written}`, () => assert.equal(plainRoute(written), plain));
}

Deno.test("isKnownRoute() knows GitHub's routes however the account is written", () => {
  for (
    const route of [
      "POST /orgs/{org}/actions/runners/generate-jitconfig",
      "DELETE /repos/{owner}/{repo}/actions/runners/{runner_id}",
      "GET /orgs/acme/installation",
      "POST /app/installations/{installation_id}/access_tokens",
    ]
  ) assert.ok(isKnownRoute(route), route);
});

Deno.test("isKnownRoute() refuses what no request can match", () => {
  for (const route of ["POST /orgs/{org}/runners", "PUT /app", "GET /nothing", "vm.create"]) {
    assert.ok(!isKnownRoute(route), route);
  }
});
