import { equal } from "node:assert/strict";
import { openForge } from "./forge.ts";
import { MemoryLog, PRIVATE_KEY, registration, withGitHub } from "./testserver_test_support.ts";

/** Passes everything on, but drops the connection when GitHub answers a registration. */
async function withLosingProxy(target: URL, test: (url: string) => Promise<void>): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const pairs: Promise<void>[] = [];
  const serve = (async () => {
    for await (const client of listener) pairs.push(passOn(client, target));
  })();
  try {
    await test(`http://127.0.0.1:${listener.addr.port}`);
  } finally {
    listener.close();
    await serve;
    await Promise.all(pairs);
  }
}

async function passOn(client: Deno.Conn, target: URL): Promise<void> {
  using upstream = await Deno.connect({ hostname: target.hostname, port: Number(target.port) });
  let losing = false;
  const up = (async () => {
    for await (const chunk of client.readable) {
      if (new TextDecoder().decode(chunk).includes("generate-jitconfig")) losing = true;
      await upstream.write(chunk);
    }
    await upstream.closeWrite();
  })().catch(() => undefined); // the connection is dropped on purpose
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const read = await upstream.read(buffer).catch(() => null);
    if (read === null || losing) break;
    await client.write(buffer.subarray(0, read));
  }
  try {
    client.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // its stream has closed it
  }
  await up;
}

Deno.test("register() whose answer is lost is unknown and sent once; the same again is a conflict", async () => {
  const names = new Set<string>();
  await withGitHub(({ path, body }) => {
    if (!path.endsWith("/generate-jitconfig")) return undefined;
    const { name } = body as { name: string };
    if (names.has(name)) return Response.json({ message: "Already exists" }, { status: 409 });
    names.add(name);
    return undefined;
  }, async ({ url, forge, count }) => {
    await withLosingProxy(new URL(url), async (apiUrl) => {
      const log = new MemoryLog();
      const lossy = openForge({
        apiUrl,
        appId: 1,
        privateKey: PRIVATE_KEY,
        log,
        userAgent: "x",
        retryUnitMs: 1,
      });
      equal((await lossy.register(registration())).outcome, "unknown");
      equal(count("POST /orgs/acme/actions/runners/generate-jitconfig"), 1);
      await lossy.close();
    });
    const again = await forge.register(registration());
    equal(again.outcome === "failed" && again.code, "conflict");
  });
});
