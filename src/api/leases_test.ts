import assert from "node:assert/strict";
import { silentLog } from "../ports/log.ts";
import { leaseToken } from "./lease_token.ts";
import { serveApi } from "./server.ts";
import { ask, post, problemOf } from "./testing/ask.ts";
import { acquire, askWith, refusalOf, until } from "./testing/ask_leases.ts";
import { FakeOperations } from "./testing/fake_operations.ts";
import { LEASE_KEY, served, TOKEN } from "./testing/served.ts";

const SOURCE = "api (test)";
const ID = "l-00000000000000000000000001";
const OTHER = "l-00000000000000000000000002";

Deno.test("POST /v1/leases is 201 with a machine and 202 without, and both have the token", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const same = {
      pool: "desktops",
      holder: "ci-42",
      priority: 5,
      labels: { run: "42" },
      purpose: "smoke test",
      release: "destroy",
    };
    const active = await acquire(
      address,
      { ...same, wait_seconds: 0, idle_seconds: 60, total_seconds: 7200 },
      { "idempotency-key": "k-1" },
    );
    assert.equal(active.status, 201);
    assert.deepEqual(await active.json(), { lease: leases.list()[0], token: leaseToken(LEASE_KEY, ID) });
    const waits = await acquire(address);
    assert.equal(waits.status, 202);
    assert.deepEqual(await waits.json(), { lease: leases.list()[1], token: leaseToken(LEASE_KEY, OTHER) });
    assert.deepEqual(leases.acquired, [
      {
        ...same,
        waitMs: 0,
        idleMs: 60_000,
        totalMs: 7_200_000,
        key: "k-1",
        actor: "administrator",
        source: SOURCE,
      },
      { pool: "desktops", holder: "admin", actor: "administrator", source: SOURCE },
    ]);
  });
});

Deno.test("the token comes again under the same key, and with nothing else", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const token = leaseToken(LEASE_KEY, ID);
    const first = await acquire(address, undefined, { "idempotency-key": "k" });
    const again = await acquire(address, undefined, { "idempotency-key": "k" });
    assert.deepEqual(await again.json(), await first.json());
    assert.equal(leases.list().length, 1);
    for (const path of ["", `/${ID}`]) {
      const text = await (await ask(address, `/v1/leases${path}`)).text();
      assert.ok(text.includes(ID) && !text.includes(token) && !text.includes("hvl_"), text);
    }
    assert.ok(!(await (await post(address, `/v1/leases/${ID}/heartbeat`)).text()).includes("hvl_"));
  });
});

Deno.test("the same key with another body is a conflict, and with an ended lease gone", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const key = { "idempotency-key": "k" };
    await (await acquire(address, undefined, key)).body?.cancel();
    const other = acquire(address, { pool: "desktops", purpose: "another" }, key);
    assert.deepEqual(await refusalOf(other), [409, "conflict"]);
    leases.end(ID);
    assert.deepEqual(await refusalOf(acquire(address, undefined, key)), [410, "gone"]);
    assert.deepEqual(leases.list(), []);
  });
});

Deno.test("an Idempotency-Key that is empty, huge or not printable is refused", async () => {
  await served(async ({ address, operations: { leases } }) => {
    for (const key of ["", "x".repeat(201), "x".repeat(15_000), "a b", "k\tk", "ü"]) {
      const { status, code, detail } = await problemOf(
        await acquire(address, undefined, { "idempotency-key": key }),
      );
      assert.deepEqual([status, code], [400, "invalid_request"], key.slice(0, 20));
      assert.match(detail, /^idempotency-key: Expected 1 to 200 printable/);
    }
    assert.deepEqual(leases.acquired, []);
    const longest = await acquire(address, undefined, { "idempotency-key": "~".repeat(200) });
    assert.equal(longest.status, 201);
    await longest.body?.cancel();
  });
});

Deno.test("headers that are larger than a server takes end the request, and nothing else", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const huge = { "idempotency-key": "x".repeat(1_000_000) };
    const refused = await acquire(address, undefined, huge).then(async (response) => {
      await response.body?.cancel();
      return response.status >= 400 && response.status < 500;
    }, (error) => error instanceof TypeError); // the connection is closed while the client still sends
    assert.ok(refused);
    assert.deepEqual(leases.acquired, []);
    assert.equal((await (await ask(address, "/v1/leases")).json()).leases.length, 0);
  });
});

