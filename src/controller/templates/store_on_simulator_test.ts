import assert from "node:assert/strict";
import { hostPort } from "../../ports/engine.ts";
import type { HostCall } from "../../ports/host.ts";
import { IMAGE_MANIFEST_FILE } from "../../ports/image_manifest.ts";
import { Bench as Simulated } from "../../simulator/testing/host_bench.ts";
import { bench, good, refusal } from "./testing/bench.ts";

const GOLDEN = "E:\\images\\windows.vhdx";
const MIB = 1_048_576;

Deno.test("a template is copied, exported, imported, verified and deleted on the simulated host", async () => {
  const simulated = new Simulated({
    templates: [{
      path: GOLDEN,
      sizeMb: 65_536,
      fileMb: 21,
      files: { [`C:\\${IMAGE_MANIFEST_FILE}`]: '{"format":1,"runner":"2.338.1"}' },
    }],
  });
  let lostAfter = Infinity;
  const calls: HostCall[] = [];
  const host = hostPort({
    send(call, args, answer) {
      calls.push(call);
      if (call === "file.copy" && lostAfter-- <= 0) answer({ lost: "the host went off" });
      else answer(simulated.call(call, args as never));
      return () => {};
    },
    watch: () => () => {},
    close: () => Promise.resolve(),
  });
  const { store, following, restarted } = bench({
    sizes: { pieceBytes: 8 * MIB, partBytes: 8 * MIB },
    context: { host },
  });
  const request = { name: "windows", path: GOLDEN, source: "test" };

  lostAfter = 1;
  assert.equal(refusal(await store.register(request, following)).code, "failed");
  lostAfter = Infinity;
  calls.length = 0;
  const registered = good(await restarted().register(request, following));
  assert.equal(calls.filter((call) => call === "file.copy").length, 2);
  assert.equal(registered.runner, "2.338.1");

  const place = { place: "F:\\export", source: "test" };
  lostAfter = 2;
  assert.equal(refusal(await store.export({ name: "windows", ...place }, following)).code, "failed");
  lostAfter = Infinity;
  good(await restarted().export({ name: "windows", ...place }, following));
  const imported = good(await store.import({ name: "copy", ...place }, following));
  assert.equal(imported.runner, "2.338.1");

  for (const name of ["windows", "copy"]) {
    const answer = await store.verify(name, following);
    assert.deepEqual(answer.ok && answer.checks.filter(({ status }) => status !== "ok"), [], name);
    assert.deepEqual(await store.delete(name, { source: "test" }), { ok: true });
  }
  assert.deepEqual(simulated.ok("dir.list", { path: "D:\\vms\\0123\\templates" }).names, []);
  await host.close();
});
