import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE_JOB, SAMPLE_ROLLOUT, SAMPLE_STATUS } from "../api/testing/fake_operations.ts";
import { served, TOKEN } from "../api/testing/served.ts";
import { Client } from "./client.ts";
import type { Followed } from "./follow.ts";
import type { Endpoint } from "./endpoint.ts";
import { findEndpoint } from "./endpoint.ts";
import { NotRunning } from "./errors.ts";

function clientOf(address: string, token = TOKEN): Client {
  const endpoint: Endpoint = { address, token, pid: Deno.pid, startedAt: "2026-03-01T10:00:00.000Z" };
  return new Client({ locate: () => Promise.resolve(endpoint), name: "test" });
}

/** An address on which nobody listens. */
function deadAddress(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}`;
}

async function inDataDir(run: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

function writeEndpoint(dir: string, endpoint: Record<string, unknown> = {}): void {
  writeFileSync(
    join(dir, "endpoint.json"),
    JSON.stringify({
      address: "http://127.0.0.1:7420",
      tokenFile: "token",
      pid: Deno.pid,
      startedAt: "2026-03-01T10:00:00.000Z",
      ...endpoint,
    }),
  );
}

Deno.test("status() reads the status", async () => {
  await served(async ({ address }) => {
    assert.deepEqual(await clientOf(address).status(), SAMPLE_STATUS);
  });
});

Deno.test("status() is read directly, whatever proxy the environment names", async () => {
  const before = Deno.env.get("HTTP_PROXY");
  Deno.env.set("HTTP_PROXY", deadAddress());
  try {
    await served(async ({ address }) => {
      assert.equal((await clientOf(address).status()).controller.state, "running");
    });
  } finally {
    if (before === undefined) Deno.env.delete("HTTP_PROXY");
    else Deno.env.set("HTTP_PROXY", before);
  }
});

Deno.test("status() says NotRunning when nobody listens", async () => {
  await assert.rejects(clientOf(deadAddress()).status(), { name: "NotRunning", message: /hvpool run/ });
});

Deno.test("status() says Unauthorized when the token is wrong", async () => {
  await served(async ({ address }) => {
    await assert.rejects(clientOf(address, "other").status(), {
      name: "Unauthorized",
      message: /--data-dir/,
    });
  });
});

Deno.test("status() says when something else answers", async () => {
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("<html>"));
  try {
    const client = clientOf(`http://127.0.0.1:${server.addr.port}`);
    await assert.rejects(client.status(), { name: "ApiError", message: /not what this version expects/ });
  } finally {
    await server.shutdown();
  }
});

/** A server that takes a connection, sends `begin`, and never goes on. */
async function stuck(run: (client: Client, address: string) => Promise<void>, begin = ""): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept().then(async (connection) => {
    if (begin !== "") await connection.write(new TextEncoder().encode(begin));
    return connection;
  });
  const address = `http://127.0.0.1:${listener.addr.port}`;
  const endpoint = { address, token: TOKEN, pid: 1, startedAt: "" };
  try {
    await run(new Client({ locate: () => Promise.resolve(endpoint), timeoutMs: 50 }), address);
  } finally {
    (await accepted).close();
    listener.close();
  }
}

Deno.test("status() of an hvpool that never answers says so, and not that it is not running", async () => {
  await stuck(async (client, address) => {
    await assert.rejects(client.status(), (error: unknown) => {
      assert.ok(error instanceof NotRunning && error.name === "NotAnswering");
      assert.match(error.message, new RegExp(`hvpool at ${address} did not answer within 0.05 s`));
      assert.doesNotMatch(error.message, /hvpool run|not running|take effect/);
      return true;
    });
  });
});

Deno.test("stop() that is not answered may still take effect, and says so", async () => {
  await stuck(async (client) => {
    await assert.rejects(client.stop({ drain: true }), {
      name: "NotAnswering",
      message: /did not answer within 0\.05 s.*may still take effect: look at `hvpool status`/,
    });
  });
});

Deno.test("stop() that is not answered to the end may still take effect, too", async () => {
  const begin = "HTTP/1.1 202 Accepted\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
  await stuck(async (client) => {
    await assert.rejects(client.stop({ drain: true }), {
      name: "NotAnswering",
      message: /did not answer within 0\.05 s.*may still take effect/,
    });
  }, begin);
});

Deno.test("events() hands on what the API says against a query", async () => {
  await served(async ({ address, operations }) => {
    operations.commit();
    operations.commit();
    const client = clientOf(address);
    const page = await client.events({ after: 1 });
    assert.deepEqual([page.events.length, page.next], [1, 2]);
    await assert.rejects(client.events({ limit: 5000 }), {
      name: "ApiError",
      code: "invalid_request",
      message: /limit/,
    });
  });
});

