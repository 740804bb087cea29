import assert from "node:assert/strict";
import { openWeb, type Web, type WebOptions } from "./web.ts";

type Handler = (request: Request) => Response | Promise<Response>;

/** A real server for the time of a test, and the way to it. */
async function withWeb(
  handler: Handler,
  test: (about: { web: Web; url: string }) => Promise<void>,
  options: WebOptions = {},
): Promise<void> {
  const stop = new AbortController();
  const listen = { port: 0, hostname: "127.0.0.1", signal: stop.signal, onListen: () => {} };
  const server = Deno.serve(listen, handler);
  const web = openWeb(options);
  try {
    await test({ web, url: `http://127.0.0.1:${server.addr.port}` });
  } finally {
    web.close();
    stop.abort(); // and not shutdown(), which would wait for answers that a test never gives
    await server.finished;
  }
}

async function textOf(body: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of body) text += decoder.decode(part, { stream: true });
  return text;
}

/** The message of what a promise rejects with. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  return assert.fail("it was not refused");
}

/** A body that begins and never ends, until its reader goes. */
function endless(gone: () => void = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("begun")),
    cancel: gone,
  });
}

Deno.test("request() answers status, headers in lower case, and the body as it comes", async () => {
  const handler: Handler = ({ method, headers }) => {
    const asked = `${method} ${headers.get("x-mine")} ${headers.get("accept-encoding")}`;
    return new Response(asked, { status: 206, headers: { "Content-Range": "bytes 0-1/2" } });
  };
  await withWeb(handler, async ({ web, url }) => {
    const answer = await web.request({ method: "GET", url, headers: { "X-Mine": "1" } });
    assert.equal(answer.status, 206);
    assert.equal(answer.headers["content-range"], "bytes 0-1/2");
    assert.equal(await textOf(answer.body), "GET 1 identity");
    const head = await web.request({ method: "HEAD", url });
    assert.equal(await textOf(head.body), "");
  });
});

Deno.test("request() sends a PUT with its length", async () => {
  const handler: Handler = async (request) =>
    new Response(`${request.headers.get("content-length")} ${await request.text()}`, { status: 201 });
  await withWeb(handler, async ({ web, url }) => {
    for (const [text, said] of [["abc", "3 abc"], ["", "0 "]] as const) {
      const answer = await web.request({ method: "PUT", url, body: new TextEncoder().encode(text) });
      assert.equal(answer.status, 201);
      assert.equal(await textOf(answer.body), said);
    }
  });
});

Deno.test("request() answers a status that is no success, whose body needs no reading", async () => {
  await withWeb(() => new Response("x".repeat(200_000), { status: 503 }), async ({ web, url }) => {
    const answer = await web.request({ method: "GET", url });
    assert.equal(answer.status, 503);
    const { length } = await textOf(answer.body);
    assert.ok(length >= 65_536 && length < 200_000);
    await web.request({ method: "GET", url });
  });
});

Deno.test("request() follows five redirects and no more", async () => {
  const handler: Handler = ({ url }) => {
    const left = Number(new URL(url).searchParams.get("left"));
    return left === 0
      ? new Response("there")
      : new Response(null, { status: 302, headers: { location: `/?left=${left - 1}` } });
  };
  await withWeb(handler, async ({ web, url }) => {
    const answer = await web.request({ method: "GET", url: `${url}/?left=5` });
    assert.equal(await textOf(answer.body), "there");
    const message = await refusal(web.request({ method: "GET", url: `${url}/?left=6` }));
    assert.match(message, /more than 5 redirects/);
  });
});

Deno.test("request() tells another server nothing that may be a secret of the first one's", async () => {
  const told: Handler = ({ headers }) =>
    new Response(
      JSON.stringify(["authorization", "x-token", "cookie", "range"].map((name) => headers.get(name))),
    );
  await withWeb(told, async ({ url: other }) => {
    const handler: Handler = (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/told") return told(request);
      const location = pathname === "/near" ? "/told" : other;
      return new Response(null, { status: 302, headers: { location } });
    };
    await withWeb(handler, async ({ web, url }) => {
      const headers = { authorization: "Bearer s", "x-token": "s", cookie: "s", range: "bytes=1-" };
      const near = await web.request({ method: "GET", url: `${url}/near`, headers });
      assert.deepEqual(JSON.parse(await textOf(near.body)), ["Bearer s", "s", "s", "bytes=1-"]);
      const far = await web.request({ method: "GET", url: `${url}/far`, headers });
      assert.deepEqual(JSON.parse(await textOf(far.body)), [null, null, null, "bytes=1-"]);
    });
  });
});

Deno.test("request() writes to where a PUT is sent on, and reads where it is told to see the other", async () => {
  const handler: Handler = async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/end") return new Response(`${request.method} ${await request.text()}`);
    return new Response(null, { status: Number(pathname.slice(1)), headers: { location: "/end" } });
  };
  await withWeb(handler, async ({ web, url }) => {
    for (const [status, said] of [[307, "PUT abc"], [302, "PUT abc"], [303, "GET "]] as const) {
      const body = new TextEncoder().encode("abc");
      const answer = await web.request({ method: "PUT", url: `${url}/${status}`, body });
      assert.equal(await textOf(answer.body), said, String(status));
    }
  });
});

