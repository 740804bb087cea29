import assert from "node:assert/strict";
import { CERTIFICATE, KEY } from "../github/http_tls_test_support.ts";
import { HOST_CALLS, type HostArgs, type HostValue } from "../ports/host.ts";
import { probeGuest } from "./guest_probe.ts";

const HERE = "127.0.0.1";
const NEVER = new AbortController().signal;

async function probe(args: HostArgs<"guest.probe">, limitMs = 5_000): Promise<HostValue<"guest.probe">> {
  const answer = await probeGuest(HOST_CALLS["guest.probe"].args.parse(args), NEVER, limitMs);
  assert.ok(!("lost" in answer) && answer.ok);
  return HOST_CALLS["guest.probe"].result.parse(answer.value);
}

/** A server that says this to whoever connects, and nothing more; answers with what it was sent. */
async function serving(
  say: string | undefined,
  body: (port: number, heard: () => string) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: HERE, port: 0 });
  let heard = "";
  const connections: Promise<void>[] = [];
  const serve = async (connection: Deno.TcpConn) => {
    using _ = connection;
    const buffer = new Uint8Array(4_096);
    try {
      for (;;) {
        const length = await connection.read(buffer);
        if (length === null) return;
        heard += new TextDecoder().decode(buffer.subarray(0, length));
        if (say !== undefined) await connection.write(new TextEncoder().encode(say));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)) {
        throw error;
      }
    }
  };
  const accepting = (async () => {
    for await (const connection of listener) connections.push(serve(connection));
  })();
  try {
    await body(listener.addr.port, () => heard);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(connections);
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: HERE, port: 0 });
  return listener.addr.port;
}

Deno.test("probeGuest() finds a port that takes connections, and one that does not", async () => {
  await serving(undefined, async (port) => {
    assert.deepEqual(await probe({ address: HERE, tcp: port }), {
      ready: true,
      message: `${HERE}:${port} takes connections`,
    });
  });
  const closed = await probe({ address: HERE, tcp: freePort() });
  assert.equal(closed.ready, false);
  assert.match(closed.message, /ECONNREFUSED|refused/i);
});

Deno.test("probeGuest() asks a web server at the guest, under the name that the address has", async () => {
  await serving("HTTP/1.1 204 No Content\r\n\r\n", async (port, heard) => {
    const { ready } = await probe({ address: HERE, http: `http://localhost:${port}/up?deep=1` });
    assert.equal(ready, true);
    assert.match(heard(), /^GET \/up\?deep=1 HTTP\/1\.1\r\nHost: localhost:\d+\r\n/);
  });
  await serving("HTTP/1.1 200 OK\r\n\r\n", async (port, heard) => {
    assert.equal((await probe({ address: HERE, http: `http://{address}:${port}` })).ready, true);
    assert.match(heard(), new RegExp(`Host: ${HERE}:${port}\\r\\n`));
  });
});

for (
  const [status, ready] of [[200, true], [302, true], [401, true], [405, true], [500, false], [
    503,
    false,
  ]] as const
) {
  Deno.test(`probeGuest() takes ${status} for a guest that is ${ready ? "" : "not "}ready, and follows nothing`, async () => {
    // Where it leads nobody listens: whoever follows it fails.
    const say = `HTTP/1.1 ${status} X\r\nLocation: http://127.0.0.1:${freePort()}/\r\n\r\n`;
    await serving(say, async (port) => {
      const seen = await probe({ address: HERE, http: `http://localhost:${port}/` });
      assert.deepEqual(seen, { ready, message: `http://${HERE}:${port}/ answers ${status}` });
    });
  });
}

Deno.test("probeGuest() takes no other server for a web server, and reads no further than a line", async () => {
  await serving("SSH-2.0-OpenSSH_9.5\r\n", async (port) => {
    assert.equal((await probe({ address: HERE, http: `http://localhost:${port}/` })).ready, false);
  });
  await serving("x".repeat(100_000), async (port) => {
    assert.equal((await probe({ address: HERE, http: `http://localhost:${port}/` })).ready, false);
  });
});

Deno.test("probeGuest() asks by TLS whatever the certificate says, and is told when there is none", async () => {
  const options = { hostname: HERE, port: 0, cert: CERTIFICATE, key: KEY, onListen() {} };
  await using server = Deno.serve(options, () => new Response("up"));
  const seen = await probe({ address: HERE, http: `https://localhost:${server.addr.port}/` });
  assert.deepEqual(seen, { ready: true, message: `https://${HERE}:${server.addr.port}/ answers 200` });
  await serving("HTTP/1.1 200 OK\r\n\r\n", async (port) => {
    assert.equal((await probe({ address: HERE, http: `https://localhost:${port}/` })).ready, false);
  });
});

Deno.test("probeGuest() gives up after its time, and when it is told to", async () => {
  await serving(undefined, async (port) => {
    const late = await probe({ address: HERE, http: `http://localhost:${port}/` }, 50);
    assert.deepEqual(late, { ready: false, message: `http://${HERE}:${port}/ did not answer within 50 ms` });
    const given = AbortSignal.abort(new Error("enough"));
    const answer = await probeGuest({ address: HERE, http: `http://localhost:${port}/` }, given);
    assert.ok("lost" in answer);
    assert.match(answer.lost, /enough/);
  });
});

Deno.test("guest.probe takes one of port and address, and no name in the place of the guest's address", () => {
  const { args } = HOST_CALLS["guest.probe"];
  assert.ok(args.safeParse({ address: HERE, tcp: 1 }).success);
  for (
    const bad of [{}, { tcp: 1, http: "http://a/" }, { tcp: 0 }, { http: "file:///etc" }, {
      http: "http://a b/",
    }]
  ) {
    assert.ok(!args.safeParse({ address: HERE, ...bad }).success, JSON.stringify(bad));
  }
  assert.ok(!args.safeParse({ address: "example.com", tcp: 1 }).success);
});
