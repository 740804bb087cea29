import assert from "node:assert/strict";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import { partsToKeep } from "./import.ts";
import { BELOW, type Bench, bench, good, refusal } from "./testing/bench.ts";

const PLACE = "\\\\nas\\golden\\windows";
const MANIFEST = `${PLACE}\\manifest.json`;
const IMPORT = { name: "copy", place: PLACE, source: "test" };

/** A template of 1000 bytes was exported to a share, in parts of 300; `copy` is not there yet. */
async function withExport(): Promise<Bench & { original: Uint8Array | undefined }> {
  const made = bench({ sizes: { partBytes: 300 } });
  const { host, store, following } = made;
  const path = "D:\\images\\windows.vhdx";
  host.addDisk(path, { files: { [IMAGE_MANIFEST_FILE]: '{"format":1,"runner":"2.338.1"}' } });
  good(await store.register({ name: "windows", path, processors: 4, tpm: true, source: "test" }, following));
  good(await store.export({ name: "windows", place: PLACE, source: "test" }, following));
  host.calls.length = 0;
  made.told.length = 0;
  return { ...made, original: host.bytesOf(path) };
}

/** Changes one byte of a file. */
function flip(host: Bench["host"], path: string): () => void {
  const bytes = host.bytesOf(path) ?? new Uint8Array();
  const wrong = bytes.slice();
  wrong[7] = (wrong[7] ?? 0) ^ 1;
  host.putBytes(path, wrong);
  return () => host.putBytes(path, bytes);
}

Deno.test("import() takes video memory from the export, GPUs from the request, and refuses a manifest that makes no sense", async () => {
  const { store, host, following } = bench();
  const path = "D:\\images\\windows.vhdx";
  host.addDisk(path);
  const gpuPartition = { gpu: "\\\\?\\PCI#HERE", minVram: 5, maxVram: 9 };
  good(await store.register({ name: "windows", path, gpu: true, gpuPartition, source: "test" }, following));
  const sent = { name: "windows", place: PLACE, source: "test" };
  good(await store.export(sent, following));
  good(await store.export(sent, following));
  const there = "\\\\?\\PCI#THERE";
  const status = good(await store.import({ ...IMPORT, gpuPartition: { gpu: there, maxVram: 7 } }, following));
  assert.deepEqual(status.gpuPartition, { gpu: there, minVram: 5, maxVram: 7 });
  const low = { ...IMPORT, name: "low", gpuPartition: { maxVram: 4 } };
  assert.match(refusal(await store.import(low, following)).message, /minVram \(5\) is above maxVram \(4\)/);
  const none = good(await store.import({ ...IMPORT, name: "none", gpu: false }, following));
  assert.equal(none.gpuPartition, null);

  const manifest = new TextDecoder().decode(host.bytesOf(MANIFEST) ?? new Uint8Array());
  host.putBytes(MANIFEST, new TextEncoder().encode(manifest.replace(/"gpu": ?true/, '"gpu": false')));
  assert.match(refusal(await store.import({ ...IMPORT, name: "no" }, following)).message, /manifest/);
});

Deno.test("import() puts the disk together in the store and registers it with the exported hardware", async () => {
  const { store, host, original, told, following, state } = await withExport();
  const status = good(await store.import({ ...IMPORT, tpm: false }, following));
  assert.match(status.path ?? "", /\\templates\\copy@[0-9a-f]{8}\\disk\.vhdx$/);
  assert.deepEqual(host.bytesOf(status.path ?? ""), original);
  assert.deepEqual(
    [status.processors, status.tpm, status.runner, status.source],
    [4, false, "2.338.1", PLACE],
  );
  assert.equal(state.templates.get("copy")?.disk.path, status.path);
  assert.deepEqual(told.filter(({ of }) => of !== undefined).map(({ done }) => done), [
    0,
    ...[300, 300, 600, 600, 900, 900, 1000, 1000],
  ]);
  good(await store.import({ ...IMPORT, tpm: false }, following));
  assert.equal(state.templates.get("copy")?.version, 1);
  assert.equal(refusal(await store.import(IMPORT, following)).code, "conflict");
});

Deno.test("import() that was cut off goes on after the parts that were compared", async () => {
  const { store, host, original, following, restarted } = await withExport();
  host.meddle = (call, args) =>
    call === "file.copy" && args.targetOffset === 900
      ? { outcome: "unknown", message: "the host went off" }
      : undefined;
  assert.equal(refusal(await store.import(IMPORT, following)).code, "failed");
  const part = host.paths().find((path) => path.endsWith(".part")) ?? "";
  assert.match(part, /\\copy@[0-9a-f]{8}\\disk\.vhdx\.part$/);
  host.putBytes(part, new Uint8Array([...host.bytesOf(part) ?? [], 9, 9]));
  host.meddle = () => undefined;
  host.calls.length = 0;
  const { path } = good(await restarted().import(IMPORT, following));
  assert.deepEqual(host.made("file.copy"), [`file.copy ${PLACE}\\disk.vhdx.003 0`]);
  assert.deepEqual(host.bytesOf(path ?? ""), original);
});

Deno.test("partsToKeep() trusts only parts that another one was begun after", () => {
  const parts = [300, 300, 100].map((bytes, i) => ({ file: `disk.vhdx.00${i}`, bytes, sha256: "" }));
  const kept = [0, 10, 300, 301, 599, 600, 601, 700, 701].map((there) => partsToKeep(parts, there));
  assert.deepEqual(kept, [0, 0, 0, 1, 1, 1, 2, 2, 0]);
});