Deno.test("POST /v1/leases refuses what makes no sense and says what", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const labels = Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`l${i}`, ""]));
    const bad: [body: Record<string, unknown>, at: string][] = [
      [{ pool: "" }, "pool"],
      [{ pool: undefined }, "pool"],
      [{ total_seconds: 0 }, "total_seconds"],
      [{ total_seconds: 1e12 }, "total_seconds"],
      [{ total_seconds: 86_401 }, "total_seconds"],
      [{ total_seconds: -1 }, "total_seconds"],
      [{ total_seconds: 1.5 }, "total_seconds"],
      [{ total_seconds: "60" }, "total_seconds"],
      [{ idle_seconds: 0 }, "idle_seconds"],
      [{ idle_seconds: 1e12 }, "idle_seconds"],
      [{ wait_seconds: -1 }, "wait_seconds"],
      [{ wait_seconds: 86_401 }, "wait_seconds"],
      [{ priority: 101 }, "priority"],
      [{ holder: "" }, "holder"],
      [{ holder: "a\nb" }, "holder"],
      [{ holder: "x".repeat(201) }, "holder"],
      [{ purpose: "x".repeat(201) }, "purpose"],
      [{ labels }, "labels"],
      [{ labels: { a: 1 } }, "labels.a"],
      [{ labels: { a: "x".repeat(201) } }, "labels.a"],
      [{ release: "sell" }, "release"],
      [{ on_idle: "keep" }, "on_idle"],
      [{ keep_seconds: 0 }, "keep_seconds"],
      [{ keep_seconds: 604_801 }, "keep_seconds"],
      [{ keep_seconds: 1e12 }, "keep_seconds"],
      [{ ttl: 60 }, "Unrecognized key"],
      [{ token: "hvl_mine" }, "Unrecognized key"],
    ];
    for (const [change, at] of bad) {
      const { status, code, detail } = await problemOf(
        await acquire(address, { pool: "desktops", ...change }),
      );
      assert.deepEqual([status, code], [400, "invalid_request"], JSON.stringify(change).slice(0, 60));
      assert.ok(detail.startsWith(at), detail);
      assert.ok(!detail.includes("hvl_"), detail);
    }
    for (const query of ["?answer_within=61", "?answer_within=-1", "?answer_within=soon"]) {
      assert.deepEqual(await refusalOf(acquire(address, undefined, { query })), [400, "invalid_request"]);
    }
    assert.deepEqual(leases.acquired, []);
    assert.deepEqual(await refusalOf(acquire(address, { pool: "linux" })), [404, "not_found"]);
    const long = acquire(address, { pool: "desktops", total_seconds: 14_401 });
    assert.deepEqual(await refusalOf(long), [400, "invalid_request"], "more than its pool allows");
    const text = ask(address, "/v1/leases", { method: "POST", body: '{"pool":"desktops"}' });
    assert.deepEqual(await refusalOf(text), [415, "unsupported_media_type"]);
    const large = acquire(address, { pool: "x".repeat(70_000) });
    assert.deepEqual(await refusalOf(large), [413, "body_too_large"]);
    assert.deepEqual(leases.list(), []);
  });
});

Deno.test("POST /v1/leases is held until the lease is active, or for as long as it says", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 0;
    const brief = await acquire(address, undefined, { query: "?answer_within=0.05" });
    assert.deepEqual([brief.status, (await brief.json()).lease.state], [202, "queued"]);
    leases.end(ID);
    for (const query of ["?answer_within=60", ""]) {
      const held = acquire(address, undefined, { query });
      await until(() => leases.waiting === 1);
      leases.addMachine();
      const answer = await held;
      assert.deepEqual([answer.status, (await answer.json()).lease.state], [201, "active"]);
    }
  });
});

Deno.test("a lease whose wait is over while its request is held is gone", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 0;
    const held = acquire(address, { pool: "desktops", wait_seconds: 1 }, { query: "?answer_within=60" });
    await until(() => leases.waiting === 1);
    leases.end(ID);
    assert.deepEqual(await refusalOf(held), [410, "gone"]);
  });
});

