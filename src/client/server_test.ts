import assert from "node:assert/strict";
import { CERTIFICATE, KEY } from "../github/http_tls_test_support.ts";
import { Client } from "./client.ts";
import { ApiError, NotRunning } from "./errors.ts";

/** A client of a hvpool that somebody named. */
function clientOf(address: string): Client {
  return new Client({
    locate: () => Promise.resolve({ address, token: "secret", named: true }),
    name: "test",
  });
}

/** Something that answers, for the length of a test. */
async function answering(
  respond: (request: Request) => Response,
  run: (port: number) => Promise<void>,
  tls: { readonly cert: string; readonly key: string } | undefined = undefined,
): Promise<void> {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {}, ...tls }, respond);
  await run(server.addr.port);
}

Deno.test("a hvpool behind a path is asked below it", async () => {
  const asked: string[] = [];
  await answering((request) => {
    asked.push(new URL(request.url).pathname);
    return Response.json({ leases: [] });
  }, async (port) => {
    assert.deepEqual(await clientOf(`http://127.0.0.1:${port}/hv01`).leases.list(), []);
  });
  assert.deepEqual(asked, ["/hv01/v1/leases"]);
});

Deno.test("a certificate that nobody here vouches for ends the request before the token is sent", async () => {
  const asked: string[] = [];
  await answering(
    ({ url }) => {
      asked.push(url);
      return new Response();
    },
    async (port) => {
      await assert.rejects(clientOf(`https://127.0.0.1:${port}`).status(), (error) => {
        assert.ok(error instanceof NotRunning);
        assert.match(error.message, /^No hvpool answers at https:.*Name the file of its authority/);
        return !error.message.includes("secret");
      });
    },
    { cert: CERTIFICATE, key: KEY },
  );
  assert.deepEqual(asked, []);
});

Deno.test("what stands before a hvpool and does not reach it is told from one that is none", async () => {
  let status = 502;
  await answering(() => new Response("<h1>nginx</h1>", { status }), async (port) => {
    const client = clientOf(`http://127.0.0.1:${port}`);
    for (status of [502, 503, 504]) {
      await assert.rejects(client.status(), {
        name: "NotRunning",
        message: /does not reach hvpool \(HTTP 50\d\)/,
      });
    }
    for (status of [200, 301, 404, 500]) await assert.rejects(client.status(), ApiError, String(status));
  });
});