Deno.test("stop() says who asked", async () => {
  await served(async ({ address, operations }) => {
    await clientOf(address).stop({ drain: true });
    assert.deepEqual(operations.stops, [{ drain: true, actor: "administrator", source: "api (test)" }]);
  });
});

Deno.test("rollout() hands on what is asked, and refusals with their codes", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    const refused = (code: string) => ({ name: "ApiError", code, message: /^hvpool refused: / });
    await assert.rejects(
      client.rollout({ pool: "linux", action: "resume" }),
      refused("nothing_rolled_out"),
    );
    await assert.rejects(client.rollout({ pool: "no/pool?", action: "resume" }), {
      ...refused("not_found"),
      message: /no such pool/,
    });
    operations.rollOut();
    assert.deepEqual(await client.rollout({ pool: "linux", action: "pause" }), {
      pool: "linux",
      rollout: { ...SAMPLE_ROLLOUT, paused: true },
    });
    assert.deepEqual(operations.rollouts, [{
      pool: "linux",
      action: "pause",
      actor: "administrator",
      source: "api (test)",
    }]);
  });
});

Deno.test("cordon(), resize(), retire(), hold() and release() ask for it under the name that they mean", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    const answer = await client.cordon({ action: "drain", reason: "a new disk" });
    assert.deepEqual(answer, { message: "Done: drain.", changed: true });
    await client.cordon({ action: "resume", pool: "linux" });
    await client.resize({ pool: "linux", size: 3 });
    await client.resize({ pool: "linux" });
    await client.retire({ action: "destroy", vm: "linux/1.7", force: true });
    await client.hold({ vm: "linux-1", seconds: 60 });
    operations.setVms({ phase: "quarantined" });
    assert.equal((await client.release({ vm: "linux/1.7" })).cycle, "linux/1.7");
    const source = "api (test)";
    assert.deepEqual(operations.requests, [
      { action: "drain", reason: "a new disk", actor: "administrator", source },
      { action: "resume", pool: "linux", actor: "administrator", source },
      { action: "resize", pool: "linux", size: 3, actor: "administrator", source },
      { action: "resize", pool: "linux", actor: "administrator", source },
      { action: "destroy", vm: "linux/1.7", force: true, actor: "administrator", source },
      { action: "hold", vm: "linux-1", forMs: 60_000, actor: "administrator", source },
      { action: "release", vm: "linux/1.7", actor: "administrator", source },
    ]);
  });
});

Deno.test("cordon() never drains the whole host because of a pool's odd name", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    for (const pool of ["..", ".", "", "../x", "%2e%2e"]) {
      await assert.rejects(
        async () => await client.cordon({ action: "drain", pool }),
        { code: "not_found" },
        pool,
      );
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("reload() hands on what changes, or each problem", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    operations.reloadAnswer = { ok: true, changes: ["pool ci: gone"], restart: [] };
    assert.deepEqual(await client.reload({ apply: true }), {
      applied: true,
      changes: ["pool ci: gone"],
      restart: [],
    });
    operations.reloadAnswer = { ok: false, problems: ["config.yaml:3:1: wrong"] };
    await assert.rejects(client.reload({ apply: false }), {
      code: "invalid_configuration",
      message: /nothing was changed:\nconfig\.yaml:3:1: wrong$/,
      problems: ["config.yaml:3:1: wrong"],
    });
    assert.deepEqual(operations.reloads.map(({ apply }) => apply), [true, false]);
  });
});

Deno.test("jobs() and job() read the history", async () => {
  await served(async ({ address, operations }) => {
    const client = clientOf(address);
    operations.jobRows = Array.from({ length: 1100 }, (_, i) => ({ ...SAMPLE_JOB, name: `job-${i}` }));
    const failed = await Array.fromAsync(client.jobs({ limit: 2, result: "failure" }));
    assert.deepEqual(failed, operations.jobRows.slice(0, 2));
    assert.deepEqual(await Array.fromAsync(client.jobs({ limit: 0 })), operations.jobRows);
    assert.deepEqual(await client.job("job-7"), operations.jobRows[7]);
    await assert.rejects(client.job("job/x"), { code: "not_found" });
    assert.deepEqual(operations.jobQueries[0], { filter: { result: "failure" }, limit: 2 });
  });
});

