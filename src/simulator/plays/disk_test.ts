import assert from "node:assert/strict";
import { CONFIG_DRIVE_FILE } from "../../ports/guest.ts";
import { TEMPLATE_PATH } from "../host_options.ts";
import { Bench, DIRECTORY } from "../testing/host_bench.ts";

const DISK = `${DIRECTORY}\\disk.vhdx`;

const INBOX = `ProgramData\\hvpool\\inbox\\${CONFIG_DRIVE_FILE}`;

Deno.test("an introduction in the inbox of a disk is taken after the boot, and deleted", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const files = [{ path: INBOX, text: bench.introduction("r").text }];
  assert.equal(bench.ok("disk.inject", { path: DISK, files }).files, 1);
  assert.equal(bench.ok("disk.inject", { path: DISK, files }).files, 1);
  bench.ok("vm.start", { vmId });
  const phases = new Set<string>();
  for (let i = 0; i < 60; i++) {
    bench.later(1_000);
    phases.add(bench.report(vmId)?.phase ?? "silent");
  }
  assert.deepEqual([...phases], ["silent", "starting", "waiting", "got", "running"]);
  assert.equal(bench.report(vmId)?.use, 1);
  const account = { vmId, user: "a", password: "b" };
  const read = { ...account, path: `C:\\${INBOX}`, offset: 0, maxBytes: 10 };
  assert.equal(bench.fails("guest.copyOut", read), "not_found");
});

Deno.test("an introduction that is copied into the inbox of a waiting guest is taken once it is whole", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const file = { vmId, user: "a", password: "b", path: `C:\\${INBOX}` };
  const bytes = new TextEncoder().encode(bench.introduction("r").text);
  const half = Math.floor(bytes.length / 2);
  bench.ok("guest.copyIn", { ...file, offset: 0, data: bytes.subarray(0, half).toBase64() });
  bench.later(10_000);
  assert.equal(bench.report(vmId)?.phase, "waiting");
  bench.ok("guest.copyIn", { ...file, offset: half, data: bytes.subarray(half).toBase64() });
  bench.later(20_000);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["running", 1]);
});

Deno.test("a use number that a disk has had is not taken again, from the inbox or from the drive", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const inject = (name: string, use: number) =>
    bench.ok("disk.inject", {
      path: DISK,
      files: [{ path: INBOX, text: bench.introduction(name, use).text }],
    });
  inject("first", 2);
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  assert.equal(bench.report(vmId)?.use, 2);
  bench.ok("vm.turnOff", { vmId });
  bench.later(1_000);
  inject("second", 2);
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  assert.equal(bench.report(vmId)?.phase, "waiting");
  bench.introduce(vmId, 1);
  bench.later(10_000);
  assert.equal(bench.report(vmId)?.phase, "waiting", "an older one is no better");
  bench.ok("media.take", { vmId, directory: DIRECTORY });
  bench.introduce(vmId, 3);
  bench.later(5_000);
  assert.equal(bench.report(vmId)?.use, 3);
});

Deno.test("a file of a lower layer that is deleted in an upper one is gone there, and back after a restore", () => {
  const bench = new Bench({ latencies: { "guest.boot": 20_000, "guest.got": 10_000 } });
  const vmId = bench.make();
  bench.ok("disk.inject", { path: DISK, files: [{ path: INBOX, text: bench.introduction("r").text }] });
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  const read = { vmId, user: "a", password: "b", path: `C:\\${INBOX}`, offset: 0, maxBytes: 10 };
  for (let twice = 0; twice < 2; twice++) {
    bench.ok("vm.start", { vmId });
    bench.later(20_000);
    assert.equal(bench.ok("guest.copyOut", read).data.length, 16);
    bench.later(20_000);
    assert.equal(bench.report(vmId)?.use, 1);
    assert.equal(bench.fails("guest.copyOut", read), "not_found");
    bench.ok("checkpoint.restore", { vmId, checkpointId });
  }
});

