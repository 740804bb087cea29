import assert from "node:assert/strict";
import { type Bench, bench, good, refusal } from "./testing/bench.ts";
import { type FileServer, serveFiles } from "./testing/file_server.ts";

const MIB = 1_048_576;
const SECRET = "sig=top-secret";
const HEADERS = { Authorization: "Bearer hidden" };

/** A registered template of 2.5 MiB in parts of 1.5 MiB. */
async function withTemplate(): Promise<Bench & { original: Uint8Array | undefined }> {
  const made = bench({ sizes: { partBytes: 1.5 * MIB } });
  const path = "D:\\images\\windows.vhdx";
  made.host.addDisk(path, { bytes: 2.5 * MIB });
  good(await made.store.register({ name: "windows", path, source: "test" }, made.following));
  return { ...made, original: made.host.bytesOf(path) };
}

function at(server: FileServer): { place: string; headers: Record<string, string>; source: string } {
  return { place: `${server.address}/folder?${SECRET}`, headers: HEADERS, source: "test" };
}

/** A template was exported to the server. */
async function withExport(server: FileServer): ReturnType<typeof withTemplate> {
  const made = await withTemplate();
  good(await made.store.export({ name: "windows", ...at(server) }, made.following));
  server.requests.length = 0;
  made.told.length = 0;
  return made;
}

Deno.test("export() and import() carry a template over a web server, with headers and query on every request", async () => {
  await using server = serveFiles();
  const { store, host, original, told, state, following } = await withTemplate();
  good(await store.export({ name: "windows", ...at(server) }, following));
  assert.deepEqual(told.at(-1), { step: "sending", done: 2.5 * MIB, of: 2.5 * MIB });
  assert.deepEqual(server.requests.at(-2), "PUT manifest.json");
  const status = good(await store.import({ name: "copy", ...at(server) }, following));
  assert.deepEqual(host.bytesOf(status.path ?? ""), original);
  assert.deepEqual(told.at(-2), { step: "fetching", done: 2.5 * MIB, of: 2.5 * MIB });
  assert.deepEqual([...new Set(server.seen)], [`?${SECRET} Bearer hidden`]);
  assert.equal(status.source, `${server.address}/folder`);
  assert.ok(!JSON.stringify([...state.templates, told]).includes("secret"));
});

Deno.test("export() to a web server that was cut off goes on after the last complete part", async () => {
  await using server = serveFiles();
  const { store, following, restarted } = await withTemplate();
  server.misbehave = (request, file) =>
    request.method === "PUT" && file.endsWith("001") ? new Response("no space", { status: 507 }) : undefined;
  const { code, message } = refusal(await store.export({ name: "windows", ...at(server) }, following));
  assert.equal(code, "failed");
  assert.match(
    message,
    /PUT http:\/\/127\.0\.0\.1:\d+\/folder\/disk\.vhdx\.001: the server answered 507\. Free space/,
  );
  server.misbehave = () => undefined;
  server.requests.length = 0;
  good(await restarted().export({ name: "windows", ...at(server) }, following));
  assert.deepEqual(server.requests.filter((request) => /^PUT disk|^HEAD/.test(request)), [
    "HEAD disk.vhdx.000",
    "PUT disk.vhdx.001",
  ]);
});

Deno.test("export() to a web server leaves another export alone unless it is to be replaced", async () => {
  await using server = serveFiles();
  const { store, host, following } = await withExport(server);
  host.addDisk("D:\\images\\other.vhdx");
  good(await store.register({ name: "other", path: "D:\\images\\other.vhdx", source: "test" }, following));
  const other = { name: "other", ...at(server) };
  assert.equal(refusal(await store.export(other, following)).code, "conflict");
  good(await store.export({ ...other, replace: true }, following));
  const manifest = JSON.parse(new TextDecoder().decode(server.files.get("manifest.json")));
  assert.equal(manifest.name, "other");
});