Deno.test("a client that goes away while it waits ends its request, not its lease", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 0;
    const client = new AbortController();
    const key = { "idempotency-key": "k" };
    const held = ask(address, "/v1/leases?answer_within=60", {
      method: "POST",
      headers: { "user-agent": "test", "content-type": "application/json", ...key },
      body: JSON.stringify({ pool: "desktops" }),
      signal: client.signal,
    });
    await until(() => leases.waiting === 1);
    client.abort();
    await assert.rejects(held);
    await until(() => leases.waiting === 0);
    assert.deepEqual(leases.list().map(({ id, state }) => [id, state]), [[ID, "queued"]]);
    leases.addMachine();
    const again = await acquire(address, undefined, key);
    assert.deepEqual([again.status, (await again.json()).lease.id], [201, ID]);
  });
});

Deno.test("a hvpool that stops answers requests that it holds with how far they are", async () => {
  await served(async ({ address, server, operations: { leases } }) => {
    leases.free = 0;
    const held = acquire(address, undefined, { query: "?answer_within=60" });
    await until(() => leases.waiting === 1);
    const [answer] = await Promise.all([held, server.close()]);
    assert.deepEqual([answer.status, (await answer.json()).lease.state], [202, "queued"]);
  });
});

Deno.test("GET /v1/leases lists them, and GET /v1/leases/{lease} shows one, ended ones as gone", async () => {
  await served(async ({ address, operations: { leases } }) => {
    await (await acquire(address)).body?.cancel();
    await (await acquire(address)).body?.cancel();
    assert.deepEqual(await (await ask(address, "/v1/leases")).json(), { leases: leases.list() });
    assert.deepEqual(await (await ask(address, `/v1/leases/${OTHER}`)).json(), leases.list()[1]);
    assert.deepEqual(leases.heartbeats, [], "an administrator who looks is no holder");
    leases.end(ID);
    assert.deepEqual(await refusalOf(ask(address, `/v1/leases/${ID}`)), [410, "gone"]);
    assert.deepEqual(await refusalOf(ask(address, "/v1/leases/nope")), [404, "not_found"]);
  });
});

Deno.test("a lease's token shows it, keeps it, extends it and releases it, each call a heartbeat", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const { token } = await (await acquire(address)).json();
    const path = `/v1/leases/${ID}`;
    const shown = await askWith(token, address, path);
    assert.deepEqual([shown.status, await shown.json()], [200, leases.list()[0]]);
    assert.deepEqual(leases.heartbeats.splice(0), [ID]);
    const alive = await askWith(token, address, `${path}/heartbeat`);
    assert.deepEqual([alive.status, (await alive.json()).id], [200, ID]);
    assert.deepEqual(leases.heartbeats.splice(0), [ID]);
    const extended = await askWith(token, address, `${path}/extend`, { total_seconds: 7200 });
    assert.deepEqual([extended.status, (await extended.json()).totalSeconds], [200, 7200]);
    assert.deepEqual(leases.heartbeats.splice(0), [ID]);
    assert.deepEqual(leases.extended, [{
      lease: ID,
      totalMs: 7_200_000,
      actor: "admin",
      source: SOURCE,
    }]);
    for (let turn = 0; turn < 2; turn++) {
      const released = await askWith(token, address, `${path}/release`, { release: "destroy" });
      assert.deepEqual([released.status, await released.text()], [204, ""]);
    }
    const cause = "its holder released it";
    assert.deepEqual(leases.released, [{
      lease: ID,
      release: "destroy",
      cause,
      actor: "admin",
      source: SOURCE,
    }]);
  });
});

Deno.test("a lease that has ended is gone to its token, and released again without a word", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const { token } = await (await acquire(address)).json();
    const path = `/v1/leases/${ID}`;
    for (const end of [() => leases.late.add(ID), () => leases.end(ID)]) {
      end();
      assert.deepEqual(await refusalOf(askWith(token, address, `${path}/heartbeat`)), [410, "gone"]);
      assert.deepEqual(await refusalOf(askWith(token, address, path)), [410, "gone"]);
      const extended = askWith(token, address, `${path}/extend`, { total_seconds: 7200 });
      assert.deepEqual(await refusalOf(extended), [410, "gone"]);
    }
    assert.deepEqual(leases.extended, []);
    assert.equal((await askWith(token, address, `${path}/release`)).status, 204);
    assert.deepEqual(leases.released, []);
  });
});

