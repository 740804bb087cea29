import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { HttpClients } from "./http_clients.ts";
import { Http, NoAnswer } from "./http.ts";
import { AUTHORITY, CERTIFICATE, KEY } from "./http_tls_test_support.ts";

/** A proxy that takes tunnels and requests, remembers them, and leads all of them to one server. */
class RealProxy implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #target: number;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #open = new Set<Deno.Conn>();
  readonly #served: Promise<void>;

  constructor(target: number) {
    this.#target = target;
    this.#served = this.#serve();
  }

  address(user = ""): string {
    return `http://${user}127.0.0.1:${this.#listener.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#open) closeQuietly(connection);
    await this.#served;
  }

  async #serve(): Promise<void> {
    const tunnels: Promise<void>[] = [];
    for await (const connection of this.#listener) tunnels.push(this.#tunnel(connection));
    await Promise.all(tunnels);
  }

  async #tunnel(client: Deno.Conn): Promise<void> {
    this.#open.add(client);
    const buffer = new Uint8Array(65_536);
    const head = new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0));
    const login = /^proxy-authorization: Basic (.*)$/im.exec(head)?.[1];
    this.asked.push(`${head.split(" HTTP/")[0]}${login === undefined ? "" : ` as ${atob(login.trim())}`}`);
    const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#target });
    this.#open.add(server);
    if (head.startsWith("CONNECT ")) {
      await client.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    } else await server.write(new TextEncoder().encode(head));
    await Promise.all([passOn(client, server), passOn(server, client)]);
  }
}

async function passOn(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    await from.readable.pipeTo(to.writable);
  } catch (error) {
    ok(error instanceof Error); // one side has gone, which ends the other
    closeQuietly(to);
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already
  }
}

const LIMIT = { timeoutMs: 5_000, deadlineAt: Infinity };
const none = () => undefined;

/** A server that answers with what it was asked for, and a proxy before it. */
async function withProxy(test: (proxy: RealProxy, port: number) => Promise<void>): Promise<void> {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    (request) => new Response(new URL(request.url).pathname, { headers: { connection: "close" } }),
  );
  try {
    await using proxy = new RealProxy(server.addr.port);
    await test(proxy, server.addr.port);
  } finally {
    await server.shutdown();
  }
}

/** With other variables in the environment; those of before come back. */
async function withVariables(variables: Record<string, string>, test: () => Promise<void>): Promise<void> {
  const before = Object.keys(variables).map((name) => [name, Deno.env.get(name)] as const);
  for (const [name, value] of Object.entries(variables)) Deno.env.set(name, value);
  try {
    await test();
    for (const [name, value] of Object.entries(variables)) equal(Deno.env.get(name), value);
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
  }
}

Deno.test("requests go through the proxy that was named, with its user name and password", async () => {
  await withProxy(async (proxy) => {
    const http = new Http({ proxy: { http: proxy.address("me:p%40ss@"), noProxy: [] }, env: none });
    try {
      const response = await http.fetch(LIMIT)("http://github.invalid/app");
      equal(await response.text(), "/app");
      deepEqual(proxy.asked, ["GET http://github.invalid/app as me:p@ss"]);
    } finally {
      http.close();
    }
  });
});

Deno.test("https is asked for through a tunnel, and a server's own authority is trusted where it is named", async () => {
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, cert: CERTIFICATE, key: KEY },
    async (request) => new Response(await request.text(), { headers: { connection: "close" } }),
  );
  try {
    await using proxy = new RealProxy(server.addr.port);
    const options = { proxy: { https: proxy.address("me:pw@"), noProxy: [] }, env: none };
    const post = { method: "POST", body: "sent" };
    const trusting = new Http({ ...options, caCerts: [AUTHORITY] });
    const distrustful = new Http(options);
    try {
      equal(await (await trusting.fetch(LIMIT)("https://github.invalid/app", post)).text(), "sent");
      deepEqual(proxy.asked, ["CONNECT github.invalid:443 as me:pw"]);
      await rejects(distrustful.fetch(LIMIT)("https://github.invalid/app", post), /certificate/);
    } finally {
      trusting.close();
      distrustful.close();
    }
  } finally {
    await server.shutdown();
  }
});

Deno.test("this machine and what is excepted are asked without the proxy", async () => {
  await withProxy(async (proxy, port) => {
    const http = new Http({ proxy: { http: proxy.address(), noProxy: ["github.invalid"] }, env: none });
    try {
      for (const host of ["127.0.0.1", "localhost"]) {
        equal(await (await http.fetch(LIMIT)(`http://${host}:${port}/near`)).text(), "/near");
      }
      await rejects(http.fetch(LIMIT)("http://github.invalid/app"), NoAnswer);
      deepEqual(proxy.asked, []);
    } finally {
      http.close();
    }
  });
});

Deno.test("a proxy that was named wins over those of the environment, and so do its exceptions", async () => {
  await withProxy(async (proxy) => {
    await using other = new RealProxy(1);
    const [wrong, all] = [other.address(), "*"];
    await withVariables(
      { HTTP_PROXY: wrong, "http_proxy": wrong, NO_PROXY: all, "no_proxy": all },
      async () => {
        const http = new Http({ proxy: { http: proxy.address(), noProxy: ["near.invalid"] } });
        try {
          equal(await (await http.fetch(LIMIT)("http://github.invalid/app")).text(), "/app");
          await rejects(http.fetch(LIMIT)("http://near.invalid/app"), NoAnswer);
          deepEqual(proxy.asked, ["GET http://github.invalid/app"]);
          deepEqual(other.asked, []);
        } finally {
          http.close();
        }
      },
    );
  });
});

Deno.test("without a named one the proxies of the environment count", async () => {
  await withProxy(async (proxy) => {
    const clients = new HttpClients({ env: (name) => name === "http_proxy" ? proxy.address() : undefined });
    try {
      const url = new URL("http://github.invalid/app");
      equal(await (await fetch(url, { client: clients.for(url) })).text(), "/app");
      match(proxy.asked.join(), /^GET http:\/\/github\.invalid\/app$/);
      equal(clients.for(url), clients.for(new URL("http://elsewhere.invalid/")));
    } finally {
      clients.close();
    }
  });
});
