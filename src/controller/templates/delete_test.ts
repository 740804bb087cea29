import assert from "node:assert/strict";
import { BELOW, type Bench, bench, good, refusal, template } from "./testing/bench.ts";

const PATH = "D:\\images\\windows.vhdx";

async function withTemplate(options: Parameters<typeof bench>[0] = {}): Promise<Bench & { path: string }> {
  const made = bench(options);
  made.host.addDisk(PATH);
  const { path } = good(
    await made.store.register({ name: "windows", path: PATH, source: "test" }, made.following),
  );
  return { ...made, path: path ?? "" };
}

Deno.test("delete() forgets the template and removes its disk from the store, not the one it came from", async () => {
  const { store, host, state } = await withTemplate();
  assert.deepEqual(await store.delete("Windows", { source: "test" }), { ok: true });
  assert.equal(state.templates.size, 0);
  assert.deepEqual(host.paths(), [PATH]);
});

Deno.test("delete() refuses a template in use and names all its users", async () => {
  const { store, host, happen, path, state } = await withTemplate({
    pool: { template: template("windows", "") },
  });
  const cycle = "ci/2.7" as never;
  happen({
    type: "cycle.opened",
    data: { cycle, pool: "ci", slot: 2, n: 7, generation: "0", storage: "D:\\vms" },
  });
  happen({ type: "op.opened", data: { cycle, op: 1 as never, call: "disk.createChild", parent: path } });
  host.addDisk("D:\\images\\child.vhdx", { parent: path });
  const following = { progress: () => {} };
  good(await store.register({ name: "child", path: "D:\\images\\child.vhdx", source: "test" }, following));
  const { code, message } = refusal(await store.delete("windows", { source: "test" }));
  assert.equal(code, "conflict");
  assert.match(message, /in use: pool ci, machine runner-2 \(ci\/2\.7\), template child\./);
  assert.ok(state.templates.has("windows") && host.paths().includes(path));
});

Deno.test("delete() refuses the source of an image that is being prepared", async () => {
  const { store, following } = await withTemplate();
  good(await store.prepare({ name: "ready", from: "windows", source: "test" }, following));
  assert.match(refusal(await store.delete("windows", { source: "test" })).message, /in use: preparation/);
  assert.match(refusal(await store.delete("ready", { source: "test" })).message, /in use: preparation/);
});

Deno.test("delete() sends who deletes a template of the configuration to the file", async () => {
  const { store } = bench({ pool: { template: template("golden", PATH) } });
  const { code, message } = refusal(await store.delete("GOLDEN", { source: "test" }));
  assert.equal(code, "conflict");
  assert.match(message, /"golden" stands in the configuration, for pool ci\. Take it out of the file/);
});

Deno.test("delete() removes what a copy that was cut off has left", async () => {
  const { store, host, following } = bench({ sizes: { pieceBytes: 300 } });
  host.addDisk("E:\\far.vhdx");
  host.meddle = (call, args) =>
    call === "file.copy" && args.offset === 600
      ? { outcome: "failed", code: "no_space", message: "full" }
      : undefined;
  refusal(await store.register({ name: "far", path: "E:\\far.vhdx", source: "test" }, following));
  assert.ok(host.paths().some((path) => path.startsWith(`${BELOW}\\far@`)));
  assert.deepEqual(await store.delete("far", { source: "test" }), { ok: true });
  assert.deepEqual(host.paths(), ["E:\\far.vhdx"]);
  assert.equal(refusal(await store.delete("far", { source: "test" })).code, "not_found");
});

Deno.test("delete() of an unknown name tells the names like it", async () => {
  const { store } = await withTemplate();
  const { code, message } = refusal(await store.delete("windosw", { source: "test" }));
  assert.equal(code, "not_found");
  assert.match(message, /no template "windosw"\. Did you mean windows\?/);
});

Deno.test("delete() removes no disk whose users a lost journal knew", async () => {
  const { store, host, happen, path, state } = await withTemplate();
  happen({ type: "journal.lost", data: { upTo: 500 } });
  state.templates.clear();
  const { code, message } = refusal(await store.delete("windows", { source: "test" }));
  assert.equal(code, "conflict");
  assert.match(message, /a journal was lost/);
  assert.ok(host.paths().includes(path));
});

Deno.test("delete() tells which folder it could not remove, and does so when it is asked again", async () => {
  const { store, host } = await withTemplate();
  host.meddle = (call) =>
    call === "dir.remove" ? { outcome: "failed", code: "busy", message: "locked" } : undefined;
  assert.match(
    refusal(await store.delete("windows", { source: "test" })).message,
    /deleted, but not all of its disks: cannot remove/,
  );
  host.meddle = () => undefined;
  assert.deepEqual(await store.delete("windows", { source: "test" }), { ok: true });
  assert.deepEqual(host.paths(), [PATH]);
});

Deno.test("delete() leaves another template of the same file read-only", async () => {
  const { store, host, following, path } = await withTemplate();
  const other = good(await store.register({ name: "other", path: PATH, source: "test" }, following));
  assert.deepEqual(await store.delete("windows", { source: "test" }), { ok: true });
  assert.ok(!host.paths().includes(path));
  const answer = await store.verify("other", following);
  assert.deepEqual(answer.ok && answer.checks.filter(({ status }) => status !== "ok"), [], other.path ?? "");
});

Deno.test("delete() protects the others also where a folder could not be removed, and says when it cannot", async () => {
  const { store, host, following, path } = await withTemplate();
  const other = good(await store.register({ name: "other", path: PATH, source: "test" }, following)).path ??
    "";
  host.meddle = (call) => {
    if (call !== "dir.remove") return undefined;
    host.unprotect(path);
    return { outcome: "failed", code: "busy", message: "locked" };
  };
  assert.match(refusal(await store.delete("windows", { source: "test" })).message, /cannot remove/);
  const info = await host.call("disk.info", { path: other });
  assert.equal(info.outcome === "ok" && info.value.readOnly, true);
  host.meddle = (call) =>
    call === "disk.protect" ? { outcome: "failed", code: "access_denied", message: "denied" } : undefined;
  assert.match(
    refusal(await store.delete("windows", { source: "test" })).message,
    /is deleted, but another disk may be writable now: cannot make .*other@.* read-only again: denied/,
  );
});

Deno.test("delete() forgets a preparation that failed, in whatever case its name is written", async () => {
  const { store, host, following, happen, state } = bench();
  host.addDisk(PATH);
  good(await store.prepare({ name: "Ready", from: PATH, source: "test" }, following));
  const cycle = state.preparation?.cycle ?? ("" as never);
  happen({ type: "cycle.failed", data: { cycle, cause: "late", message: "it took too long", notBefore: 0 } });
  assert.deepEqual(await store.delete("rEADY", { source: "test" }), { ok: true });
  assert.equal(state.unprepared.size, 0);
});