Deno.test("request() refuses what is not https, and no refusal shows a secret", async () => {
  const leads = (location: string): Handler => () =>
    new Response(null, { status: 302, headers: { location } });
  for (const location of ["http://elsewhere.example/?sig=SECRET", "file:///etc/passwd", "https://[bad"]) {
    await withWeb(leads(location), async ({ web, url }) => {
      const message = await refusal(web.request({ method: "GET", url: `${url}/a?sig=SECRET` }));
      assert.match(message, /^Cannot follow the redirect of http:\/\/127\.0\.0\.1:\d+\/a: it leads to/);
      assert.doesNotMatch(message, /SECRET/);
    });
  }
  const web = openWeb();
  const wrong = [
    "http://elsewhere.example/a?sig=SECRET",
    "http://127.0.0.1.example/",
    "https://me:SECRET@elsewhere.example/",
    "ftp://127.0.0.1/",
    "elsewhere",
  ];
  for (const url of wrong) {
    const message = await refusal(web.request({ method: "GET", url }));
    assert.match(message, /^Cannot reach /);
    assert.doesNotMatch(message, /SECRET/);
  }
  web.close();
});

Deno.test("request() says what kept it from a server, without the query", async () => {
  const free = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = free.addr;
  free.close();
  const web = openWeb();
  const url = `http://127.0.0.1:${port}/disk.vhdx?sig=SECRET`;
  const message = await refusal(web.request({ method: "GET", url }));
  assert.match(message, /^Cannot read http:\/\/127\.0\.0\.1:\d+\/disk\.vhdx: .*refused.*Check the network/i);
  assert.doesNotMatch(message, /SECRET/);
  web.close();
});

Deno.test("request() ends a silence before the answer and within its body", async () => {
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  const handler: Handler = ({ url }) => url.endsWith("/body") ? new Response(endless()) : never;
  await withWeb(handler, async ({ web, url }) => {
    assert.match(await refusal(web.request({ method: "GET", url })), /nothing came for 0\.1 s/);
    const { body } = await web.request({ method: "GET", url: `${url}/body` });
    assert.match(await refusal(textOf(body)), /nothing came for 0\.1 s/);
    resolve(new Response());
  }, { silenceMs: 100 });
});

Deno.test("a signal ends a request, and the reading of its answer", async () => {
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  const handler: Handler = ({ url }) => url.endsWith("/body") ? new Response(endless()) : never;
  await withWeb(handler, async ({ web, url }) => {
    const before = AbortSignal.abort();
    assert.match(await refusal(web.request({ method: "GET", url, signal: before })), /given up/);
    const asking = new AbortController();
    const asked = web.request({ method: "GET", url, signal: asking.signal });
    asking.abort();
    assert.match(await refusal(asked), /given up/);
    const reading = new AbortController();
    const { body } = await web.request({ method: "GET", url: `${url}/body`, signal: reading.signal });
    const read = textOf(body);
    reading.abort();
    assert.match(await refusal(read), /given up/);
    resolve(new Response());
  });
});

Deno.test("close() ends what is under way, and nothing is asked after it", async () => {
  await withWeb(() => new Response(endless()), async ({ web, url }) => {
    const { body } = await web.request({ method: "GET", url });
    const read = textOf(body);
    web.close();
    assert.match(await refusal(read), /hvpool is ending/);
    assert.match(await refusal(web.request({ method: "GET", url })), /hvpool is ending/);
  });
});

Deno.test("leaving the loop over a body closes the connection", async () => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  await withWeb(() => new Response(endless(resolve)), async ({ web, url }) => {
    const { body } = await web.request({ method: "GET", url });
    for await (const part of body) {
      assert.equal(new TextDecoder().decode(part), "begun");
      break;
    }
    await gone;
  });
});

Deno.test("a body that is cut off is no whole one", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const served = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(4_096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"));
    connection.close();
  })();
  const web = openWeb();
  const { body } = await web.request({ method: "GET", url: `http://127.0.0.1:${listener.addr.port}/` });
  assert.match(await refusal(textOf(body)), /^Cannot read http/);
  await served;
  listener.close();
  web.close();
});

Deno.test("a proxy of the environment is asked for other machines, and never for this one", async () => {
  const proxy = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const asked: string[] = [];
  const served = (async () => {
    for await (const connection of proxy) {
      const buffer = new Uint8Array(4_096);
      const length = await connection.read(buffer) ?? 0;
      asked.push(new TextDecoder().decode(buffer.subarray(0, length)).split("\r\n")[0] ?? "");
      await connection.write(
        new TextEncoder().encode("HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n"),
      );
      connection.close();
    }
  })();
  const names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  for (const name of names) Deno.env.delete(name);
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY"]) Deno.env.set(name, `http://127.0.0.1:${proxy.addr.port}`);
  try {
    await withWeb(() => new Response("itself"), async ({ web, url }) => {
      assert.equal(await textOf((await web.request({ method: "GET", url })).body), "itself");
      const named = url.replace("127.0.0.1", "localhost");
      assert.equal(await textOf((await web.request({ method: "GET", url: named })).body), "itself");
      await refusal(web.request({ method: "GET", url: named.replace("http:", "https:") }));
      assert.deepEqual(asked, []);
      assert.match(
        await refusal(web.request({ method: "GET", url: "https://elsewhere.example/" })),
        /proxy/i,
      );
      assert.deepEqual(asked, ["CONNECT elsewhere.example:443 HTTP/1.1"]);
      assert.equal(Deno.env.get("HTTPS_PROXY"), `http://127.0.0.1:${proxy.addr.port}`);
    });
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    proxy.close();
    await served;
  }
});
