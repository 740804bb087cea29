import assert from "node:assert/strict";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import { bench, good, refusal, template } from "./testing/bench.ts";

const REQUEST = { name: "windows", path: "D:\\images\\windows.vhdx", source: "test" };
/** On another volume than the store. */
const FAR = { ...REQUEST, path: "E:\\images\\windows.vhdx" };

Deno.test("register() links the disk into the store, makes it read-only and records it", async () => {
  const { store, host, state, following } = bench();
  host.addDisk(REQUEST.path, { files: { [IMAGE_MANIFEST_FILE]: '{"format":1,"runner":"2.338.1"}' } });
  const status = good(await store.register({ ...REQUEST, memoryMb: 8192, gpu: true }, following));
  assert.match(status.path ?? "", /^D:\\vms\\0123\\templates\\windows@[0-9a-f]{8}\\disk\.vhdx$/);
  assert.deepEqual(
    [status.version, status.memoryMb, status.processors, status.gpu, status.runner, status.source],
    [1, 8192, 2, true, "2.338.1", REQUEST.path],
  );
  assert.equal(host.made("disk.protect")[0], `disk.protect ${status.path}`);
  assert.equal(state.templates.get("windows")?.settings.path, status.path);
  assert.equal(state.templates.get("windows")?.settings.gpu, true);
});

Deno.test("register() keeps what of a GPU partition is named, and another one is other hardware", async () => {
  const { store, host, state, following } = bench();
  host.addDisk(REQUEST.path);
  const gpuPartition = { minVram: 80_000_000, maxVram: 100_000_000 };
  const status = good(await store.register({ ...REQUEST, gpu: true, gpuPartition }, following));
  assert.deepEqual(status.gpuPartition, gpuPartition);
  assert.deepEqual(state.templates.get("windows")?.settings.gpuPartition, gpuPartition);
  const other = { ...REQUEST, gpu: true, gpuPartition: { ...gpuPartition, maxVram: 90_000_000 } };
  assert.equal(refusal(await store.register(other, following)).code, "conflict");
  assert.equal(good(await store.register({ ...other, replace: true }, following)).version, 2);
});

Deno.test("register() refuses a GPU partition that makes no sense", async () => {
  const { store, host, following } = bench();
  host.addDisk(REQUEST.path);
  const cases = [
    [{ gpuPartition: { maxVram: 1 } }, /get no GPU partition\. Ask for one \(gpu\), or leave them out/],
    [
      { gpu: true, gpuPartition: { minVram: 2, maxVram: 1 } },
      /minVram, optimalVram and maxVram are out of order/,
    ],
    [{ gpu: true, gpuPartition: { maxVram: -1 } }, /gpuPartition\.maxVram/],
  ] as const;
  for (const [hardware, message] of cases) {
    const refused = refusal(await store.register({ ...REQUEST, ...hardware }, following));
    assert.equal(refused.code, "invalid");
    assert.match(refused.message, message);
  }
});

Deno.test("register() of the same disk with the same hardware changes nothing", async () => {
  const { store, host, state, following } = bench();
  host.addDisk(REQUEST.path);
  good(await store.register(REQUEST, following));
  const seq = state.seq;
  assert.equal(good(await store.register({ ...REQUEST, name: "WINDOWS" }, following)).version, 1);
  assert.equal(state.seq, seq);
});

Deno.test("register() gives another disk or other hardware a new version only when that is asked for", async () => {
  const { store, host, following } = bench();
  host.addDisk(REQUEST.path);
  host.addDisk("D:\\images\\other.vhdx");
  const first = good(await store.register(REQUEST, following));
  for (const other of [{ ...REQUEST, processors: 4 }, { ...REQUEST, path: "D:\\images\\other.vhdx" }]) {
    const { code, message } = refusal(await store.register(other, following));
    assert.equal(code, "conflict");
    assert.match(message, /"windows" already \(version 1, from D:\\images\\windows\.vhdx\)/);
  }
  const hardware = good(await store.register({ ...REQUEST, processors: 4, replace: true }, following));
  assert.deepEqual([hardware.version, hardware.path, hardware.processors], [2, first.path, 4]);
  const disk = good(
    await store.register({ ...REQUEST, path: "D:\\images\\other.vhdx", replace: true }, following),
  );
  assert.equal(disk.version, 3);
  assert.notEqual(disk.path, first.path);
  assert.ok(!host.paths().includes(first.path ?? ""), "the disk of the version before is swept");
});

Deno.test("register() leaves the disk of the version before while a machine is made from it", async () => {
  const { store, host, state, following, happen } = bench();
  host.addDisk(REQUEST.path);
  host.addDisk("D:\\images\\other.vhdx");
  const { path } = good(await store.register(REQUEST, following));
  machineFrom(happen, path ?? "");
  const replaced = await store.register(
    { ...REQUEST, path: "D:\\images\\other.vhdx", replace: true },
    following,
  );
  assert.deepEqual(good(replaced).users, ["machine runner-1 (ci/1.1)"]);
  assert.ok(host.paths().includes(path ?? ""));
  assert.equal(state.templates.get("windows")?.version, 2);
});