Deno.test("the loader looks nowhere else on its disk", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const path = `ProgramData\\hvpool\\${CONFIG_DRIVE_FILE}`;
  bench.ok("disk.inject", { path: DISK, files: [{ path, text: bench.introduction("r").text }] });
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  assert.equal(bench.report(vmId)?.phase, "waiting");
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
    files: [{ name: CONFIG_DRIVE_FILE, text: bench.introduction("r").text }],
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

const LINK = "C:\\hvpool\\store\\templates\\windows@1.vhdx";

function identity(bench: Bench, path: string): string {
  return bench.ok("disk.info", { path }).identity;
}

Deno.test("a disk's identity stays by all its paths until it is written, by whichever of them", () => {
  const bench = new Bench();
  const before = identity(bench, TEMPLATE_PATH);
  bench.ok("disk.protect", { path: TEMPLATE_PATH });
  bench.ok("disk.link", { path: TEMPLATE_PATH, target: LINK });
  bench.later(60_000);
  assert.deepEqual([identity(bench, TEMPLATE_PATH), identity(bench, LINK)], [before, before]);
  assert.equal(bench.ok("disk.info", { path: LINK }).readOnly, true);
  bench.host.touchDisk(LINK);
  const after = identity(bench, TEMPLATE_PATH);
  bench.host.touchDisk(TEMPLATE_PATH);
  assert.equal(new Set([before, after, identity(bench, LINK)]).size, 3);
  bench.ok("disk.createChild", { path: DISK, parent: LINK });
  assert.notEqual(identity(bench, DISK), identity(bench, LINK));
});

Deno.test("a link takes no space, is made once, and the disk goes with its last path", () => {
  const bench = new Bench();
  const free = () => bench.ok("host.info", {}).volumes[0]?.freeMb ?? 0;
  const before = free();
  for (let twice = 0; twice < 2; twice++) {
    assert.deepEqual(bench.ok("disk.link", { path: TEMPLATE_PATH, target: LINK }), { linked: true });
  }
  assert.equal(free(), before);
  bench.ok("disk.remove", { path: TEMPLATE_PATH });
  assert.equal(free(), before);
  assert.equal(bench.fails("disk.info", { path: TEMPLATE_PATH }), "not_found");
  bench.ok("disk.remove", { path: LINK });
  assert.ok(free() > before);
});

Deno.test("a link overwrites nothing, is not made to another volume, and needs a disk", () => {
  const bench = new Bench();
  bench.make();
  assert.equal(bench.fails("disk.link", { path: TEMPLATE_PATH, target: DISK }), "invalid");
  assert.equal(bench.fails("disk.link", { path: TEMPLATE_PATH, target: DIRECTORY }), "invalid");
  const target = "D:\\store\\windows@1.vhdx";
  assert.deepEqual(bench.ok("disk.link", { path: TEMPLATE_PATH, target }), { linked: false });
  assert.deepEqual(bench.ok("dir.list", { path: "D:\\" }).names, []);
  assert.equal(bench.fails("disk.link", { path: "C:\\none.vhdx", target: LINK }), "not_found");
  assert.equal(bench.fails("disk.info", { path: LINK }), "not_found");
});

for (const [mishap, number] of [["replaceDisk", "0xC03A000E"], ["removeDisk", "0xC03A000D"]] as const) {
  Deno.test(`${mishap} of a golden disk breaks its own children and none of its link's`, () => {
    const bench = new Bench();
    bench.ok("disk.link", { path: TEMPLATE_PATH, target: LINK });
    const direct = bench.make({ directory: `${DIRECTORY}-a` });
    const linked = bench.make({ directory: `${DIRECTORY}-b` }, LINK);
    const before = identity(bench, LINK);
    assert.ok(bench.host[mishap](TEMPLATE_PATH));
    const broken = bench.call("vm.start", { vmId: direct });
    assert.ok(!broken.ok && broken.error.message.includes(number));
    assert.equal(bench.ok("vm.start", { vmId: linked }).power, "running");
    assert.equal(identity(bench, LINK), before);
    if (mishap === "removeDisk") return;
    assert.notEqual(identity(bench, TEMPLATE_PATH), before);
    assert.equal(bench.fails("disk.link", { path: TEMPLATE_PATH, target: LINK }), "invalid");
  });
}

Deno.test("what befalls a disk that is not there befalls nothing", () => {
  const bench = new Bench();
  assert.equal(bench.host.replaceDisk("C:\\none.vhdx"), false);
  assert.equal(bench.host.removeDisk("C:\\none.vhdx"), false);
});

Deno.test("a folder with a protected link goes, unless a running machine's disk stands on it by any path", () => {
  const bench = new Bench();
  const folder = "C:\\hvpool\\store\\templates";
  bench.ok("disk.link", { path: TEMPLATE_PATH, target: LINK });
  bench.ok("disk.protect", { path: LINK });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  assert.equal(bench.fails("dir.remove", { path: folder }), "busy");
  assert.equal(bench.ok("disk.info", { path: LINK }).readOnly, true);
  bench.ok("vm.turnOff", { vmId });
  bench.later(1_000);
  bench.ok("dir.remove", { path: folder });
  assert.equal(bench.fails("disk.info", { path: LINK }), "not_found");
  assert.equal(bench.ok("disk.info", { path: TEMPLATE_PATH }).readOnly, false, "the attribute is shared");
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
});

Deno.test("where any template will do, one that somebody took away stays away, and links are made", () => {
  const bench = new Bench({ templates: "any" });
  assert.equal(bench.fails("disk.info", { path: LINK }), "not_found");
  assert.ok(bench.host.removeDisk("C:\\golden.vhdx"));
  assert.equal(bench.fails("disk.info", { path: "C:\\golden.vhdx" }), "not_found");
});

Deno.test("an image keeps its loader, or lacks it, by whichever path a machine stands on it", () => {
  const template = "C:\\golden\\seed-no-loader.vhdx";
  const bench = new Bench({ templates: [{ path: template, sizeMb: 65_536 }] });
  bench.ok("disk.link", { path: template, target: LINK });
  const vmId = bench.boot({}, LINK);
  assert.equal(bench.report(vmId), undefined);
});
