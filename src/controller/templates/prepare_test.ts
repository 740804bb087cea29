import assert from "node:assert/strict";
import type { RunnerPackages } from "../../ports/runner_packages.ts";
import { type Bench, bench, good, refusal, template } from "./testing/bench.ts";

const PLAIN = "D:\\images\\plain.vhdx";
const REQUEST = { name: "ready", from: PLAIN, source: "test" };

/** Packages of a folder with these versions. */
function packages(...versions: string[]): RunnerPackages {
  return {
    known: () =>
      Promise.resolve({
        outcome: "ok",
        value: versions.map((version) => ({ version, file: `actions-runner-win-x64-${version}.zip` })),
      }),
    fetch: () => Promise.resolve({ outcome: "failed", code: "unavailable", message: "not asked here" }),
  };
}

function withDisk(options: Parameters<typeof bench>[0] = {}): Bench {
  const made = bench(options);
  made.host.addDisk(PLAIN);
  return made;
}

Deno.test("prepare() begins with the disk at a path", async () => {
  const { store, state, following } = withDisk({ context: { packages: packages() } });
  const request = { ...REQUEST, runner: "2.338.1", processors: 8, switchName: "lan" };
  assert.equal(good(await store.prepare(request, following)).processors, 8);
  const { template: made, runner, switchName, from, purpose } = state.preparation ?? assert.fail();
  assert.deepEqual([made.name, made.path, runner, switchName, purpose], [
    "ready",
    PLAIN,
    "2.338.1",
    "lan",
    "register",
  ]);
  assert.match(from, /^vhdxfile/);
});

Deno.test("prepare() takes disk and hardware of a template, registered or configured, unless others are given", async () => {
  const registered = withDisk();
  const source = { name: "plain", path: PLAIN, memoryMb: 8192, tpm: true, source: "test" };
  const { path } = good(await registered.store.register(source, registered.following));
  good(await registered.store.prepare({ ...REQUEST, from: "Plain", tpm: false }, registered.following));
  const made = registered.state.preparation?.template;
  assert.deepEqual([made?.path, made?.memoryMb, made?.tpm], [path, 8192, false]);

  const configured = withDisk({ pool: { template: { ...template("golden", PLAIN), nested: true } } });
  good(await configured.store.prepare({ ...REQUEST, from: "golden" }, configured.following));
  assert.deepEqual(
    [configured.state.preparation?.template.path, configured.state.preparation?.template.nested],
    [PLAIN, true],
  );
});

Deno.test("prepare() takes the GPU partition of its source, and what is named of it instead", async () => {
  const { store, state, following } = withDisk();
  const gpuPartition = { minVram: 5, maxVram: 9 };
  const source = { name: "plain", path: PLAIN, gpu: true, gpuPartition, source: "test" };
  good(await store.register(source, following));
  good(await store.prepare({ ...REQUEST, from: "plain", gpuPartition: { maxVram: 7 } }, following));
  assert.deepEqual(state.preparation?.template.gpuPartition, { minVram: 5, maxVram: 7 });
});

Deno.test("prepare() chooses the newest runner that is known", async () => {
  for (const versions of [["2.9.0", "2.10.0"], ["2.8.0"]]) {
    const { store, state, following, happen } = withDisk({ context: { packages: packages(...versions) } });
    happen({ type: "runner.released", data: { version: "2.9.1" } });
    good(await store.prepare({ ...REQUEST, runner: "latest" }, following));
    assert.equal(state.preparation?.runner, versions.length === 2 ? "2.10.0" : "2.9.1");
  }
});

Deno.test("prepare() refuses what cannot be prepared", async () => {
  const { store, host, state, following } = withDisk({
    context: { packages: packages() },
    pool: { template: template("golden", "C:\\t.vhdx") },
  });
  host.addDisk("D:\\images\\child.vhdx", { parent: PLAIN });
  good(await store.register({ name: "taken", path: PLAIN, source: "test" }, following));
  for (
    const [change, code, message] of [
      [{ from: "nothing" }, "not_found", /no template "nothing"/],
      [{ from: "D:\\none.vhdx" }, "not_found", /no disk at/],
      [{ from: "D:\\images\\child.vhdx" }, "invalid", /Convert-VHD/],
      [{ runner: "newest" }, "invalid", /no version of the runner/],
      [{ runner: "latest" }, "failed", /Which runner is the newest is not known/],
      [{ name: "taken" }, "conflict", /"taken" already/],
      [{ name: "golden", replace: true }, "conflict", /configuration/],
      [{ memoryMb: 1 }, "invalid", /memoryMb/],
    ] as const
  ) {
    const refused = refusal(await store.prepare({ ...REQUEST, ...change }, following));
    assert.equal(refused.code, code, JSON.stringify(change));
    assert.match(refused.message, message);
  }
  assert.equal(state.preparation, undefined);
  good(await store.prepare({ ...REQUEST, name: "taken", replace: true }, following));
});

Deno.test("prepare() prepares one image at a time, and nothing else takes its name", async () => {
  const { store, following } = withDisk();
  good(await store.prepare(REQUEST, following));
  const second = refusal(await store.prepare({ ...REQUEST, name: "other" }, following));
  assert.equal(second.code, "conflict");
  assert.match(second.message, /"ready" is being prepared \(prepare\/1\.1\)/);
  const taken = refusal(await store.register({ name: "Ready", path: PLAIN, source: "test" }, following));
  assert.match(taken.message, /"ready" is being prepared/);
});

Deno.test("prepare() installs no runner where none can be fetched", async () => {
  const { store, following } = withDisk();
  assert.equal(refusal(await store.prepare({ ...REQUEST, runner: "latest" }, following)).code, "invalid");
});

Deno.test("prepare() says so when the controller does not begin", async () => {
  const { store, following, happen } = withDisk();
  happen({ type: "controller.stopping", data: { drain: true, source: "test" } });
  assert.match(refusal(await store.prepare(REQUEST, following)).message, /was not begun/);
});

Deno.test("prepare() keeps its source, also when the template gets a new version meanwhile", async () => {
  const { store, host, following } = withDisk();
  host.addDisk("D:\\images\\newer.vhdx");
  const { path } = good(await store.register({ name: "plain", path: PLAIN, source: "test" }, following));
  good(await store.prepare({ ...REQUEST, from: "plain" }, following));
  const newer = { name: "plain", path: "D:\\images\\newer.vhdx", replace: true, source: "test" };
  assert.equal(good(await store.register(newer, following)).version, 2);
  assert.ok(host.paths().includes(path ?? ""));
});

Deno.test("prepare() asks which runner is the newest where only older ones of this machine are known", async () => {
  const packages: RunnerPackages = {
    known: () =>
      Promise.resolve({
        outcome: "ok",
        value: [{ version: "2.9.0", file: "actions-runner-win-x64-2.9.0.zip" }],
      }),
    fetch: () => Promise.reject(new Error("nothing is fetched here")),
  };
  for (
    const [asked, runner] of [
      [{ outcome: "ok", value: "2.340.0" }, "2.340.0"],
      [{ outcome: "failed", code: "unavailable", message: "no network" }, "2.9.0"],
    ] as const
  ) {
    const { store, host, following, state } = bench({
      context: { packages, newestRunner: () => Promise.resolve(asked) },
    });
    host.addDisk(PLAIN);
    good(await store.prepare({ ...REQUEST, runner: "latest" }, following));
    assert.equal(state.preparation?.runner, runner);
  }
});
