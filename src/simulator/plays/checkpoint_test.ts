import assert from "node:assert/strict";
import { TEMPLATE_PATH } from "../host_options.ts";
import { Bench, DIRECTORY } from "../testing/host_bench.ts";

Deno.test("a checkpoint of a running machine is restored to saved, and resumed where it was taken", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  const [listed] = bench.ok("checkpoint.list", { vmId }).checkpoints;
  assert.deepEqual([listed?.id, listed?.name, listed?.restoresTo, listed?.parentId], [
    checkpointId,
    "clean",
    "saved",
    null,
  ]);
  assert.equal(bench.report(vmId)?.phase, "waiting", "it runs on meanwhile");
  bench.introduce(vmId);
  bench.later(12_000);
  assert.equal(bench.report(vmId)?.phase, "running");
  const dirty = bench.ok("vm.inspect", { vmId }).disks[0];
  bench.ok("vm.turnOff", { vmId });
  assert.equal(bench.ok("checkpoint.restore", { vmId, checkpointId }).power, "saved");
  const restored = bench.ok("vm.inspect", { vmId });
  assert.notEqual(restored.disks[0], dirty, "another layer");
  assert.equal(restored.media, null, "nothing was in the drive then");
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["waiting", 0]);
});

Deno.test("a machine restored many times takes an introduction each time", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  for (let use = 1; use <= 3; use++) {
    bench.introduce(vmId, use);
    bench.later(15_000);
    assert.equal(bench.report(vmId)?.use, use);
    bench.ok("vm.turnOff", { vmId });
    bench.ok("media.take", { vmId, directory: DIRECTORY });
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    bench.ok("vm.start", { vmId });
    assert.equal(bench.report(vmId)?.use, 0);
  }
  const disks = bench.host.truth().disks.filter(({ path, removedAt }) =>
    removedAt === null && path.endsWith(".avhdx")
  );
  assert.equal(disks.length, 1, "dropped layers are gone");
});

Deno.test("a restored disk has forgotten which introductions it had", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.introduce(vmId);
  bench.later(4_000);
  const path = bench.ok("vm.inspect", { vmId }).media ?? "";
  assert.equal(bench.report(vmId)?.use, 1);
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  bench.ok("vm.start", { vmId });
  assert.equal(bench.report(vmId)?.use, 0);
  bench.ok("dvd.set", { vmId, path });
  bench.later(4_000);
  assert.equal(bench.report(vmId)?.use, 1);
});

Deno.test("a checkpoint of an off machine has no memory: a restore gives off, and a restart boots", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "cold" });
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  assert.equal(bench.ok("checkpoint.restore", { vmId, checkpointId }).power, "off");
  bench.ok("vm.start", { vmId });
  assert.equal(bench.report(vmId), undefined);
});

Deno.test("a restore brings settings back, the Notes among them", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const { notes } = bench.ok("vm.inspect", { vmId });
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "cold" });
  bench.ok("vm.set", { vmId, notes: "later", memoryMb: 8_192, name: "renamed" });
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  const seen = bench.ok("vm.inspect", { vmId });
  assert.deepEqual([seen.notes, seen.memoryMb, seen.name], [notes, 4_096, "renamed"]);
});

Deno.test("a removed checkpoint is merged for a while, and the machine loses nothing", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const account = { vmId, user: "runner", password: "x" };
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.ok("guest.copyIn", { ...account, path: "C:\\kept.txt", offset: 0, data: "a2VwdA==" });
  bench.ok("checkpoint.remove", { vmId, checkpointId });
  assert.equal(bench.ok("vm.inspect", { vmId }).merging, true);
  bench.later(10_000);
  const seen = bench.ok("vm.inspect", { vmId });
  assert.deepEqual([seen.merging, seen.disks[0], seen.checkpoints.length], [
    false,
    `${DIRECTORY}\\disk.vhdx`,
    0,
  ]);
  assert.equal(
    bench.ok("guest.copyOut", { ...account, path: "C:\\kept.txt", offset: 0, maxBytes: 9 }).data,
    "a2VwdA==",
  );
  bench.ok("checkpoint.remove", { vmId, checkpointId });
  assert.equal(bench.fails("checkpoint.restore", { vmId, checkpointId }), "not_found");
});

Deno.test("a checkpoint in the middle goes, those around it stay restorable", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const [first, middle, last] = ["a", "b", "c"].map((name) =>
    bench.ok("checkpoint.create", { vmId, name }).checkpointId
  );
  assert.ok(first !== undefined && middle !== undefined && last !== undefined);
  bench.ok("checkpoint.remove", { vmId, checkpointId: middle });
  bench.later(10_000);
  const listed = bench.ok("checkpoint.list", { vmId }).checkpoints;
  assert.deepEqual(listed.map(({ id, parentId }) => [id, parentId]), [[first, null], [last, first]]);
  for (const checkpointId of [first, last]) {
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    assert.equal(bench.ok("vm.start", { vmId }).power, "running");
    bench.ok("vm.turnOff", { vmId });
  }
});

Deno.test("saved states of another hypervisor are not resumed until they are thrown away", () => {
  for (const tpm of [false, true]) {
    const bench = new Bench();
    const vmId = bench.boot({ tpm });
    const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
    bench.ok("vm.save", { vmId });
    bench.host.breakSavedStates();
    assert.equal(bench.fails("vm.start", { vmId }), "saved_state_corrupt");
    assert.equal(bench.fails("vm.start", { vmId }), "saved_state_corrupt");
    assert.equal(bench.ok("savedState.remove", { vmId }).power, "off");
    assert.equal(bench.ok("savedState.remove", { vmId }).power, "off");
    assert.equal(bench.ok("vm.start", { vmId }).power, "running");
    assert.equal(bench.ok("checkpoint.restore", { vmId, checkpointId }).power, "saved");
    assert.equal(bench.fails("vm.start", { vmId }), "saved_state_corrupt");
    bench.ok("savedState.remove", { vmId, checkpointId });
    assert.equal(bench.ok("checkpoint.restore", { vmId, checkpointId }).power, "off");
  }
});

Deno.test("a restore of a checkpoint whose image was deleted cannot be started", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  bench.introduce(vmId);
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "with media" });
  bench.ok("media.take", { vmId, directory: DIRECTORY });
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  assert.equal(bench.fails("vm.start", { vmId }), "not_found");
  bench.ok("dvd.eject", { vmId });
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
});

Deno.test("a removed machine leaves its own disk, without the layers of its checkpoints", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("checkpoint.create", { vmId, name: "a" });
  bench.ok("checkpoint.create", { vmId, name: "b" });
  bench.ok("vm.remove", { vmId });
  const left = bench.host.truth().disks.filter(({ removedAt }) => removedAt === null).map(({ path }) => path);
  assert.deepEqual(left.toSorted(), [`${DIRECTORY}\\disk.vhdx`, TEMPLATE_PATH].toSorted());
  bench.ok("dir.remove", { path: DIRECTORY });
});

Deno.test("a checkpoint with memory needs room for it", () => {
  const bench = new Bench({ diskMb: 18_500 });
  const vmId = bench.boot();
  assert.equal(bench.fails("checkpoint.create", { vmId, name: "clean" }), "no_space");
  assert.deepEqual(bench.ok("checkpoint.list", { vmId }).checkpoints, []);
});