Deno.test("a lease's token opens no other lease and nothing else", async () => {
  await served(async ({ address, operations }) => {
    const { leases } = operations;
    leases.free = 2;
    const { token } = await (await acquire(address)).json();
    await (await acquire(address)).body?.cancel();
    const escaped = askWith(token, address, `/v1/leases/${OTHER.replace("l", "%6c")}`);
    assert.deepEqual(await refusalOf(escaped), [403, "not_your_lease"]);
    for (const what of ["", "/heartbeat", "/extend", "/release"]) {
      const other = askWith(token, address, `/v1/leases/${OTHER}${what}`, what === "" ? undefined : {});
      assert.deepEqual(await refusalOf(other), [403, "not_your_lease"], what);
    }
    const closed = [
      "/v1/leases",
      `/v1/leases/${ID}/force-release`,
      `/v1/leases/${OTHER}/force-release`,
      `/v1/leases/${ID}/`,
      `/v1/leases/${ID}%2Fheartbeat`,
      `/v1/leases/${ID.replace("l", "%256c")}`,
      `/v1/leases/${ID}/../${OTHER}`.replace("..", "%2e%2e%2f"),
      "/v1/leases/nope",
      "/v1/status",
      "/v1/events",
      "/v1/openapi.json",
      "/v1/stop",
      "/metrics",
      "/nothing",
    ];
    for (const path of closed) {
      assert.deepEqual(await refusalOf(askWith(token, address, path)), [403, "administrator_only"], path);
    }
    const posted = ask(address, "/v1/leases", {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ pool: "desktops" }),
    });
    assert.deepEqual(await refusalOf(posted), [403, "administrator_only"]);
    assert.deepEqual([leases.heartbeats, leases.released, leases.list().length], [[], [], 2]);
    assert.deepEqual(operations.stops, []);
  });
});

Deno.test("a token that was made up opens nothing, and none is a 401", async () => {
  await served(async ({ address, operations: { leases } }) => {
    const { token } = await (await acquire(address)).json();
    const madeUp = leaseToken(new Uint8Array(32).fill(8), ID);
    const path = `/v1/leases/${ID}/heartbeat`;
    assert.deepEqual(await refusalOf(askWith(madeUp, address, path)), [403, "not_your_lease"]);
    for (const authorization of ["", `Bearer ${token}x`, `Basic ${token}`, `Bearer ${token.slice(0, -1)}`]) {
      const refused = await ask(address, path, { method: "POST", headers: { authorization } });
      assert.equal(refused.headers.get("www-authenticate"), "Bearer");
      assert.deepEqual(await refusalOf(Promise.resolve(refused)), [401, "unauthorized"], authorization);
    }
    assert.deepEqual(leases.heartbeats, []);
  });
});

Deno.test("no refusal repeats the token", async () => {
  await served(async ({ address }) => {
    const { token } = await (await acquire(address)).json();
    for (const path of [`/v1/leases/${OTHER}`, "/v1/status", `/v1/leases/${ID}/extend`]) {
      const text = await (await askWith(token, address, path, path.endsWith("extend") ? {} : undefined))
        .text();
      assert.ok(text.includes('"code"') && !text.includes(token.slice(4)), text);
    }
  });
});

Deno.test("what is taken away from its holder is not kept for it", async () => {
  const cases = [["save", "reset"], ["keep", "reset"], ["destroy", undefined], ["reset", undefined]] as const;
  for (const [release, forced] of cases) {
    await served(async ({ address, operations: { leases } }) => {
      await (await acquire(address, { pool: "desktops", release })).body?.cancel();
      await (await post(address, `/v1/leases/${ID}/force-release`)).body?.cancel();
      assert.deepEqual(leases.released.map((one) => one.release), [forced], release);
    });
  }
});