Deno.test("import() takes a part with a wrong byte once more, then names it and registers nothing", async () => {
  const { store, host, original, following, state, restarted } = await withExport();
  const right = flip(host, `${PLACE}\\disk.vhdx.001`);
  const { code, message } = refusal(await store.import(IMPORT, following));
  assert.equal(code, "failed");
  assert.match(
    message,
    /disk\.vhdx\.001 .* SHA-256 [0-9a-f]{64}, .* says [0-9a-f]{64}.*Nothing was registered/,
  );
  assert.equal(state.templates.has("copy"), false);
  assert.deepEqual(host.made("file.copy").map((call) => call.slice(-5)), ["000 0", "001 0", "001 0"]);
  assert.equal(host.bytesOf(host.paths().find((path) => path.endsWith(".part")) ?? "")?.length, 300);
  right();
  const { path } = good(await restarted().import(IMPORT, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
});

Deno.test("import() takes a part that came wrong only once", async () => {
  const { store, host, original, following } = await withExport();
  const right = flip(host, `${PLACE}\\disk.vhdx.001`);
  let copies = 0;
  host.meddle = (call, { path }) => {
    if (call === "file.copy" && String(path).endsWith("001") && ++copies === 2) right();
    return undefined;
  };
  const { path } = good(await store.import(IMPORT, following));
  assert.deepEqual(host.bytesOf(path ?? ""), original);
});

Deno.test("import() refuses a part that is shorter or longer than its manifest says", async () => {
  for (const [length, told] of [[299, /only 299 bytes/], [301, /more bytes/]] as const) {
    const { store, host, following } = await withExport();
    const path = `${PLACE}\\disk.vhdx.002`;
    const bytes = host.bytesOf(path) ?? new Uint8Array();
    host.putBytes(path, new Uint8Array([...bytes, 0]).slice(0, length));
    assert.match(refusal(await store.import(IMPORT, following)).message, told);
  }
});

Deno.test("import() refuses a manifest that lies or is none", async () => {
  const { store, host, following, state } = await withExport();
  const manifest = JSON.parse(host.textOf(MANIFEST));
  const [first, ...rest] = manifest.disk.parts;
  for (
    const [text, message] of [
      ["no JSON", /is none of an exported template/],
      [JSON.stringify({ ...manifest, format: 2 }), /format/],
      [JSON.stringify({ ...manifest, disk: { ...manifest.disk, bytes: 999 } }), /do not make up the length/],
      [
        JSON.stringify({ ...manifest, disk: { ...manifest.disk, parts: rest } }),
        /disk\.vhdx\.000, disk\.vhdx\.001/,
      ],
      [
        JSON.stringify({
          ...manifest,
          disk: { ...manifest.disk, parts: [{ ...first, file: "..\\..\\secret" }, ...rest] },
        }),
        /the parts are not/,
      ],
      [
        JSON.stringify({
          ...manifest,
          disk: { ...manifest.disk, parts: [{ ...first, sha256: "no" }, ...rest] },
        }),
        /SHA-256/,
      ],
      [JSON.stringify({ ...manifest, hardware: { memoryMb: 3 } }), /memoryMb/],
      [" ".repeat(1_048_577), /longer than 1048576 bytes/],
    ] as const
  ) {
    host.putBytes(MANIFEST, new TextEncoder().encode(text));
    const refused = refusal(await store.import(IMPORT, following));
    assert.equal(refused.code, "invalid", text.slice(0, 100));
    assert.match(refused.message, message);
  }
  assert.equal(state.templates.has("copy"), false);
  assert.deepEqual(host.paths().filter((path) => path.startsWith(`${BELOW}\\copy`)), []);
});

Deno.test("import() says that an export is missing, or not complete", async () => {
  const { store, host, following } = await withExport();
  const nothing = refusal(await store.import({ ...IMPORT, place: "D:\\nothing" }, following));
  assert.equal(nothing.code, "not_found");
  assert.match(nothing.message, /no exported template at D:\\nothing/);
  host.addDisk("D:\\images\\other.vhdx");
  good(await store.register({ name: "other", path: "D:\\images\\other.vhdx", source: "test" }, following));
  host.meddle = (call, args) =>
    call === "file.copy" && args.offset === 600
      ? { outcome: "failed", code: "no_space", message: "full" }
      : undefined;
  const place = "D:\\half";
  refusal(await store.export({ name: "other", place, source: "test" }, following));
  assert.match(
    refusal(await store.import({ ...IMPORT, place }, following)).message,
    /"other" .* is not complete/,
  );
});

Deno.test("import() says which part of an export is missing", async () => {
  const { store, host, following } = await withExport();
  host.drop(`${PLACE}\\disk.vhdx.001`);
  assert.match(refusal(await store.import(IMPORT, following)).message, /disk\.vhdx\.001 is missing/);
});

Deno.test("import() that was cut off before it was recorded copies nothing again", async () => {
  const { store, host, following, restarted } = await withExport();
  host.meddle = (call) =>
    call === "disk.protect" ? { outcome: "failed", code: "access_denied", message: "denied" } : undefined;
  refusal(await store.import(IMPORT, following));
  host.meddle = () => undefined;
  host.calls.length = 0;
  good(await restarted().import(IMPORT, following));
  assert.deepEqual(host.made("file.copy"), []);
});
