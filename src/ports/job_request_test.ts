import assert from "node:assert/strict";
import type { ScopeKey } from "../model/ids.ts";
import { refusesJobRequest } from "./job_request.ts";

const run = { scope: "orgs/acme" as ScopeKey, repository: "acme/site", runId: "77", attempt: 1 };

Deno.test("refusesJobRequest() lets runs of the scope's own repositories through, whatever their case", () => {
  for (
    const change of [
      {},
      { repository: "ACME/.github" },
      { runId: "9".repeat(19), attempt: 99_999 },
      { scope: "repos/Acme/Site" as ScopeKey, repository: "acme/SITE" },
    ]
  ) assert.equal(refusesJobRequest({ ...run, ...change }), undefined, JSON.stringify(change));
});

Deno.test("refusesJobRequest() refuses the repositories of others", () => {
  const repo = "repos/acme/site" as ScopeKey;
  for (
    const [scope, repository] of [
      [run.scope, "other/site"],
      [run.scope, "acme2/site"],
      [repo, "acme/other"],
      [repo, "other/site"],
      [repo, "acme/site2"],
    ] as const
  ) {
    const why = refusesJobRequest({ ...run, scope, repository });
    assert.equal(why, `its guest names the repository ${repository}, which is not in ${scope}`);
  }
});

Deno.test("refusesJobRequest() refuses what names no run, and repeats nothing of it", () => {
  for (
    const change of [
      { repository: "acme/.." },
      { repository: "acme/." },
      { repository: "acme" },
      { repository: "acme/site/x" },
      { repository: "acme/site?x=1" },
      { repository: "acme/site\n" },
      { repository: `acme/${"a".repeat(101)}` },
      { runId: "" },
      { runId: "7/../8" },
      { runId: "1".repeat(20) },
      { attempt: 0 },
      { attempt: 1.5 },
      { attempt: NaN },
      { attempt: 100_000 },
    ]
  ) {
    assert.equal(
      refusesJobRequest({ ...run, ...change }),
      "what its guest says of the job names no run",
      JSON.stringify(change),
    );
  }
});
