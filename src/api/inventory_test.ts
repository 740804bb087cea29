import assert from "node:assert/strict";
import { ask, post, problemOf } from "./testing/ask.ts";
import { served } from "./testing/served.ts";
import { inventorySchema } from "./schemas.ts";

Deno.test("GET /v1/inventory is what is there beside the machines of pools", async () => {
  await served(async ({ address, operations }) => {
    operations.found = {
      items: [{ kind: "vm", name: "dc01", id: "x", belongs: "foreign", plan: "left alone", why: "not ours" }],
      listedAt: "2026-03-01T10:00:00.000Z",
      lostUpTo: 40,
    };
    const answer = await ask(address, "/v1/inventory");
    assert.deepEqual(inventorySchema.parse(await answer.json()), operations.found);
  });
});

Deno.test("POST /v1/reconcile says whether machines that serve go on; nothing else is taken for it", async () => {
  await served(async ({ address, operations }) => {
    for (const adopt of [true, false]) {
      const answer = await post(address, "/v1/reconcile", { adopt });
      assert.equal(answer.status, 202);
      assert.deepEqual(await answer.json(), { message: "Taken.", changed: true });
    }
    assert.deepEqual(operations.reconciles, [
      { adopt: true, actor: "administrator", source: "api (test)" },
      { adopt: false, actor: "administrator", source: "api (test)" },
    ]);
    for (const body of [{}, { adopt: "yes" }, { adopt: true, retire: true }]) {
      assert.equal((await problemOf(await post(address, "/v1/reconcile", body))).status, 400);
    }
  });
});
