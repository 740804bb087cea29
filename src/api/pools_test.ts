import assert from "node:assert/strict";
import { ask, post, problemOf } from "./testing/ask.ts";
import { served } from "./testing/served.ts";

const SOURCE = "api (test)";
const POOL = { name: "desks", template: "win11", size: 3 };

Deno.test("POST /v1/pools makes a pool, 201, and is answered 200 when the same one is there already", async () => {
  await served(async ({ address, operations }) => {
    const made = await post(address, "/v1/pools", POOL);
    assert.equal(made.status, 201);
    const pool = await made.json();
    assert.deepEqual([pool.name, pool.kind, pool.size, pool.created], ["desks", "agent", 3, true]);
    const again = await post(address, "/v1/pools", POOL);
    assert.deepEqual([again.status, await again.json()], [200, pool]);
    assert.deepEqual(operations.pools.asked, [{ ...POOL, actor: "administrator", source: SOURCE }, {
      ...POOL,
      actor: "administrator",
      source: SOURCE,
    }]);
  });
});

Deno.test("POST /v1/pools hands on everything that a pool can have", async () => {
  await served(async ({ address, operations }) => {
    const all = { hot: 1, warm: 1, max: 5, desktop: false, "on_idle": "save", switch: "" };
    const answer = await post(address, "/v1/pools", {
      ...POOL,
      ...all,
      idle_seconds: 60,
      total_seconds: 600,
    });
    assert.equal(answer.status, 201);
    await answer.body?.cancel();
    assert.deepEqual(operations.pools.asked, [{
      ...POOL,
      hot: 1,
      warm: 1,
      max: 5,
      desktop: false,
      idleMs: 60_000,
      totalMs: 600_000,
      onIdle: "save",
      switchName: "",
      actor: "administrator",
      source: SOURCE,
    }]);
  });
});

Deno.test("POST /v1/pools refuses what is no pool, and says which field", async () => {
  await served(async ({ address, operations }) => {
    const wrong: [body: unknown, field: RegExp][] = [
      [{}, /name: .*template: .*size: /s],
      [{ ...POOL, size: -1 }, /^size: /],
      [{ ...POOL, size: 1001 }, /^size: /],
      [{ ...POOL, idle_seconds: 0 }, /^idle_seconds: /],
      [{ ...POOL, total_seconds: 1e12 }, /^total_seconds: /],
      [{ ...POOL, on_idle: "destroy" }, /^on_idle: /],
      [{ ...POOL, hott: 1 }, /hott/],
    ];
    for (const [body, field] of wrong) {
      const { status, code, detail } = await problemOf(await post(address, "/v1/pools", body));
      assert.deepEqual([status, code], [400, "invalid_request"]);
      assert.match(detail, field);
    }
    assert.deepEqual(operations.pools.asked, []);
  });
});

Deno.test("POST /v1/pools is a conflict where another pool has the name", async () => {
  await served(async ({ address }) => {
    const { status, code } = await problemOf(await post(address, "/v1/pools", { ...POOL, name: "linux" }));
    assert.deepEqual([status, code], [409, "conflict"]);
  });
});

Deno.test("GET /v1/pools and GET /v1/pools/{pool} are what the status says", async () => {
  await served(async ({ address, operations }) => {
    const all = await ask(address, "/v1/pools");
    assert.deepEqual([all.status, await all.json()], [200, { pools: operations.current.pools }]);
    const one = await ask(address, "/v1/pools/linux");
    assert.deepEqual([one.status, await one.json()], [200, operations.current.pools[0]]);
    const { status, detail } = await problemOf(await ask(address, "/v1/pools/linus"));
    assert.deepEqual([status, detail], [404, 'There is no pool "linus". There is: linux.']);
  });
});

Deno.test("DELETE /v1/pools/{pool} deletes it; one that is leased only with force", async () => {
  await served(async ({ address, operations }) => {
    const remove = (path: string) =>
      ask(address, path, { method: "DELETE", headers: { "user-agent": "test" } });
    await (await post(address, "/v1/pools", POOL)).body?.cancel();
    operations.pools.leased.add("desks");
    const refused = await problemOf(await remove("/v1/pools/desks"));
    assert.deepEqual([refused.status, refused.code], [409, "conflict"]);
    assert.equal((await problemOf(await remove("/v1/pools/desks?force=yes"))).status, 400);
    const deleted = await remove("/v1/pools/desks?force=true");
    assert.deepEqual([deleted.status, await deleted.text()], [204, ""]);
    assert.deepEqual(operations.pools.asked.slice(1), [
      { name: "desks", force: false, actor: "administrator", source: SOURCE },
      { name: "desks", force: true, actor: "administrator", source: SOURCE },
    ]);
    assert.equal((await problemOf(await remove("/v1/pools/desks"))).status, 404);
    assert.equal((await problemOf(await remove("/v1/pools/linux"))).status, 409);
  });
});

Deno.test("a path of pools that knows other methods says which", async () => {
  await served(async ({ address }) => {
    const answer = await ask(address, "/v1/pools/linux", { method: "PUT" });
    assert.equal(answer.headers.get("allow"), "GET, HEAD, DELETE");
    assert.equal((await problemOf(answer)).status, 405);
  });
});
