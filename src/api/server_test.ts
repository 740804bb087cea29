import assert from "node:assert/strict";
import { request } from "node:http";
import { serveApi } from "./server.ts";
import { PHASES } from "../model/phases.ts";
import { silentLog } from "../ports/log.ts";
import { ask, problemOf } from "./testing/ask.ts";
import { FakeOperations, SAMPLE_ROLLOUT, SAMPLE_STATUS } from "./testing/fake_operations.ts";
import { SAMPLE_METRICS, served, TOKEN } from "./testing/served.ts";

/** Reads an event stream until `enough`, then leaves. */
async function readStream(response: Response, enough: (text: string) => boolean): Promise<string> {
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  assert.ok(reader);
  let text = "";
  while (!enough(text)) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
  }
  await reader.cancel();
  return text;
}

Deno.test("GET /v1/status answers with what the controller says", async () => {
  await served(async ({ address }) => {
    const response = await ask(address, "/v1/status");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.deepEqual(await response.json(), SAMPLE_STATUS);
  });
});

Deno.test("the API refuses who has no token or a wrong one, also for paths that do not exist", async () => {
  await served(async ({ address, operations }) => {
    for (const authorization of ["", "Bearer", "Bearer wrong", `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, TOKEN]) {
      for (const path of ["/v1/status", "/v1/openapi.json", "/metrics", "/nothing"]) {
        const response = await ask(address, path, { headers: { authorization } });
        assert.deepEqual((await problemOf(response)).code, "unauthorized", `${path} with "${authorization}"`);
        assert.equal(response.status, 401);
      }
    }
    const stop = await ask(address, "/v1/stop", { method: "POST", headers: { authorization: "" } });
    assert.equal((await problemOf(stop)).status, 401);
    assert.deepEqual(operations.stops, []);
  });
});

Deno.test("GET /metrics answers in Prometheus' text format, to GET and HEAD alone", async () => {
  await served(async ({ address }) => {
    const response = await ask(address, "/metrics");
    assert.equal(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert.equal(response.headers.get("cache-control"), "no-store");
    assert.equal(await response.text(), SAMPLE_METRICS);
    const head = await ask(address, "/metrics", { method: "HEAD" });
    assert.deepEqual([head.status, await head.text()], [200, ""]);
    const posted = await ask(address, "/metrics", { method: "POST" });
    assert.equal(posted.headers.get("allow"), "GET, HEAD");
    assert.equal((await problemOf(posted)).code, "method_not_allowed");
  });
});

Deno.test("GET /healthz needs no token", async () => {
  await served(async ({ address }) => {
    assert.equal(await (await fetch(`${address}/healthz`)).text(), "ok\n");
  });
});

Deno.test("the API refuses a name that is not loopback's", async () => {
  await served(async ({ address }) => {
    const withHost = (host: string) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request(`${address}/healthz`, { headers: { host }, agent: false }, (response) => {
          response.resume();
          response.on("end", () => resolve(response.statusCode));
        });
        sent.on("error", reject).end();
      });
    for (const host of ["localhost", "localhost:7420", "127.0.0.1:1", "[::1]:7420", "LOCALHOST"]) {
      assert.equal(await withHost(host), 200, host);
    }
    for (
      const host of ["evil.example", "evil.example:7420", "127.0.0.1.evil.example", "localhost.evil.example"]
    ) {
      assert.equal(await withHost(host), 403, host);
    }
  });
});

Deno.test("the API says 404 for an unknown path and 405 with Allow for a wrong method", async () => {
  await served(async ({ address }) => {
    assert.equal((await problemOf(await ask(address, "/v1/nothing"))).code, "not_found");
    const response = await ask(address, "/v1/stop");
    assert.equal(response.headers.get("allow"), "POST");
    assert.equal((await problemOf(response)).code, "method_not_allowed");
    const posted = await ask(address, "/v1/status", { method: "POST" });
    assert.equal((await problemOf(posted)).status, 405);
  });
});

Deno.test("the API says 405 with Allow for a path with a parameter, and 404 for what only looks like it", async () => {
  await served(async ({ address }) => {
    for (const pool of ["linux", "nope", "a%20b", "%2F"]) {
      const response = await ask(address, `/v1/pools/${pool}/rollout`);
      assert.equal(response.headers.get("allow"), "POST", pool);
      assert.equal((await problemOf(response)).code, "method_not_allowed");
    }
    for (
      const path of ["/v1/pool/linux", "/v1/pools//rollout", "/v1/pools/a/b/rollout", "/v1/openapi-json"]
    ) {
      assert.equal((await problemOf(await ask(address, path))).code, "not_found", path);
    }
  });
});

Deno.test("GET /v1/events answers with pages that follow one another", async () => {
  await served(async ({ address, operations }) => {
    for (let i = 0; i < 5; i++) operations.commit();
    const first = await (await ask(address, "/v1/events?limit=3")).json();
    assert.deepEqual(first.events.map((row: { seq: number }) => row.seq), [1, 2, 3]);
    assert.equal(first.next, 3);
    const second = await (await ask(address, `/v1/events?limit=3&after=${first.next}`)).json();
    assert.deepEqual(second.events.map((row: { seq: number }) => row.seq), [4, 5]);
    const third = await (await ask(address, `/v1/events?limit=3&after=${second.next}`)).json();
    assert.deepEqual(third, { events: [], reset: false, next: 5 });
  });
});

Deno.test("GET /v1/events narrows by since, vm, pool and type", async () => {
  await served(async ({ address, operations }) => {
    operations.commit({ stream: "pool/linux", type: "pool.degraded", at: "2026-03-01T09:00:00.000Z" });
    operations.commit({ stream: "cycle/windows/1.8" });
    operations.commit({ stream: "cycle/linux/1.7", type: "op.closed" });
    const seqs = async (query: string) => {
      const page = await (await ask(address, `/v1/events?${query}`)).json();
      return page.events.map((row: { seq: number }) => row.seq);
    };
    assert.deepEqual(await seqs("pool=linux"), [1, 3]);
    assert.deepEqual(await seqs("type=op"), [2, 3]);
    assert.deepEqual(await seqs("vm=linux/1.7"), [3]);
    assert.deepEqual(await seqs("since=2026-03-01T09:30:00Z"), [2, 3]);
    assert.deepEqual(await seqs(`since=${encodeURIComponent("2026-03-01T10:30:00+01:00")}`), [2, 3]);
  });
});

Deno.test("GET /v1/events is a 404 for names of what is not there and was not, but not for what had no event", async () => {
  await served(async ({ address, operations }) => {
    operations.commit({ stream: "pool/old", type: "pool.melted" });
    for (
      const [query, says] of [
        ["vm=nope", /^There is no VM "nope", and no event of one is kept\. There is: linux-1\.$/],
        ["vm=nope&since=2026-03-01T09:00:00Z&limit=1", /no VM "nope"/],
        ["pool=nope", /^There is no pool "nope", and no event of one is kept\. There is: linux\.$/],
        ["pool=linux&vm=nope", /no VM "nope"/],
        ["type=cycle.failled", /^There is no type of event "cycle.failled".* Near it: cycle\.failed, /],
      ] as const
    ) {
      const { status, code, detail } = await problemOf(await ask(address, `/v1/events?${query}`));
      assert.deepEqual([status, code], [404, "not_found"], query);
      assert.match(detail, says);
    }
    for (
      const query of [
        "vm=linux-1",
        "vm=linux/1.7",
        "pool=linux",
        "pool=old",
        "type=pool.melted",
        "type=pool.d",
        "type=cycle.failed&pool=old",
        "pool=nope&after=1",
      ]
    ) {
      const answer = await ask(address, `/v1/events?${query}`);
      assert.equal(answer.status, 200, `${query}: ${await answer.text()}`);
    }
  });
});

Deno.test("GET /v1/events says which part of a wrong query is wrong", async () => {
  await served(async ({ address }) => {
    for (const query of ["limit=0", "limit=x", "after=-1", "since=yesterday", "limit=100000"]) {
      const { status, code, detail } = await problemOf(await ask(address, `/v1/events?${query}`));
      assert.deepEqual([status, code], [400, "invalid_request"], query);
      assert.ok(detail.includes(query.split("=", 1)[0] ?? "?"), detail);
    }
  });
});

const STREAM = { accept: "text/event-stream" };

Deno.test("GET /v1/events streams what is kept and then what is committed", async () => {
  await served(async ({ address, operations }) => {
    const first = operations.commit();
    const response = await ask(address, "/v1/events", { headers: STREAM });
    const text = await readStream(response, (soFar) => {
      if (soFar.includes("id: 1\n") && operations.rows.length === 1) operations.commit();
      return soFar.includes("id: 2\n");
    });
    assert.ok(text.includes(`id: 1\ndata: ${JSON.stringify(first)}\n\n`));
    assert.ok(!text.includes("reset"));
  });
});

Deno.test("GET /v1/events goes on after Last-Event-ID", async () => {
  await served(async ({ address, operations }) => {
    for (let i = 0; i < 3; i++) operations.commit();
    const response = await ask(address, "/v1/events?after=1", {
      headers: { ...STREAM, "last-event-id": "2" },
    });
    const text = await readStream(response, (soFar) => soFar.includes("id: "));
    assert.match(text, /id: 3\n/);
    assert.doesNotMatch(text, /id: [12]\n/);
    const wrong = await ask(address, "/v1/events", { headers: { ...STREAM, "last-event-id": "x" } });
    assert.equal((await problemOf(wrong)).status, 400);
  });
});

Deno.test("an event stream sends a reset to who asks for events that are no longer kept", async () => {
  await served(async ({ address, operations }) => {
    for (let i = 0; i < 5; i++) operations.commit();
    operations.keep(2);
    const response = await ask(address, "/v1/events", { headers: { ...STREAM, "last-event-id": "1" } });
    const text = await readStream(response, (soFar) => soFar.includes("id: 5\n"));
    assert.match(text, /event: reset\ndata: {"after":1,"first":4}\n\nid: 4\n/);
  });
});

Deno.test("an event stream sends a reset to who knows another journal, and starts from the beginning", async () => {
  await served(async ({ address, operations }) => {
    operations.commit();
    const response = await ask(address, "/v1/events", { headers: { ...STREAM, "last-event-id": "900" } });
    const text = await readStream(response, (soFar) => soFar.includes("id: 1\n"));
    assert.match(text, /event: reset\ndata: {"after":900,"first":null}\n\nid: 1\n/);
  });
});

Deno.test("an event stream does not look again at events that did not match", async () => {
  await served(async ({ address, operations }) => {
    operations.commit({ type: "boring" });
    const asked: (number | undefined)[] = [];
    const real = operations.events.bind(operations);
    operations.events = (filter, limit) => {
      asked.push(filter.after);
      return real(filter, limit);
    };
    const response = await ask(address, "/v1/events?type=op", { headers: STREAM });
    await readStream(response, (soFar) => {
      if (asked.length === 1) operations.commit();
      return soFar.includes("id: 2\n");
    });
    assert.deepEqual(asked.slice(0, 2), [undefined, 1]);
  });
});

Deno.test("an event stream sends heartbeats while nothing happens", async () => {
  await served(async ({ address }) => {
    const text = await readStream(
      await ask(address, "/v1/events", { headers: STREAM }),
      (soFar) => soFar.split(": still here\n\n").length > 2,
    );
    assert.doesNotMatch(text, /data:/);
  }, { heartbeatMs: 5 });
});

Deno.test("an event stream reads no further for a client that does not take what it has", async () => {
  await served(async ({ address, operations }) => {
    const big = "x".repeat(20_000);
    for (let i = 0; i < 5000; i++) operations.commit({ data: { big } });
    const response = await ask(address, "/v1/events", { headers: STREAM });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const reads = operations.reads;
    assert.ok(reads < 20, `${reads} pages of 4 MB were read ahead`);
    await response.body?.cancel();
  });
});

Deno.test("an event stream lets go of the controller when its client leaves", async () => {
  await served(async ({ address, operations }) => {
    const response = await ask(address, "/v1/events", { headers: STREAM });
    await readStream(response, (soFar) => soFar !== "");
    for (let i = 0; i < 400 && operations.listeners > 0; i++) {
      operations.commit();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.equal(operations.listeners, 0);
  });
});

Deno.test("HEAD of an event stream leaves nothing open", async () => {
  await served(async ({ address, operations }) => {
    const response = await ask(address, "/v1/events", { method: "HEAD", headers: STREAM });
    assert.equal(response.status, 200);
    assert.equal(operations.listeners, 0);
  });
});

Deno.test("close() ends open streams and then the server", async () => {
  await served(async ({ address, operations, server }) => {
    const response = await ask(address, "/v1/events", { headers: STREAM });
    const reading = readStream(response, () => false);
    while (operations.reads === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await server.close();
    await reading;
    assert.equal(operations.listeners, 0);
    await assert.rejects(fetch(`${address}/healthz`));
  });
});

Deno.test("POST /v1/stop stops, and drains only when asked to", async () => {
  await served(async ({ address, operations }) => {
    const json = { "content-type": "application/json", "user-agent": "test" };
    const plain = await ask(address, "/v1/stop", { method: "POST", headers: { "user-agent": "test" } });
    assert.equal(plain.status, 202);
    assert.deepEqual(await plain.json(), { state: "stopping" });
    const drained = await ask(address, "/v1/stop", { method: "POST", body: '{"drain":true}', headers: json });
    assert.deepEqual(await drained.json(), { state: "draining" });
    assert.deepEqual(operations.stops, [
      { drain: false, actor: "administrator", source: "api (test)" },
      { drain: true, actor: "administrator", source: "api (test)" },
    ]);
  });
});

Deno.test("POST /v1/stop does nothing when its body is wrong", async () => {
  await served(async ({ address, operations }) => {
    const send = async (body: string, type: string) => {
      const response = await ask(address, "/v1/stop", {
        method: "POST",
        body,
        headers: { "content-type": type },
      });
      return (await problemOf(response)).code;
    };
    assert.equal(await send('{"drian":true}', "application/json"), "invalid_request");
    assert.equal(await send('{"drain":"yes"}', "application/json"), "invalid_request");
    assert.equal(await send('{"drain":', "application/json"), "invalid_request");
    assert.equal(await send('{"drain":true}', "text/plain"), "unsupported_media_type");
    assert.equal(
      await send(`{"drain":true,"x":"${"x".repeat(70_000)}"}`, "application/json"),
      "body_too_large",
    );
    assert.deepEqual(operations.stops, []);
  });
});

/** Asks a pool's rollout to do something. */
function askRollout(
  address: string,
  pool: string,
  body: string,
  type = "application/json",
): Promise<Response> {
  const headers = { "content-type": type, "user-agent": "test" };
  return ask(address, `/v1/pools/${pool}/rollout`, { method: "POST", body, headers });
}

Deno.test("POST /v1/pools/{pool}/rollout hands on what is asked and answers how it leaves the rollout", async () => {
  await served(async ({ address, operations }) => {
    operations.rollOut();
    for (const action of ["pause", "resume", "revert", "promote"]) {
      const response = await askRollout(address, "linux", JSON.stringify({ action }));
      assert.equal(response.status, 202);
      const paused = action === "pause";
      const phase = action === "revert" ? "reverted" : "canary";
      assert.deepEqual(await response.json(), {
        pool: "linux",
        rollout: { ...SAMPLE_ROLLOUT, paused, phase },
      });
      assert.deepEqual(operations.rollouts.splice(0), [{
        pool: "linux",
        action,
        actor: "administrator",
        source: "api (test)",
      }]);
    }
  });
});

Deno.test("POST /v1/pools/{pool}/rollout is a 404 for an unknown pool and a 409 without a rollout", async () => {
  await served(async ({ address }) => {
    const answerTo = async (pool: string) => {
      const response = await askRollout(address, pool, '{"action":"pause"}');
      assert.equal(response.headers.get("cache-control"), "no-store");
      const { status, code } = await problemOf(response);
      return [status, code];
    };
    assert.deepEqual(await answerTo("nope"), [404, "not_found"]);
    assert.deepEqual(await answerTo("lin%2Fux"), [404, "not_found"]);
    assert.deepEqual(await answerTo("linux"), [409, "nothing_rolled_out"]);
  });
});

Deno.test("POST /v1/pools/{pool}/rollout does nothing without the token or when its body is wrong", async () => {
  await served(async ({ address, operations }) => {
    operations.rollOut();
    const codeOf = async (body: string, type?: string) => {
      return (await problemOf(await askRollout(address, "linux", body, type))).code;
    };
    assert.equal(await codeOf(""), "invalid_request");
    assert.equal(await codeOf("{}"), "invalid_request");
    assert.equal(await codeOf('{"action":"stop"}'), "invalid_request");
    assert.equal(await codeOf('{"action":"pause","pool":"other"}'), "invalid_request");
    assert.equal(await codeOf('{"action":'), "invalid_request");
    assert.equal(await codeOf('{"action":"pause"}', "text/plain"), "unsupported_media_type");
    assert.equal(await codeOf(`{"action":"pause","x":"${"x".repeat(70_000)}"}`), "body_too_large");
    const bare = await ask(address, "/v1/pools/linux/rollout", { method: "POST" });
    assert.equal((await problemOf(bare)).status, 400);
    const init = { method: "POST", headers: { authorization: "" } };
    assert.equal((await problemOf(await ask(address, "/v1/pools/linux/rollout", init))).status, 401);
    assert.deepEqual(operations.rollouts, []);
  });
});

Deno.test("a failing controller is a 500 that tells nothing but is logged", async () => {
  const logged: unknown[] = [];
  const log = { ...silentLog, error: (_message: string, fields?: unknown) => void logged.push(fields) };
  await served(async ({ address, operations }) => {
    operations.status = () => {
      throw new Error("secret detail");
    };
    const { status, code, detail } = await problemOf(await ask(address, "/v1/status"));
    assert.deepEqual([status, code], [500, "internal"]);
    assert.doesNotMatch(detail, /secret/);
    assert.equal(logged.length, 1);
  }, { log });
});

Deno.test("GET /v1/openapi.json describes every route", async () => {
  await served(async ({ address }) => {
    const document = await (await ask(address, "/v1/openapi.json")).json();
    assert.equal(document.openapi, "3.1.0");
    assert.deepEqual(Object.keys(document.paths).sort(), [
      "/healthz",
      "/metrics",
      "/v1/drain",
      "/v1/events",
      "/v1/evidence/{cycle}/{file}",
      "/v1/inventory",
      "/v1/jobs",
      "/v1/jobs/{name}",
      "/v1/leases",
      "/v1/leases/{lease}",
      "/v1/leases/{lease}/checkpoints",
      "/v1/leases/{lease}/checkpoints/{name}/restore",
      "/v1/leases/{lease}/extend",
      "/v1/leases/{lease}/force-release",
      "/v1/leases/{lease}/heartbeat",
      "/v1/leases/{lease}/pause",
      "/v1/leases/{lease}/release",
      "/v1/leases/{lease}/reset",
      "/v1/leases/{lease}/resume",
      "/v1/pause",
      "/v1/pools",
      "/v1/pools/{pool}",
      "/v1/pools/{pool}/drain",
      "/v1/pools/{pool}/pause",
      "/v1/pools/{pool}/resize",
      "/v1/pools/{pool}/resume",
      "/v1/pools/{pool}/rollout",
      "/v1/reconcile",
      "/v1/reload",
      "/v1/resume",
      "/v1/status",
      "/v1/stop",
      "/v1/templates",
      "/v1/templates/{name}",
      "/v1/templates/{name}/export",
      "/v1/templates/{name}/import",
      "/v1/templates/{name}/prepare",
      "/v1/templates/{name}/verify",
      "/v1/vms/{vm}/destroy",
      "/v1/vms/{vm}/evidence",
      "/v1/vms/{vm}/hold",
      "/v1/vms/{vm}/prepare",
      "/v1/vms/{vm}/recreate",
      "/v1/vms/{vm}/release",
      "/v1/vms/{vm}/reset",
      "/v1/vms/{vm}/resume",
      "/v1/vms/{vm}/save",
      "/v1/vms/{vm}/stop",
    ]);
    assert.deepEqual(document.components.schemas.VmStatus.properties.phase.enum, PHASES);
    assert.ok("application/x-ndjson" in document.paths["/v1/templates"].post.responses[200].content);
  });
});

Deno.test("the API sends no header that lets other origins read it", async () => {
  await served(async ({ address }) => {
    const response = await ask(address, "/v1/status", { headers: { origin: "http://evil.example" } });
    await response.body?.cancel();
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });
});

Deno.test("serveApi() says which address is taken and what to do", async () => {
  await served(({ address }) => {
    const port = Number(new URL(address).port);
    assert.throws(() => serve({ host: "127.0.0.1", port }), {
      name: "ListenError",
      message: new RegExp(`^Cannot listen on 127.0.0.1:${port}: the port is in use.*api\\.listen`),
    });
    return Promise.resolve();
  });
});

Deno.test("serveApi() says which address this machine does not have", () => {
  assert.throws(() => serve({ host: "192.0.2.1", port: 0 }), {
    name: "ListenError",
    message: /^Cannot listen on 192\.0\.2\.1:0: .*api\.listen/,
  });
});

Deno.test("serveApi() refuses an empty token", () => {
  assert.throws(() => serve({ host: "127.0.0.1", port: 0 }, " "), /token is empty/);
});

function serve(listen: { host: string; port: number }, token = TOKEN): unknown {
  const metrics = { text: () => "" };
  return serveApi({ operations: new FakeOperations(), metrics, token, listen, version: "0", log: silentLog });
}