Deno.test("jobs() says that the connection was lost when the answer is cut off", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepted = listener.accept();
  try {
    const line = JSON.stringify(SAMPLE_JOB) + "\n";
    const answering = (async () => {
      const connection = await accepted;
      await connection.read(new Uint8Array(10_000));
      const text = `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${
        line.length.toString(16)
      }\r\n${line}\r\n`;
      await connection.write(new TextEncoder().encode(text));
      connection.close();
    })();
    const names: string[] = [];
    await assert.rejects(async () => {
      const client = clientOf(`http://127.0.0.1:${listener.addr.port}`);
      for await (const job of client.jobs()) names.push(job.name);
    }, { name: "ConnectionLost" });
    assert.deepEqual(names, [SAMPLE_JOB.name]);
    await answering;
  } finally {
    listener.close();
  }
});

Deno.test("follow() goes on after the last event when the server comes back elsewhere", async () => {
  const heard: string[] = [];
  let endpoint: Endpoint = { address: "", token: TOKEN, pid: Deno.pid, startedAt: "" };
  const client = new Client({ locate: () => Promise.resolve(endpoint) });
  const ending = new AbortController();
  const note = (item: Followed) => heard.push(item.type === "event" ? String(item.event.seq) : item.type);
  const following = client.follow({}, { signal: ending.signal, retryMs: 5 });
  await served(async ({ address, operations }) => {
    endpoint = { ...endpoint, address };
    operations.commit();
    operations.commit();
    for (let i = 0; i < 2; i++) {
      const { value } = await following.next();
      if (value) note(value);
    }
  });
  await served(async ({ address, operations }) => {
    endpoint = { ...endpoint, address };
    for (let i = 0; i < 4; i++) operations.commit();
    for await (const item of following) {
      note(item);
      if (item.type === "event" && item.event.seq === 4) break;
    }
  });
  assert.deepEqual(heard, ["1", "2", "lost", "3", "4"]);
});

Deno.test("follow() ends when it is told to", async () => {
  await served(async ({ address, operations }) => {
    operations.commit();
    const ending = new AbortController();
    const items: Followed[] = [];
    for await (const item of clientOf(address).follow({}, { signal: ending.signal })) {
      items.push(item);
      ending.abort();
    }
    assert.equal(items.length, 1);
  });
});

Deno.test("follow() says NotRunning at once when nobody was there, and after a while when they went", async () => {
  const dead = clientOf(deadAddress()).follow({}, { retryMs: 1 });
  await assert.rejects(dead.next(), { name: "NotRunning" });

  const heard: string[] = [];
  let following: AsyncGenerator<Followed> | undefined;
  await served(async ({ address, operations }) => {
    operations.commit();
    following = clientOf(address).follow({}, { retryMs: 1, giveUpAfterMs: 20 });
    heard.push((await following.next()).value?.type ?? "nothing");
  });
  await assert.rejects(async () => {
    for await (const item of following ?? []) heard.push(item.type);
  }, { name: "NotRunning" });
  assert.deepEqual(heard, ["event", "lost"]);
});

Deno.test("findEndpoint() reads address and token, wherever the token lies", async () => {
  await inDataDir(async (dir) => {
    writeFileSync(join(dir, "token"), "abc\n");
    for (const tokenFile of ["token", join(dir, "token")]) {
      writeEndpoint(dir, { tokenFile, later: "field" });
      assert.deepEqual(await findEndpoint(dir), {
        address: "http://127.0.0.1:7420",
        token: "abc",
        pid: Deno.pid,
        startedAt: "2026-03-01T10:00:00.000Z",
      });
    }
  });
});

Deno.test("findEndpoint() says NotRunning without a file, with a broken one, and when the process has ended", async () => {
  await inDataDir(async (dir) => {
    await assert.rejects(findEndpoint(dir), { name: "NotRunning", message: /there is no .*--data-dir/ });
    writeFileSync(join(dir, "endpoint.json"), "{");
    await assert.rejects(findEndpoint(dir), { name: "NotRunning", message: /Start hvpool again/ });
    const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null" }).spawn();
    const { pid } = child;
    await child.status;
    writeEndpoint(dir, { pid });
    await assert.rejects(findEndpoint(dir), {
      name: "NotRunning",
      message: new RegExp(`process ${pid}, which has ended`),
    });
  });
});

Deno.test("findEndpoint() says Unauthorized when the token cannot be read", async () => {
  await inDataDir(async (dir) => {
    writeEndpoint(dir);
    await assert.rejects(findEndpoint(dir), { name: "Unauthorized", message: /Cannot read hvpool's token/ });
  });
});
