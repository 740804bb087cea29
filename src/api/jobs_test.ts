import assert from "node:assert/strict";
import { ask, problemOf } from "./testing/ask.ts";
import { SAMPLE_JOB } from "./testing/fake_operations.ts";
import { served } from "./testing/served.ts";

const ALL = Number.MAX_SAFE_INTEGER;

Deno.test("GET /v1/jobs answers with jobs, and hands on what narrows them", async () => {
  await served(async ({ address, operations }) => {
    operations.jobRows = [SAMPLE_JOB];
    const response = await ask(address, "/v1/jobs");
    assert.equal(response.status, 200);
    assert.deepEqual(await response.json(), { jobs: [SAMPLE_JOB] });
    const query = new URLSearchParams({
      pool: "linux",
      vm: "linux/1.7",
      repository: "acme/app",
      result: "timed_out",
      since: "2026-03-01T11:00:00+01:00",
      limit: "7",
    });
    await (await ask(address, `/v1/jobs?${query}`)).body?.cancel();
    await (await ask(address, "/v1/jobs?limit=0")).body?.cancel();
    const since = Date.parse("2026-03-01T10:00:00Z");
    const { limit: _limit, since: _since, ...rest } = Object.fromEntries(query);
    assert.deepEqual(operations.jobQueries, [
      { filter: {}, limit: 50 },
      { filter: { ...rest, since }, limit: 7 },
      { filter: {}, limit: ALL },
    ]);
  });
});

Deno.test("GET /v1/jobs says which part of a wrong query is wrong", async () => {
  await served(async ({ address, operations }) => {
    for (const query of ["limit=-1", "limit=x", "since=2d", "result=Failure", "pool=", "repository="]) {
      const { status, code, detail } = await problemOf(await ask(address, `/v1/jobs?${query}`));
      assert.deepEqual([status, code], [400, "invalid_request"], query);
      assert.ok(detail.startsWith(`${query.split("=", 1)[0]}: `), detail);
    }
    assert.deepEqual(operations.jobQueries, []);
  });
});

Deno.test("GET /v1/jobs refuses a pool and a VM of which it knows nothing, and a repository that is none", async () => {
  await served(async ({ address, operations }) => {
    const refused = async (query: string) => {
      const { status, detail } = await problemOf(await ask(address, `/v1/jobs?${query}`));
      return `${status} ${detail}`;
    };
    const pool = 'There is no pool "nope", and no job of one is kept. There is: linux.';
    assert.equal(await refused("pool=nope"), `404 ${pool}`);
    const vm = 'There is no VM "nope", and no job of one is kept. There is: linux-1.';
    assert.equal(await refused("pool=linux&vm=nope"), `404 ${vm}`);
    for (const wrong of ["not-a-repo", "a/b/c", "/x", "a%20b/c"]) {
      assert.match(await refused(`repository=${wrong}`), /^400 repository: Expected owner\/name/);
    }
    for (const known of ["pool=linux", "vm=linux-1", "vm=linux%2F1.7", "repository=acme/app"]) {
      assert.deepEqual(await (await ask(address, `/v1/jobs?${known}`)).json(), { jobs: [] }, known);
    }
    const { jobs } = operations;
    // A pool of old, and nothing of it that began so late.
    operations.jobs = (filter, limit) =>
      filter.since === undefined ? [SAMPLE_JOB] : jobs.call(operations, filter, limit);
    const old = await ask(address, "/v1/jobs?pool=old&since=2026-03-02T00:00:00Z");
    assert.deepEqual(await old.json(), { jobs: [] });
  });
});

Deno.test("GET /v1/jobs answers with a job a line to who wants many", async () => {
  await served(async ({ address, operations }) => {
    operations.jobRows = Array.from({ length: 1203 }, (_, i) => ({ ...SAMPLE_JOB, name: `job-${i}` }));
    const headers = { accept: "application/x-ndjson" };
    const response = await ask(address, "/v1/jobs?limit=0", { headers });
    assert.equal(response.headers.get("content-type"), "application/x-ndjson");
    const lines = (await response.text()).split("\n");
    assert.equal(lines.pop(), "");
    assert.deepEqual(lines.map((line) => JSON.parse(line)), operations.jobRows);
    operations.jobRows = [];
    assert.equal(await (await ask(address, "/v1/jobs", { headers })).text(), "");
  });
});

Deno.test("GET /v1/jobs/{name} answers with one job, or names those near it", async () => {
  await served(async ({ address, operations }) => {
    operations.jobRows = [{ ...SAMPLE_JOB, name: "other" }, SAMPLE_JOB];
    assert.deepEqual(await (await ask(address, `/v1/jobs/${SAMPLE_JOB.name}`)).json(), SAMPLE_JOB);
    const { status, code, detail } = await problemOf(await ask(address, "/v1/jobs/linux-1"));
    assert.deepEqual([status, code], [404, "not_found"]);
    assert.equal(detail, 'No job "linux-1" is kept. There is: other, linux-1-00000000-7.1.');
  });
});

Deno.test("the history of jobs needs the token, and says 405 with Allow to another method", async () => {
  await served(async ({ address, operations }) => {
    for (const path of ["/v1/jobs", "/v1/jobs/linux-1-00000000-7.1"]) {
      const refused = await ask(address, path, { headers: { authorization: "" } });
      assert.equal((await problemOf(refused)).status, 401);
      const posted = await ask(address, path, { method: "POST" });
      assert.equal(posted.headers.get("allow"), "GET, HEAD");
      assert.equal((await problemOf(posted)).status, 405);
    }
    assert.deepEqual(operations.jobQueries, []);
  });
});
