import assert from "node:assert/strict";
import { ask, problemOf } from "./testing/ask.ts";
import { served } from "./testing/served.ts";

/** Posts what is no body at all, and says that it is JSON. */
function postNothing(address: string, path: string): Promise<Response> {
  const headers = { "content-type": "application/json", "user-agent": "test" };
  return ask(address, path, { method: "POST", headers, body: "" });
}

/** Paths of every route that takes a body, but for the one that ends the program. */
async function pathsWithBody(address: string): Promise<{ path: string; required: boolean }[]> {
  const { paths } = await (await ask(address, "/v1/openapi.json")).json();
  return Object.entries<{ post?: { requestBody?: { required?: boolean } } }>(paths).flatMap(
    ([path, { post }]) =>
      post?.requestBody === undefined
        ? []
        : [{ path: path.replaceAll(/\{\w+\}/g, "x"), required: post.requestBody.required === true }],
  );
}

Deno.test("an empty body that says it is JSON is none, on every route that takes one", async () => {
  await served(async ({ address }) => {
    const routes = await pathsWithBody(address);
    assert.ok(routes.some(({ required }) => required) && routes.some(({ required }) => !required));
    for (const { path, required } of routes) {
      const response = await postNothing(address, path);
      if (response.headers.get("content-type") !== "application/problem+json") {
        assert.ok(!required && response.status < 300, path);
        await response.body?.cancel();
        continue;
      }
      const { detail, status } = await problemOf(response);
      assert.doesNotMatch(detail, /JSON/, path);
      if (required) assert.equal(status, 400, path);
    }
  });
});

Deno.test("an empty body releases a lease as no body does, and one that is broken is still refused", async () => {
  await served(async ({ address, operations }) => {
    await operations.leases.acquire({ pool: "desktops", holder: "ann", source: "test" }, 0);
    const [lease] = operations.leases.list();
    assert.ok(lease);
    const release = `/v1/leases/${lease.id}/release`;
    const broken = { method: "POST", headers: { "content-type": "application/json" }, body: "{" };
    assert.equal(
      (await problemOf(await ask(address, release, broken))).detail,
      "The body is not valid JSON.",
    );
    assert.equal((await postNothing(address, release)).status, 204);
    assert.deepEqual(operations.leases.list(), []);
  });
});
