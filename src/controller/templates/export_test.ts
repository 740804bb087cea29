import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import { type Bench, bench, good, refusal } from "./testing/bench.ts";

const PLACE = "\\\\nas\\golden\\windows";
const EXPORT = { name: "windows", place: PLACE, source: "test" };

/** A registered template of 1000 bytes; parts have 300. */
async function withTemplate(): Promise<Bench> {
  const made = bench({ sizes: { partBytes: 300 } });
  made.host.addDisk("D:\\images\\windows.vhdx", {
    files: { [IMAGE_MANIFEST_FILE]: '{"format":1,"runner":"2.338.1"}' },
  });
  good(
    await made.store.register(
      {
        name: "windows",
        path: "D:\\images\\windows.vhdx",
        memoryMb: 8192,
        gpu: true,
        gpuPartition: { gpu: "\\\\?\\PCI#HERE", maxVram: 100_000_000 },
        software: { node: "22" },
        credentials: "secret-account",
        source: "test",
      },
      made.following,
    ),
  );
  made.host.calls.length = 0;
  made.told.length = 0;
  return made;
}

Deno.test("export() writes the parts, then the manifest with their digests and the hardware", async () => {
  const { store, host, told, following } = await withTemplate();
  good(await store.export(EXPORT, following));
  const files = host.paths().filter((path) => path.startsWith(PLACE)).map((path) =>
    path.slice(PLACE.length + 1)
  );
  assert.deepEqual(files, [
    "disk.vhdx.000",
    "disk.vhdx.001",
    "disk.vhdx.002",
    "disk.vhdx.003",
    "manifest.json",
  ]);
  const manifest = JSON.parse(host.textOf(`${PLACE}\\manifest.json`));
  assert.equal(manifest.name, "windows");
  assert.deepEqual(manifest.hardware, {
    memoryMb: 8192,
    processors: 2,
    secureBoot: "MicrosoftWindows",
    tpm: false,
    nested: false,
    gpu: true,
    // Which GPU of this host it was means nothing elsewhere.
    gpuPartition: { maxVram: 100_000_000 },
    software: { node: "22" },
  });
  assert.deepEqual(manifest.image, { runner: "2.338.1" });
  assert.deepEqual(manifest.disk.parts.map(({ bytes }: { bytes: number }) => bytes), [300, 300, 300, 100]);
  for (const { file, sha256 } of manifest.disk.parts) {
    const bytes = host.bytesOf(`${PLACE}\\${file}`) ?? new Uint8Array();
    assert.equal(createHash("sha256").update(bytes).digest("hex"), sha256);
  }
  assert.ok(
    host.calls.findIndex((call) => call.includes("manifest.json.part")) >
      host.calls.findLastIndex((call) => call.startsWith("file.copy")),
  );
  assert.deepEqual(told.at(-1), { step: "copying", done: 1000, of: 1000 });
});

Deno.test("export() that was cut off goes on after the last complete part", async () => {
  const { store, host, following, restarted } = await withTemplate();
  host.meddle = (call, args) =>
    call === "file.copy" && args.offset === 600
      ? { outcome: "failed", code: "no_space", message: "full" }
      : undefined;
  assert.equal(refusal(await store.export(EXPORT, following)).code, "failed");
  assert.equal(host.bytesOf(`${PLACE}\\manifest.json`), undefined);
  // A part that became shorter is copied anew.
  host.putBytes(`${PLACE}\\disk.vhdx.000`, new Uint8Array(3));
  host.meddle = () => undefined;
  host.calls.length = 0;
  good(await restarted().export(EXPORT, following));
  assert.deepEqual(host.made("file.copy").map((call) => call.split(" ").at(-1)), ["0", "600", "900"]);
  assert.equal(host.bytesOf(`${PLACE}\\progress.json`), undefined);
});

Deno.test("export() that is given up between two parts is cancelled", async () => {
  const { store, host, following } = await withTemplate();
  const stop = new AbortController();
  host.meddle = (call, args) => {
    if (call === "file.copy" && args.offset === 300) stop.abort();
    return undefined;
  };
  assert.equal(refusal(await store.export(EXPORT, { ...following, signal: stop.signal })).code, "cancelled");
  assert.equal(host.made("file.copy").length, 2);
});

Deno.test("export() of the same disk once more copies nothing", async () => {
  const { store, host, following } = await withTemplate();
  good(await store.export(EXPORT, following));
  host.calls.length = 0;
  good(await store.export(EXPORT, following));
  assert.deepEqual([...host.made("file.copy"), ...host.made("file.write")], []);
  host.drop(`${PLACE}\\disk.vhdx.002`);
  good(await store.export(EXPORT, following));
  assert.equal(host.bytesOf(`${PLACE}\\disk.vhdx.002`)?.length, 300);
});

Deno.test("export() leaves another export alone unless it is to be replaced", async () => {
  const { store, host, following } = await withTemplate();
  good(await store.export(EXPORT, following));
  host.addDisk("D:\\images\\small.vhdx", { bytes: 200 });
  good(await store.register({ name: "small", path: "D:\\images\\small.vhdx", source: "test" }, following));
  const other = { ...EXPORT, name: "small" };
  const { code, message } = refusal(await store.export(other, following));
  assert.equal(code, "conflict");
  assert.match(message, /template "windows", exported at .* at \\\\nas\\golden\\windows already/);
  good(await store.export({ ...other, replace: true }, following));
  const files = host.paths().filter((path) => path.startsWith(PLACE)).map((path) =>
    path.slice(PLACE.length + 1)
  );
  assert.deepEqual(files, ["disk.vhdx.000", "manifest.json"]);
});

Deno.test("export() refuses a child disk, a disk that was written to, and what is no place", async () => {
  const { store, host, state, following } = await withTemplate();
  host.addDisk("D:\\images\\child.vhdx", { parent: "D:\\images\\windows.vhdx" });
  good(await store.register({ name: "child", path: "D:\\images\\child.vhdx", source: "test" }, following));
  assert.match(
    refusal(await store.export({ ...EXPORT, name: "child" }, following)).message,
    /template prepare/,
  );
  for (
    const place of ["images", "D:", "ftp://server/x", "http://server.example/x", "https://user:pw@server/x"]
  ) {
    const { code, message } = refusal(await store.export({ ...EXPORT, place }, following));
    assert.equal(code, "invalid", place);
    assert.ok(!message.includes("pw"), message);
  }
  const unknown = refusal(await store.export({ ...EXPORT, name: "window" }, following));
  assert.equal(unknown.code, "not_found");
  assert.match(unknown.message, /Did you mean windows\?/);
  const path = state.templates.get("windows")?.disk.path ?? "";
  host.putBytes(path, host.bytesOf(path)?.slice() ?? new Uint8Array());
  assert.match(
    refusal(await store.export(EXPORT, following)).message,
    /was written to since it was registered/,
  );
});

Deno.test("export() of a template holds its disk, and two to one place are not at once", async () => {
  const { store, state, following } = await withTemplate();
  const first = store.export(EXPORT, following);
  const second = store.export(EXPORT, following);
  const gone = store.delete("windows", { source: "test" });
  assert.deepEqual([...store.disksInWork()], [state.templates.get("windows")?.disk.path]);
  good(await first);
  assert.match(refusal(await second).message, /to \\\\nas\\golden\\windows at this moment/);
  assert.match(refusal(await gone).message, /is being exported at this moment/);
});
