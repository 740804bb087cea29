import assert from "node:assert/strict";
import { silentLog } from "../ports/log.ts";
import { leaseToken } from "./lease_token.ts";
import { serveApi } from "./server.ts";
import { ask, post, problemOf } from "./testing/ask.ts";
import { acquire, askWith, refusalOf, until } from "./testing/ask_leases.ts";
import { FakeOperations } from "./testing/fake_operations.ts";
import { served, TOKEN } from "./testing/served.ts";

const SOURCE = "api (test)";
const ID = "l-00000000000000000000000001";
const OTHER = "l-00000000000000000000000002";
const PATH = `/v1/leases/${ID}`;

/** Every request that changes a machine: below the lease, its body, and what it asks for. */
const CHANGES: [what: string, body: unknown, change: object][] = [
  ["pause", undefined, { kind: "pause" }],
  ["resume", {}, { kind: "resume" }],
  ["reset", undefined, { kind: "reset" }],
  ["checkpoints", { name: "installed" }, { kind: "checkpoint", name: "installed" }],
  ["checkpoints/installed/restore", undefined, { kind: "restore", name: "installed" }],
];

async function leased(address: string): Promise<string> {
  return (await (await acquire(address)).json()).token;
}

Deno.test("a holder pauses, resumes and resets its machine, makes a checkpoint and goes back, each call a heartbeat", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    for (const [what, body, change] of CHANGES) {
      const answer = await askWith(token, address, `${PATH}/${what}`, body);
      const lease = await answer.json();
      assert.deepEqual([answer.status, lease], [200, leases.list()[0]], what);
      assert.equal(lease.state, what === "pause" ? "paused" : "active");
      assert.deepEqual(leases.changed.splice(0), [{
        lease: ID,
        change,
        actor: "admin",
        source: SOURCE,
      }]);
      assert.deepEqual(leases.heartbeats.splice(0), [ID], what);
    }
    assert.deepEqual(leases.list()[0]?.checkpoints.map(({ name }) => name), ["installed"]);
  });
});

Deno.test("an administrator does the same, which is no heartbeat", async () => {
  await served(async ({ address, operations: { leases } }) => {
    await leased(address);
    for (const [what, body, change] of CHANGES) {
      const answer = await post(address, `${PATH}/${what}`, body);
      await answer.body?.cancel();
      assert.equal(answer.status, 200, what);
      assert.deepEqual(leases.changed.splice(0), [{
        lease: ID,
        change,
        actor: "administrator",
        source: SOURCE,
      }]);
    }
    assert.deepEqual(leases.heartbeats, []);
  });
});

Deno.test("a change is 202 with what is done while it goes on, for as long as the request says", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    leases.slow = true;
    for (const query of ["?answer_within=0", "?answer_within=0.05"]) {
      const brief = await askWith(token, address, `${PATH}/reset${query}`);
      const { state, change } = await brief.json();
      assert.deepEqual([brief.status, state, change], [202, "changing", { kind: "reset", name: null }]);
    }
    for (const query of ["?answer_within=60", ""]) {
      const held = askWith(token, address, `${PATH}/reset${query}`);
      await until(() => leases.waiting === 1);
      leases.finish(ID);
      const answer = await held;
      assert.deepEqual([answer.status, (await answer.json()).change], [200, null]);
    }
    for (const query of ["?answer_within=61", "?answer_within=-1", "?answer_within=soon"]) {
      assert.deepEqual(await refusalOf(askWith(token, address, `${PATH}/reset${query}`)), [
        400,
        "invalid_request",
      ]);
    }
  });
});

Deno.test("a client that goes away ends its request, not the change, and a hvpool that stops answers", async () => {
  await served(async ({ address, server, operations: { leases } }) => {
    await leased(address);
    leases.slow = true;
    const client = new AbortController();
    const pause = () =>
      ask(address, `${PATH}/pause?answer_within=60`, { method: "POST", signal: client.signal });
    const held = pause();
    await until(() => leases.waiting === 1);
    client.abort();
    await assert.rejects(held);
    await until(() => leases.waiting === 0);
    assert.equal(leases.list()[0]?.state, "changing");
    const again = ask(address, `${PATH}/pause?answer_within=60`, { method: "POST" });
    await until(() => leases.waiting === 1);
    const [answer] = await Promise.all([again, server.close()]);
    assert.deepEqual([answer.status, (await answer.json()).state], [202, "changing"]);
  });
});