Deno.test("the administrator's token opens every lease, and takes machines away", async () => {
  await served(async ({ address, operations: { leases } }) => {
    leases.free = 2;
    await (await acquire(address)).body?.cancel();
    await (await acquire(address)).body?.cancel();
    await (await post(address, `/v1/leases/${ID}/heartbeat`)).body?.cancel();
    assert.deepEqual(leases.heartbeats.splice(0), [ID]);
    await (await post(address, `/v1/leases/${ID}/extend`, { total_seconds: 60 })).body?.cancel();
    assert.deepEqual([leases.extended.length, leases.heartbeats], [1, []]);
    assert.equal((await post(address, `/v1/leases/${ID}/release`)).status, 204);
    for (let turn = 0; turn < 2; turn++) {
      const forced = await post(address, `/v1/leases/${OTHER}/force-release`, { reason: "  rebooting " });
      assert.equal(forced.status, 204);
    }
    assert.deepEqual(leases.released, [
      { lease: ID, cause: "an administrator released it", actor: "administrator", source: SOURCE },
      {
        lease: OTHER,
        cause: "an administrator took it away: rebooting",
        reason: "rebooting",
        actor: "administrator",
        source: SOURCE,
      },
    ]);
    for (const what of ["heartbeat", "release", "force-release"]) {
      assert.deepEqual(await refusalOf(post(address, `/v1/leases/nope/${what}`)), [404, "not_found"], what);
    }
  });
});

Deno.test("what is asked of a lease does nothing when its body is wrong", async () => {
  await served(async ({ address, operations: { leases } }) => {
    await (await acquire(address)).body?.cancel();
    const bodies: [what: string, body: unknown][] = [
      ["extend", undefined],
      ["extend", {}],
      ["extend", { total_seconds: 0 }],
      ["extend", { total_seconds: 1e12 }],
      ["extend", { total_seconds: 14_401 }],
      ["extend", { total: 60 }],
      ["release", { release: "sell" }],
      ["release", { release: "save", keep_seconds: 0 }],
      ["release", { release: "save", keep_seconds: 1e12 }],
      ["release", { reason: "x".repeat(501) }],
      ["release", { why: "x" }],
      ["force-release", { reason: "" }],
      ["force-release", { release: "reset" }],
    ];
    for (const [what, body] of bodies) {
      const refused = refusalOf(post(address, `/v1/leases/${ID}/${what}`, body));
      assert.deepEqual(await refused, [400, "invalid_request"], `${what} ${JSON.stringify(body)}`);
    }
    assert.deepEqual([leases.extended, leases.released], [[], []]);
  });
});

Deno.test("leases say 405 with Allow to another method", async () => {
  await served(async ({ address }) => {
    for (
      const [path, method, allow] of [
        ["/v1/leases", "DELETE", "POST, GET, HEAD"],
        [`/v1/leases/${ID}`, "DELETE", "GET, HEAD"],
        [`/v1/leases/${ID}/release`, "GET", "POST"],
      ] as const
    ) {
      const refused = await ask(address, path, { method });
      assert.deepEqual([refused.status, refused.headers.get("allow")], [405, allow], path);
      await refused.body?.cancel();
    }
  });
});

Deno.test("without a key for tokens leases are 503, and everything else is as ever", async () => {
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
    const { address } = server;
    const unavailable = [503, "leases_unavailable"];
    assert.deepEqual(await refusalOf(acquire(address)), unavailable);
    assert.deepEqual(await refusalOf(ask(address, "/v1/leases")), unavailable);
    assert.deepEqual(await refusalOf(ask(address, `/v1/leases/${ID}`)), unavailable);
    assert.deepEqual(await refusalOf(post(address, `/v1/leases/${ID}/release`)), unavailable);
    const token = leaseToken(LEASE_KEY, ID);
    assert.deepEqual(await refusalOf(askWith(token, address, `/v1/leases/${ID}`)), unavailable);
    assert.deepEqual(await refusalOf(askWith(token, address, "/v1/status")), [403, "administrator_only"]);
    assert.equal(
      (await problemOf(await ask(address, "/v1/leases", { headers: { authorization: "" } }))).status,
      401,
    );
    const status = await ask(address, "/v1/status");
    assert.equal(status.status, 200);
    await status.body?.cancel();
    assert.deepEqual(operations.leases.acquired, []);
  } finally {
    await server.close();
  }
});