function machineFrom(happen: ReturnType<typeof bench>["happen"], parent: string): void {
  const cycle = "ci/1.1" as never;
  happen({
    type: "cycle.opened",
    data: { cycle, pool: "ci", slot: 1, n: 1, generation: "00000000", storage: "D:\\vms" },
  });
  happen({ type: "op.opened", data: { cycle, op: 1 as never, call: "disk.createChild", parent } });
}

Deno.test("register() refuses what cannot be a template, and says what to do", async () => {
  const { store, host, following, state } = bench({ pool: { template: template("taken", "C:\\t.vhdx") } });
  host.addDisk(REQUEST.path);
  host.addDisk("D:\\images\\busy.vhdx");
  host.attach("D:\\images\\busy.vhdx");
  host.addDisk("D:\\images\\child.vhdx", { parent: "D:\\images\\gone.vhdx" });
  host.putBytes("D:\\images\\text.vhdx", new TextEncoder().encode("no disk at all"));
  for (
    const [change, code, message] of [
      [{ name: "a b" }, "invalid", /cannot be a template's name/],
      [{ name: "" }, "invalid", /cannot be a template's name/],
      [{ name: "Taken" }, "conflict", /configuration is called "taken"/],
      [{ path: "images\\windows.vhdx" }, "invalid", /no absolute path/],
      [{ path: "D:\\images\\windows.vhd" }, "invalid", /Convert-VHD/],
      [{ path: "D:\\images\\none.vhdx" }, "not_found", /no disk at D:\\images\\none\.vhdx/],
      [{ path: "D:\\images\\text.vhdx" }, "invalid", /no virtual disk/],
      [{ path: "D:\\images\\busy.vhdx" }, "conflict", /attached/],
      [{ path: "D:\\images\\child.vhdx" }, "invalid", /child of D:\\images\\gone\.vhdx, which is missing/],
      [{ memoryMb: 4097 }, "invalid", /memoryMb/],
      [{ memoryMb: 0 }, "invalid", /memoryMb/],
      [{ processors: 0 }, "invalid", /processors/],
      [{ probe: { tcp: 70_000 } }, "invalid", /probe/],
      [{ software: { node: "x".repeat(101) } }, "invalid", /software/],
    ] as const
  ) {
    const refused = refusal(await store.register({ ...REQUEST, ...change }, following));
    assert.equal(refused.code, code, JSON.stringify(change));
    assert.match(refused.message, message);
  }
  assert.equal(state.templates.size, 0);
});

Deno.test("register() copies a disk of another volume piece by piece and tells how far it is", async () => {
  const { store, host, told, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  const { path } = good(await store.register(FAR, following));
  assert.deepEqual(host.bytesOf(path ?? ""), host.bytesOf(FAR.path));
  const copied = told.filter(({ step }) => step === "copying").map(({ done, of }) => [done, of]);
  assert.deepEqual(copied, [[0, 1000], [300, 1000], [600, 1000], [900, 1000], [1000, 1000]]);
  assert.equal(good(await store.register(FAR, following)).version, 1);
  assert.equal(host.made("file.copy").length, 4);
});

Deno.test("register() goes on with a copy that was cut off in the middle of a piece", async () => {
  const { store, host, following, restarted } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  host.meddle = (call, args) =>
    call === "file.copy" && args.offset === 600
      ? { outcome: "unknown", message: "the host went off" }
      : undefined;
  assert.equal(refusal(await store.register(FAR, following)).code, "failed");
  const part = host.paths().find((path) => path.endsWith(".part")) ?? "";
  host.putBytes(part, new Uint8Array([...host.bytesOf(part) ?? [], 1, 2, 3]));
  host.meddle = () => undefined;
  host.calls.length = 0;
  const { path } = good(await restarted().register(FAR, following));
  assert.deepEqual(host.made("file.copy"), [`file.copy ${FAR.path} 600`, `file.copy ${FAR.path} 900`]);
  assert.deepEqual(host.bytesOf(path ?? ""), host.bytesOf(FAR.path));
});

Deno.test("register() waits for what passes by itself", async () => {
  const { store, host, following } = bench();
  host.addDisk(FAR.path);
  let refusals = 0;
  host.meddle = (call) =>
    call === "file.copy" && refusals++ < 2
      ? { outcome: "failed", code: "busy", message: "in use" }
      : undefined;
  good(await store.register(FAR, following));
  assert.equal(host.made("file.copy").length, 3);
});

Deno.test("register() that is given up keeps what was copied, and its folder is in work until then", async () => {
  const { store, host, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  const stop = new AbortController();
  let inWork: string[] = [];
  host.meddle = (call, args) => {
    if (call !== "file.copy" || args.offset !== 300) return undefined;
    inWork = [...store.disksInWork()];
    stop.abort();
    return undefined;
  };
  const { code, message } = refusal(await store.register(FAR, { ...following, signal: stop.signal }));
  assert.equal(code, "cancelled");
  assert.match(message, /goes on from there/);
  assert.equal(inWork.length, 1);
  assert.equal(host.bytesOf(`${inWork[0]}.part`)?.length, 600);
  assert.equal(store.disksInWork().size, 0);
});

Deno.test("register() removes what a copy of another disk, cut off, has left under that name", async () => {
  const { store, host, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  host.addDisk(REQUEST.path);
  host.meddle = (call, args) =>
    call === "file.copy" && args.offset === 600
      ? { outcome: "failed", code: "no_space", message: "full" }
      : undefined;
  refusal(await store.register(FAR, following));
  const { path } = good(await store.register(REQUEST, following));
  assert.deepEqual(host.paths(), [REQUEST.path, path, FAR.path].sort());
});

Deno.test("register() of a name that is being registered is refused", async () => {
  const { store, host, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  const [first, second] = await Promise.all([
    store.register(FAR, following),
    store.register({ ...FAR, name: "Windows" }, following),
  ]);
  assert.equal(good(first).version, 1);
  const { code, message } = refusal(second);
  assert.equal(code, "conflict");
  assert.match(message, /"windows" is being registered at this moment/);
});

Deno.test("register() does not keep a copy of a disk that was written to meanwhile", async () => {
  const { store, host, state, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk(FAR.path);
  host.meddle = (call, args) => {
    if (call === "file.copy" && args.offset === 600) {
      host.putBytes(FAR.path, host.bytesOf(FAR.path)?.slice() ?? new Uint8Array());
    }
    return undefined;
  };
  const { code, message } = refusal(await store.register(FAR, following));
  assert.equal(code, "failed");
  assert.match(message, /was written to while it was copied/);
  assert.equal(state.templates.size, 0);
  assert.deepEqual(host.paths(), [FAR.path]);
});

Deno.test("register() puts a new copy beside one that was spoilt", async () => {
  const { store, host, following } = bench();
  host.addDisk(FAR.path);
  const first = good(await store.register(FAR, following)).path ?? "";
  host.putBytes(first, new TextEncoder().encode("spoilt"));
  assert.equal(refusal(await store.register(FAR, following)).code, "conflict");
  const second = good(await store.register({ ...FAR, replace: true }, following)).path ?? "";
  assert.notEqual(second, first);
  assert.deepEqual(host.bytesOf(second), host.bytesOf(FAR.path));
});

Deno.test("register() says what to do when the volume of the store is full", async () => {
  const { store, host, following } = bench();
  host.addDisk(FAR.path);
  host.meddle = (call) =>
    call === "file.copy"
      ? { outcome: "failed", code: "no_space", message: "There is not enough space on D:." }
      : undefined;
  const { code, message } = refusal(await store.register(FAR, following));
  assert.equal(code, "failed");
  assert.match(message, /Cannot copy E:\\images\\windows\.vhdx .* not enough space on D:\. Free space/);
});

Deno.test("register() uses no manifest that is malformed, and none when the disk cannot be mounted", async () => {
  const { store, host, following } = bench();
  host.addDisk("D:\\images\\a.vhdx", { files: { [IMAGE_MANIFEST_FILE]: '{"format":1,"runner":"newest"}' } });
  host.addDisk("D:\\images\\b.vhdx", { mountable: false });
  for (const name of ["a", "b"]) {
    const status = good(
      await store.register({ name, path: `D:\\images\\${name}.vhdx`, source: "test" }, following),
    );
    assert.equal(status.runner, null);
  }
});

Deno.test("register() of the same disk again makes it read-only again", async () => {
  const { store, host, following } = bench();
  host.addDisk(REQUEST.path);
  const { path } = good(await store.register(REQUEST, following));
  host.unprotect(path ?? "");
  assert.equal(good(await store.register(REQUEST, following)).version, 1);
  const info = await host.call("disk.info", { path: path ?? "" });
  assert.equal(info.outcome === "ok" && info.value.readOnly, true);
});

Deno.test("register() of a new version leaves another template of the old file read-only", async () => {
  const { store, host, following } = bench();
  host.addDisk(REQUEST.path);
  host.addDisk("D:\\images\\other.vhdx");
  good(await store.register(REQUEST, following));
  const { path } = good(await store.register({ ...REQUEST, name: "same" }, following));
  good(await store.register({ ...REQUEST, path: "D:\\images\\other.vhdx", replace: true }, following));
  const info = await host.call("disk.info", { path: path ?? "" });
  assert.equal(info.outcome === "ok" && info.value.readOnly, true);
});