Deno.test("what a lease's state forbids is a conflict, and an unknown checkpoint is not found", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 0;
    const token = await leased(address);
    for (const [what, body] of CHANGES.slice(0, 4)) {
      assert.deepEqual(
        await refusalOf(askWith(token, address, `${PATH}/${what}`, body)),
        [409, "conflict"],
        what,
      );
    }
    leases.addMachine();
    const unknown = askWith(token, address, `${PATH}/checkpoints/nothing/restore`);
    assert.deepEqual(await refusalOf(unknown), [404, "not_found"]);
    leases.slow = true;
    await (await askWith(token, address, `${PATH}/pause?answer_within=0`)).body?.cancel();
    assert.deepEqual(await refusalOf(askWith(token, address, `${PATH}/reset`)), [409, "conflict"]);
  });
});

Deno.test("names of checkpoints that are empty, huge or no names are refused", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    const names = [
      "",
      " ",
      "a b",
      ".",
      "..",
      "-x",
      "a/b",
      "a\\b",
      "ä",
      "a\n",
      "x".repeat(41),
      "x".repeat(60_000),
    ];
    for (const name of [...names, 7, null, undefined]) {
      const { status, code, detail } = await problemOf(
        await askWith(token, address, `${PATH}/checkpoints`, { name }),
      );
      assert.deepEqual([status, code], [400, "invalid_request"], String(name).slice(0, 20));
      assert.match(detail, /^name: /);
    }
    assert.deepEqual(await refusalOf(askWith(token, address, `${PATH}/checkpoints`)), [
      400,
      "invalid_request",
    ]);
    const more = askWith(token, address, `${PATH}/checkpoints`, { name: "a", memory: false });
    assert.deepEqual(await refusalOf(more), [400, "invalid_request"]);
    const huge = askWith(token, address, `${PATH}/checkpoints`, { name: "x".repeat(70_000) });
    assert.deepEqual(await refusalOf(huge), [413, "body_too_large"]);
    for (const name of ["%20", "a%2Fb", "x".repeat(41), "%C3%A4"]) {
      const restore = askWith(token, address, `${PATH}/checkpoints/${name}/restore`);
      assert.deepEqual(await refusalOf(restore), [400, "invalid_request"], name.slice(0, 20));
    }
    assert.deepEqual(leases.changed, []);
    const longest = await askWith(token, address, `${PATH}/checkpoints`, { name: "x".repeat(40) });
    assert.deepEqual([longest.status, (await longest.json()).checkpoints.length], [200, 1]);
  });
});

Deno.test("a body that is not understood changes nothing", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    for (const what of ["pause", "resume", "reset", "checkpoints/a/restore"]) {
      const refused = askWith(token, address, `${PATH}/${what}`, { name: "a" });
      assert.deepEqual(await refusalOf(refused), [400, "invalid_request"], what);
      const text = ask(address, `${PATH}/${what}`, { method: "POST", body: "{}" });
      assert.deepEqual(await refusalOf(text), [415, "unsupported_media_type"], what);
    }
    assert.deepEqual(leases.changed, []);
  });
});

Deno.test("a lease's token changes no other lease, and a made up one none", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 2;
    const token = await leased(address);
    await (await acquire(address)).body?.cancel();
    const madeUp = leaseToken(new Uint8Array(32).fill(8), ID);
    for (const [what, body] of CHANGES) {
      const other = askWith(token, address, `/v1/leases/${OTHER}/${what}`, body);
      assert.deepEqual(await refusalOf(other), [403, "not_your_lease"], what);
      const foreign = askWith(madeUp, address, `${PATH}/${what}`, body);
      assert.deepEqual(await refusalOf(foreign), [403, "not_your_lease"], what);
      assert.deepEqual(await refusalOf(askWith("nonsense", address, `${PATH}/${what}`, body)), [
        401,
        "unauthorized",
      ]);
    }
    const closed = [
      `${PATH}/checkpoints/`,
      `${PATH}/checkpoints/a`,
      `${PATH}/checkpoints/a/b/restore`,
      `${PATH}/checkpoints//restore`,
      `${PATH}/checkpoints/a/restore/`,
      `${PATH}/checkpoints/%2e%2e/force-release`,
    ];
    for (const path of closed) {
      assert.deepEqual(await refusalOf(askWith(token, address, path)), [403, "administrator_only"], path);
    }
    assert.deepEqual([leases.changed, leases.heartbeats], [[], []]);
  });
});

