import assert from "node:assert/strict";
import { bench, good, refusal, template } from "./testing/bench.ts";

Deno.test("list() tells templates of the configuration first, then registered ones, each by name", async () => {
  const { store, host, following, happen } = bench({
    pool: { template: template("zebra", "C:\\zebra.vhdx") },
  });
  for (const name of ["beta", "alpha"]) {
    host.addDisk(`D:\\${name}.vhdx`);
    good(await store.register({ name, path: `D:\\${name}.vhdx`, source: "test" }, following));
  }
  assert.deepEqual(store.list().map(({ name, origin, path }) => [name, origin, path === null]), [
    ["zebra", "configuration", true],
    ["alpha", "registered", false],
    ["beta", "registered", false],
  ]);
  happen({
    type: "template.changed",
    data: { pool: "ci", identity: "i", path: "D:\\kept.vhdx", image: { runner: "2.338.1" } },
  });
  const [zebra] = store.list();
  assert.deepEqual([zebra?.path, zebra?.source, zebra?.runner, zebra?.users], [
    "D:\\kept.vhdx",
    "C:\\zebra.vhdx",
    "2.338.1",
    ["pool ci"],
  ]);
});

Deno.test("list() tells of a template from the moment at which it is being prepared, and why that failed", async () => {
  const preparing = {
    cycle: "prepare/1.1",
    step: "copying",
    copied: 0,
    size: null,
    since: "2026-01-01T00:00:00.000Z",
    runner: null,
    why: null,
  } as const;
  const { store, host, following, happen, state } = bench({ context: { preparing: () => preparing } });
  host.addDisk("D:\\plain.vhdx");
  good(
    await store.prepare({ name: "ready", from: "D:\\plain.vhdx", memoryMb: 2048, source: "test" }, following),
  );
  const row = store.list().find(({ name }) => name === "ready");
  assert.deepEqual([row?.origin, row?.path, row?.version, row?.memoryMb], ["registered", null, null, 2048]);
  assert.deepEqual(row?.preparing, preparing);
  assert.deepEqual(row?.users, ["preparation"]);
  const cycle = state.preparation?.cycle ?? ("" as never);
  happen({ type: "cycle.failed", data: { cycle, cause: "late", message: "it took too long", notBefore: 0 } });
  assert.deepEqual(store.list().slice(1).map(({ name, preparing, failed }) => [name, preparing, failed]), [
    ["ready", null, "it took too long"],
  ]);
  assert.equal(refusal(await store.verify("ready", following)).code, "not_found");
});

Deno.test("list() says what to do when a preparation found no room", async () => {
  for (
    const [cause, message, shown] of [
      [
        "file.copy-no_space",
        "There is not enough space on the disk. (0x80070070)",
        /0x80070070\) Free space on that volume, and prepare/,
      ],
      ["file.copy-no_space", "Es ist zu wenig Platz", /Platz\. Free space/],
      // Words of a guest say nothing of the host's volume.
      ["guest.install-unknown", "npm: no space left", /^npm: no space left$/],
      ["prepare-timeout", "it took too long", /^it took too long$/],
    ] as const
  ) {
    const { store, host, following, happen, state } = bench();
    host.addDisk("D:\\plain.vhdx");
    good(await store.prepare({ name: "Ready", from: "D:\\plain.vhdx", source: "test" }, following));
    const cycle = state.preparation?.cycle ?? ("" as never);
    happen({ type: "cycle.failed", data: { cycle, cause, message, notBefore: 0 } });
    assert.match(store.list().at(-1)?.failed ?? "", shown);
    const { code, message: told } = refusal(await store.verify("READY", following));
    assert.equal(code, "not_found");
    assert.match(
      told,
      /"Ready" has no disk: its preparation came to nothing\. .* Prepare it again, or delete it\.$/,
    );
  }
});

Deno.test("list() promises that a refresh without room is tried again by itself", () => {
  const { store, state } = bench();
  const settings = template("golden", "C:\\golden.vhdx");
  const wanted = { settings, from: "i", purpose: "refresh", switchName: "", source: "test" } as const;
  const why = { cause: "no space left on device", code: "file.copy-no_space" };
  state.unprepared.set("golden", { at: 0, ...why, wanted, interrupted: false });
  assert.match(
    store.list().at(-1)?.failed ?? "",
    /device\. Free space on that volume: it is tried again by itself\.$/,
  );
});