Deno.test("import() goes on in the middle of a part when the connection was cut", async () => {
  await using server = serveFiles();
  const { store, host, original, following } = await withExport(server);
  let cuts = 0;
  server.misbehave = (request, file) =>
    request.method === "GET" && file.endsWith("000") && cuts++ === 0 ? MIB + 100 : undefined;
  const { path } = good(await store.import({ name: "copy", ...at(server) }, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
  const [first, second] = server.requests.filter((request) => request.includes("000"));
  assert.equal(first, "GET disk.vhdx.000");
  assert.match(second ?? "", /^GET disk\.vhdx\.000 bytes=[1-9]\d*-1572863$/);
});

Deno.test("import() begins a part anew at a server that knows no ranges", async () => {
  await using server = serveFiles({ ranges: false });
  const { store, host, original, following } = await withExport(server);
  let cuts = 0;
  server.misbehave = (request, file) =>
    request.method === "GET" && file.endsWith("001") && cuts++ === 0 ? 1_000 : undefined;
  const { path } = good(await store.import({ name: "copy", ...at(server) }, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
  assert.equal(server.requests.filter((request) => request === "GET disk.vhdx.001").length, 2);
});

Deno.test("import() gives a part up after three tries, and goes on there when it is asked again", async () => {
  await using server = serveFiles({ ranges: false });
  const { store, host, original, following, state, restarted } = await withExport(server);
  server.misbehave = (request, file) => request.method === "GET" && file.endsWith("001") ? 1_000 : undefined;
  const { code, message } = refusal(await store.import({ name: "copy", ...at(server) }, following));
  assert.equal(code, "failed");
  assert.match(message, /disk\.vhdx\.001 .* ask for the same again: it goes on where it stopped\.$/);
  assert.ok(!message.includes("secret") && !message.includes("hidden"), message);
  assert.equal(server.requests.filter((request) => request === "GET disk.vhdx.001").length, 3);
  assert.equal(state.templates.has("copy"), false);
  server.misbehave = () => undefined;
  const { path } = good(await restarted().import({ name: "copy", ...at(server) }, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
});

Deno.test("import() from a web server finds a wrong byte and registers nothing", async () => {
  await using server = serveFiles();
  const { store, host, following, state } = await withExport(server);
  const bytes = server.files.get("disk.vhdx.001")?.slice() ?? new Uint8Array();
  bytes[99] = (bytes[99] ?? 0) ^ 128;
  server.files.set("disk.vhdx.001", bytes);
  assert.match(
    refusal(await store.import({ name: "copy", ...at(server) }, following)).message,
    /disk\.vhdx\.001 at http:\/\/127\.0\.0\.1:\d+\/folder is not what was exported: it has SHA-256/,
  );
  assert.equal(state.templates.has("copy"), false);
  const part = host.paths().find((path) => path.endsWith(".part")) ?? "";
  assert.equal(host.bytesOf(part)?.length, 1.5 * MIB);
});

Deno.test("import() from a web server takes no more of a part than its manifest says, and no less", async () => {
  await using server = serveFiles();
  const { store, host, following } = await withExport(server);
  const bytes = server.files.get("disk.vhdx.000") ?? new Uint8Array();
  const longer = new Uint8Array(4 * MIB);
  longer.set(bytes);
  server.files.set("disk.vhdx.000", longer);
  host.calls.length = 0;
  const more = refusal(await store.import({ name: "copy", ...at(server) }, following));
  assert.match(more.message, /more bytes/);
  const offsets = host.made("file.write").map((call) => Number(call.split(" ").at(-1)));
  assert.ok(Math.max(...offsets) < bytes.length, offsets.join());
  server.files.set("disk.vhdx.000", bytes.slice(0, 1_000));
  const less = refusal(await store.import({ name: "copy", ...at(server) }, following));
  assert.match(less.message, /disk\.vhdx\.000: the server answered 416\. The file is shorter there/);
});

/** A body of which nothing comes. */
function nothing(): Response {
  return new Response(new ReadableStream({ pull: () => new Promise(() => {}) }));
}

Deno.test("import() does not wait for ever for a server that says nothing", async () => {
  await using server = serveFiles();
  const { store, host, original, following } = await withExport(server);
  let silences = 0;
  server.misbehave = (_, file) => file.endsWith("001") && silences++ === 0 ? nothing() : undefined;
  const { path } = good(await store.import({ name: "copy", ...at(server) }, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
  assert.equal(silences, 2);
});

Deno.test("import() can be given up while a server says nothing", async () => {
  await using server = serveFiles();
  const { store, following } = await withExport(server);
  const stop = new AbortController();
  server.misbehave = (_, file) => {
    if (!file.endsWith("001")) return undefined;
    setTimeout(() => stop.abort(), 10);
    return nothing();
  };
  const answer = await store.import({ name: "copy", ...at(server) }, { ...following, signal: stop.signal });
  assert.equal(refusal(answer).code, "cancelled");
});

Deno.test("import() that is given up ends the request", async () => {
  await using server = serveFiles();
  const { store, following } = await withExport(server);
  const stop = new AbortController();
  const progress = ({ done = 0 }: { done?: number }) => {
    if (done > 0) stop.abort();
  };
  const answer = await store.import({ name: "copy", ...at(server) }, { progress, signal: stop.signal });
  assert.equal(refusal(answer).code, "cancelled");
  good(await store.import({ name: "copy", ...at(server) }, following));
});

Deno.test("import() says what a refusal of the server means", async () => {
  await using server = serveFiles();
  const { store, following } = await withExport(server);
  for (const [status, message] of [[401, /header/], [403, /rights/], [410, /answered 410/]] as const) {
    server.misbehave = () => new Response("no", { status });
    assert.match(refusal(await store.import({ name: "copy", ...at(server) }, following)).message, message);
  }
  server.requests.length = 0;
  server.misbehave = () => server.requests.length < 3 ? new Response("wait", { status: 503 }) : undefined;
  good(await store.import({ name: "copy", ...at(server) }, following));
  server.files.delete("manifest.json");
  assert.equal(refusal(await store.import({ name: "other", ...at(server) }, following)).code, "not_found");
});

Deno.test("import() tells nothing secret of an address that does not answer", async () => {
  const { store, following } = await withTemplate();
  const place = `http://127.0.0.1:1/folder?${SECRET}`;
  const { code, message } = refusal(
    await store.import({ name: "copy", place, headers: HEADERS, source: "test" }, following),
  );
  assert.equal(code, "failed");
  assert.match(message, /GET http:\/\/127\.0\.0\.1:1\/folder\/manifest\.json did not succeed/);
  assert.ok(!message.includes("secret") && !message.includes("hidden"), message);
  for (const odd of [`https:/server?${SECRET}`, `https://[::x?${SECRET}`]) {
    const refused = refusal(await store.import({ name: "copy", place: odd, source: "test" }, following));
    assert.equal(refused.code, "invalid");
    assert.ok(!refused.message.includes("secret"), refused.message);
  }
});