Deno.test("a lease that has ended is gone to whoever wants to change it, a moment late as well", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    for (const end of [() => leases.late.add(ID), () => leases.end(ID)]) {
      end();
      for (const [what, body] of CHANGES) {
        assert.deepEqual(
          await refusalOf(askWith(token, address, `${PATH}/${what}`, body)),
          [410, "gone"],
          what,
        );
      }
    }
    assert.deepEqual(leases.changed, []);
    for (const [what, body] of CHANGES) {
      assert.deepEqual(
        await refusalOf(post(address, `/v1/leases/nope/${what}`, body)),
        [404, "not_found"],
        what,
      );
    }
  });
});

Deno.test("looking at a paused lease is no heartbeat", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = await leased(address);
    await (await askWith(token, address, `${PATH}/pause`)).body?.cancel();
    leases.heartbeats.length = 0;
    const shown = await askWith(token, address, PATH);
    assert.deepEqual([shown.status, (await shown.json()).state], [200, "paused"]);
    assert.deepEqual(leases.heartbeats, []);
    await (await askWith(token, address, `${PATH}/resume`)).body?.cancel();
    leases.heartbeats.length = 0;
    await (await askWith(token, address, PATH)).body?.cancel();
    assert.deepEqual(leases.heartbeats, [ID]);
    leases.end(ID);
    assert.deepEqual(await refusalOf(askWith(token, address, PATH)), [410, "gone"]);
  });
});

Deno.test("acquire and release hand on what becomes of the machine, and for how long it waits", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const { lease, token } = await (await acquire(address, {
      pool: "desktops",
      release: "save",
      "on_idle": "save",
      "keep_seconds": 604_800,
    })).json();
    assert.deepEqual([lease.release, lease.onIdle], ["save", "save"]);
    assert.deepEqual(leases.acquired, [
      {
        pool: "desktops",
        holder: "admin",
        release: "save",
        onIdle: "save",
        keepMs: 604_800_000,
        actor: "administrator",
        source: SOURCE,
      },
    ]);
    assert.equal(
      (await askWith(token, address, `${PATH}/release`, { release: "keep", keep_seconds: 60 })).status,
      204,
    );
    const cause = "its holder released it";
    assert.deepEqual(leases.released, [{
      lease: ID,
      release: "keep",
      keepMs: 60_000,
      cause,
      actor: "admin",
      source: SOURCE,
    }]);
  });
});

Deno.test("changes say 405 with Allow to another method", async () => {
  await served(async ({ address, operations: { leases } }) => {
    await leased(address);
    for (const [what] of CHANGES) {
      for (const method of ["GET", "DELETE", "PUT"]) {
        const refused = await ask(address, `${PATH}/${what}`, { method });
        assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "POST"], `${method} ${what}`);
        await refused.body?.cancel();
      }
    }
    assert.deepEqual(leases.changed, []);
  });
});

Deno.test("without a key for tokens changes are 503", async () => {
  const operations = new FakeOperations();
  const server = serveApi({
    operations,
    metrics: { text: () => "" },
    token: TOKEN,
    listen: { host: "127.0.0.1", port: 0 },
    version: "0",
    log: silentLog,
  });
  try {
    for (const [what, body] of CHANGES) {
      assert.deepEqual(await refusalOf(post(server.address, `${PATH}/${what}`, body)), [
        503,
        "leases_unavailable",
      ]);
    }
    assert.deepEqual(operations.leases.changed, []);
  } finally {
    await server.close();
  }
});
