import assert from "node:assert/strict";
import { actorHeader, actorOf } from "./actor_schema.ts";
import { ask } from "./testing/ask.ts";
import { acquire, askWith } from "./testing/ask_leases.ts";
import { served } from "./testing/served.ts";

const ID = "l-00000000000000000000000001";
const CUT = "x".repeat(120);

Deno.test("actorOf() reads what actorHeader() writes, whatever the name", () => {
  for (const name of ["CORP\\alice", "jörg@desk", "100%", "a b", "日本\u{1F600}"]) {
    assert.match(actorHeader(name), /^[\x21-\x7e]+$/);
    assert.equal(actorOf(actorHeader(name)), name);
  }
  assert.equal(actorOf(actorHeader(`${CUT}more`)), CUT);
  assert.equal(actorOf(actorHeader("broken \ud800 pair")), "broken \ufffd pair");
});

Deno.test("actorOf() lets nothing through that cannot be shown, and takes a bad encoding as it stands", () => {
  assert.equal(actorOf("a%0D%0A%1B[31m%E2%80%AEb"), "a[31mb");
  assert.equal(actorOf("%zz"), "%zz");
  for (const nobody of [undefined, "", "%20", "%00"]) assert.equal(actorOf(nobody), undefined);
});

Deno.test("what an administrator asks for carries who they say they are, and why", async () => {
  await served(async ({ address, operations }) => {
    const stop = (headers: Record<string, string>, body: object) =>
      ask(address, "/v1/stop", {
        method: "POST",
        headers: { "user-agent": "test", "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const answers = [
      await stop({ "x-hvpool-actor": "CORP%5Calice" }, { reason: " updates " }),
      await stop({}, {}),
    ];
    for (const answer of answers) assert.deepEqual(await answer.json(), { state: "stopping" });
    assert.deepEqual(operations.stops, [
      { drain: false, source: "api (test)", actor: "CORP\\alice", reason: "updates" },
      { drain: false, source: "api (test)", actor: "administrator" },
    ]);
  });
});

Deno.test("what is asked for with a lease's token is its holder's, whatever the header says", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const { token } = await (await acquire(address, { pool: "desktops", holder: "ci-42" })).json();
    const asked = await ask(address, `/v1/leases/${ID}/extend`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        "x-hvpool-actor": "CORP%5Cadministrator",
      },
      body: JSON.stringify({ total_seconds: 7200, reason: "more to do" }),
    });
    assert.equal((await asked.json()).id, ID);
    assert.deepEqual(leases.extended.map(({ actor, reason }) => [actor, reason]), [["ci-42", "more to do"]]);
    await (await askWith(token, address, `/v1/leases/${ID}/pause`, {})).body?.cancel();
    assert.deepEqual(leases.changed.map(({ actor }) => actor), ["ci-42"]);
  });
});

Deno.test("a reason of more than 500 characters is refused, in a body and in a query", async () => {
  await served(async ({ address, operations }) => {
    const long = "x".repeat(501);
    const deleted = await ask(address, `/v1/templates/win11?reason=${long}`, { method: "DELETE" });
    assert.equal(deleted.status, 400);
    await deleted.body?.cancel();
    const kept = await ask(address, "/v1/templates/win11?reason=old", { method: "DELETE" });
    assert.equal(kept.status, 204);
    const [asked] = operations.templates.asked;
    assert.equal(asked?.what === "delete" && asked.reason, "old");
    assert.equal(operations.templates.asked.length, 1);
  });
});
