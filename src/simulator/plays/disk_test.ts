import assert from "node:assert/strict";
import { CONFIG_DRIVE_FILE } from "../../ports/guest.ts";
import { TEMPLATE_PATH } from "../host_options.ts";
import { Bench, DIRECTORY, SCOPE } from "../testing/host_bench.ts";

const DISK = `${DIRECTORY}\\disk.vhdx`;

function introduction(bench: Bench): string {
  const made = bench.forge.register({
    scope: SCOPE,
    name: "r",
    groupId: 1,
    labels: ["x"],
    workFolder: "_work",
  });
  assert.ok("runner" in made);
  const { jitConfig } = made.runner;
  return JSON.stringify({ protocol: 1, cycle: "small/1.1", use: 1, now: "", jitConfig, env: {} });
}

Deno.test("what is injected into a disk is found by the guest that boots from it", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const files = [{ path: `ProgramData\\hvpool\\${CONFIG_DRIVE_FILE}`, text: introduction(bench) }];
  assert.equal(bench.ok("disk.inject", { path: DISK, files }).files, 1);
  assert.equal(bench.ok("disk.inject", { path: DISK, files }).files, 1);
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["running", 1]);
});

Deno.test("a disk that a running or saved machine uses is not mounted, nor is a protected or a second one", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const files = [{ path: "a.txt", text: "x" }];
  assert.equal(bench.fails("disk.inject", { path: DISK, files }), "busy");
  bench.ok("vm.save", { vmId });
  assert.equal(bench.fails("disk.inject", { path: DISK, files }), "busy");
  assert.equal(bench.fails("disk.inject", { path: "C:\\none.vhdx", files }), "not_found");
  const [one, two] = ["C:\\a\\1.vhdx", "C:\\a\\2.vhdx"] as const;
  for (const path of [one, two]) bench.ok("disk.createChild", { path, parent: TEMPLATE_PATH });
  const first = bench.send("disk.inject", { path: one, files });
  assert.equal(bench.fails("disk.inject", { path: two, files }), "busy");
  bench.later(10_000);
  assert.equal(first.answer?.ok, true);
  assert.equal(bench.ok("disk.inject", { path: two, files }).files, 1);
  bench.ok("disk.protect", { path: one });
  assert.equal(bench.fails("disk.inject", { path: one, files }), "access_denied");
});

Deno.test("a mount that the host's end has cut short does not stand in the way of the next", () => {
  const bench = new Bench();
  bench.ok("disk.createChild", { path: DISK, parent: TEMPLATE_PATH });
  const files = [{ path: "a.txt", text: "x" }];
  const cut = bench.send("disk.inject", { path: DISK, files });
  bench.host.cutPower(1_000);
  bench.later(10_000);
  assert.equal(cut.answer, undefined);
  assert.equal(bench.ok("disk.inject", { path: DISK, files }).files, 1);
});

Deno.test("to write to a parent kills its children", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("disk.inject", { path: TEMPLATE_PATH, files: [{ path: "a.txt", text: "x" }] });
  assert.equal(bench.fails("vm.start", { vmId }), "broken_chain");
  assert.equal(bench.fails("disk.inject", { path: DISK, files: [{ path: "a", text: "x" }] }), "broken_chain");
});

Deno.test("disk.remove deletes what nobody uses, and only that", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  assert.equal(bench.fails("disk.remove", { path: DISK }), "busy");
  bench.ok("checkpoint.create", { vmId, name: "clean" });
  assert.equal(bench.fails("disk.remove", { path: DISK }), "busy", "a layer below the one in use");
  bench.ok("disk.protect", { path: TEMPLATE_PATH });
  assert.equal(bench.fails("disk.remove", { path: TEMPLATE_PATH }), "access_denied");
  bench.ok("vm.turnOff", { vmId });
  bench.later(1_000);
  bench.ok("disk.remove", { path: DISK });
  bench.ok("disk.remove", { path: DISK });
  assert.equal(bench.fails("disk.info", { path: DISK }), "not_found");
  assert.equal(bench.fails("vm.start", { vmId }), "broken_chain");
});

Deno.test("an image is set, ejected and set again; one that is not there is refused", () => {
  const bench = new Bench({ images: (path) => path === "C:\\other.iso" ? [] : undefined });
  const vmId = bench.boot();
  const image = bench.ok("media.put", {
    vmId,
    directory: DIRECTORY,
    use: 1,
    files: [{ name: CONFIG_DRIVE_FILE, text: introduction(bench) }],
  }).path;
  bench.ok("dvd.eject", { vmId });
  assert.equal(bench.ok("vm.inspect", { vmId }).media, null);
  bench.later(10_000);
  assert.equal(bench.report(vmId)?.use, 0);
  bench.ok("dvd.set", { vmId, path: image });
  bench.later(20_000);
  assert.equal(bench.report(vmId)?.use, 1);
  bench.ok("dvd.set", { vmId, path: "C:\\other.iso" });
  assert.equal(bench.ok("vm.inspect", { vmId }).media, "C:\\other.iso");
  assert.equal(bench.fails("dvd.set", { vmId, path: "C:\\none.iso" }), "not_found");
  bench.ok("dvd.eject", { vmId });
  bench.ok("dvd.eject", { vmId });
});
