import assert from "node:assert/strict";
import { classifyError } from "../../ports/errors.ts";
import { TEMPLATE_PATH } from "../host_options.ts";
import { SAVED_STATE_FAULTS } from "../saved_state.ts";
import { Bench, DIRECTORY, SCOPE } from "../testing/host_bench.ts";

const OTHER = `${DIRECTORY}-2`;

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
  const bench = new Bench({ diskMb: 2_140 });
  const vmId = bench.boot();
  assert.equal(bench.fails("checkpoint.create", { vmId, name: "clean" }), "no_space");
  assert.deepEqual(bench.ok("checkpoint.list", { vmId }).checkpoints, []);
});

Deno.test("a resumed guest says at first what it said at the checkpoint, and then its beat moves", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const sealed = bench.report(vmId);
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  const kept = bench.report(vmId)?.beat ?? 0;
  bench.later(60_000);
  assert.ok((bench.report(vmId)?.beat ?? 0) > kept + 20, "it runs on meanwhile");
  bench.ok("vm.turnOff", { vmId });
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  assert.equal(bench.report(vmId), undefined, "a saved machine says nothing");
  bench.later(3_600_000);
  bench.ok("vm.start", { vmId });
  const first = bench.report(vmId);
  assert.deepEqual([first?.phase, first?.use, first?.beat], [sealed?.phase, sealed?.use, kept]);
  bench.later(3_000);
  assert.equal(bench.report(vmId)?.beat, kept + 1);
});

Deno.test("a sealed machine, restored again and again, holds no memory, lives in the past and has an old address", () => {
  const bench = new Bench({ latencies: { "guest.clock": 5_000 } });
  const vmId = bench.boot({ stopAction: "TurnOff" });
  const [sealedAddress] = bench.ok("vm.inspect", { vmId }).addresses;
  const running = bench.ok("host.info", {});
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  const account = { vmId, user: "a", password: "b" };
  bench.host.reboot(1_000);
  bench.later(2_000);
  for (let use = 1; use <= 3; use++) {
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    const saved = bench.ok("host.info", {});
    assert.equal(saved.freeMemoryMb - running.freeMemoryMb, 4_096);
    bench.later(3_600_000);
    bench.ok("vm.start", { vmId });
    const { offMs } = bench.ok("guest.syncTime", account);
    assert.ok(offMs >= 3_600_000 * use, `${offMs} ms behind`);
    assert.equal(bench.ok("vm.inspect", { vmId }).addresses[0], sealedAddress);
    bench.ok("nic.reconnect", { vmId, switchName: "" });
    bench.later(3_000);
    assert.notEqual(bench.ok("vm.inspect", { vmId }).addresses[0], sealedAddress);
    bench.introduce(vmId, use);
    bench.later(12_000);
    assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["running", use]);
    bench.ok("vm.turnOff", { vmId });
  }
});

Deno.test("what is set into the drive of a saved machine is taken after its resume, not before", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  bench.introduce(vmId);
  bench.later(60_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "saved");
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "offline");
  bench.ok("vm.start", { vmId });
  assert.equal(bench.report(vmId)?.phase, "waiting");
  bench.later(12_000);
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "online");
});

Deno.test("memory of checkpoints takes room on the volume until it is thrown away", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const free = () => Math.round(bench.ok("host.info", {}).volumes[0]?.freeMb ?? 0);
  const before = free();
  const first = bench.ok("checkpoint.create", { vmId, name: "a" }).checkpointId;
  assert.equal(before - free(), 4_096 + 4, "memory, and a new layer");
  const second = bench.ok("checkpoint.create", { vmId, name: "b" }).checkpointId;
  assert.equal(before - free(), 2 * (4_096 + 4));
  bench.ok("savedState.remove", { vmId, checkpointId: first });
  assert.equal(before - free(), 4_096 + 8);
  bench.ok("checkpoint.remove", { vmId, checkpointId: second });
  assert.equal(before - free(), 8);
  bench.ok("checkpoint.create", { vmId, name: "c" });
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.remove", { vmId });
  bench.later(60_000);
  assert.equal(before - free(), 0);
});

Deno.test("a volume that fills up in the middle of a checkpoint leaves the machine running without one", () => {
  const bench = new Bench({ diskMb: 7_640, latencies: { "checkpoint.create": 1_000 } });
  const one = bench.boot();
  const other = bench.boot({ directory: OTHER, memoryMb: 6_000 });
  const before = bench.ok("vm.inspect", { vmId: one }).disks;
  const answers = [other, one].map((id) => bench.send("checkpoint.create", { vmId: id, name: "clean" }));
  bench.later(2_000);
  assert.deepEqual(answers.map(({ answer }) => answer?.ok), [true, false]);
  const failed = answers[1]?.answer;
  assert.ok(failed?.ok === false && classifyError(failed.error) === "no_space");
  const left = bench.ok("vm.inspect", { vmId: one });
  assert.deepEqual([left.power, left.disks, left.checkpoints], ["running", before, []]);
});

Deno.test("a fault in the middle of a checkpoint leaves the machine running without one", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  bench.faults.add({ call: "checkpoint.create", kind: "error", code: "no_space", times: 1 });
  assert.equal(bench.fails("checkpoint.create", { vmId, name: "clean" }), "no_space");
  const seen = bench.ok("vm.inspect", { vmId });
  assert.deepEqual([seen.power, seen.checkpoints], ["running", []]);
  bench.ok("checkpoint.create", { vmId, name: "clean" });
});

Deno.test("a restore that has no room for its saved state is refused before anything is stopped", () => {
  const bench = new Bench({ diskMb: 5_640 });
  const vmId = bench.boot();
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  assert.equal(bench.fails("checkpoint.restore", { vmId, checkpointId }), "no_space");
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
});

Deno.test("a volume that fills up in the middle of a restore leaves the machine off, and the checkpoint there", () => {
  const bench = new Bench({ diskMb: 10_640, latencies: { "checkpoint.restore": 5_000, "vm.save": 0 } });
  const [vmId, other] = [bench.boot(), bench.boot({ directory: OTHER })];
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  const asked = bench.send("checkpoint.restore", { vmId, checkpointId });
  bench.ok("vm.save", { vmId: other });
  bench.later(6_000);
  assert.ok(asked.answer?.ok === false && classifyError(asked.answer.error) === "no_space");
  const left = bench.ok("vm.inspect", { vmId });
  assert.deepEqual([left.power, left.checkpoints.length], ["off", 1]);
  bench.ok("vm.start", { vmId: other });
  assert.equal(bench.ok("checkpoint.restore", { vmId, checkpointId }).power, "saved");
});

Deno.test("a switch that was deleted after the checkpoint keeps the restored machine from being resumed", () => {
  const bench = new Bench({ switches: ["External"] });
  const vmId = bench.boot({ switchName: "External" });
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.ok("nic.reconnect", { vmId, switchName: "" });
  assert.ok(bench.host.removeSwitch("External"));
  assert.ok(!bench.host.removeSwitch("External"));
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  const refused = bench.call("vm.start", { vmId });
  assert.ok(!refused.ok && refused.error.message.includes("(0x800705AA)"));
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "saved");
  bench.ok("nic.reconnect", { vmId, switchName: "" });
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
});

Deno.test("media of the checkpoint's time are in the drive again, whatever was set since", () => {
  const bench = new Bench({ images: () => [] });
  const vmId = bench.boot();
  bench.ok("dvd.set", { vmId, path: "C:\\tools.iso" });
  const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
  bench.introduce(vmId);
  bench.ok("checkpoint.restore", { vmId, checkpointId });
  assert.equal(bench.ok("vm.inspect", { vmId }).media, "C:\\tools.iso");
});

for (const hresult of SAVED_STATE_FAULTS) {
  Deno.test(`a saved state that is found corrupt with ${hresult} stays so until it is thrown away`, () => {
    const bench = new Bench();
    const vmId = bench.boot();
    const { checkpointId } = bench.ok("checkpoint.create", { vmId, name: "clean" });
    bench.ok("vm.save", { vmId });
    bench.faults.add({ call: "vm.start", kind: "error", code: "saved_state_corrupt", hresult, times: 1 });
    for (let twice = 0; twice < 2; twice++) {
      const refused = bench.call("vm.start", { vmId });
      assert.ok(!refused.ok && refused.error.message.includes(`(${hresult})`));
      assert.equal(classifyError(refused.error), "saved_state_corrupt");
      assert.equal(bench.ok("vm.inspect", { vmId }).power, "saved");
    }
    assert.equal(bench.ok("savedState.remove", { vmId }).power, "off");
    assert.equal(bench.ok("vm.start", { vmId }).power, "running");
    bench.ok("checkpoint.restore", { vmId, checkpointId });
    assert.equal(bench.ok("vm.start", { vmId }).power, "running", "the checkpoint has a copy of its own");
  });
}

Deno.test("the files of one machine are damaged alone", () => {
  const bench = new Bench();
  const [one, other] = [bench.boot(), bench.boot({ directory: OTHER })];
  for (const vmId of [one, other]) bench.ok("vm.save", { vmId });
  bench.host.breakSavedStates({ vmId: one, hresult: "0xC0370028" });
  const refused = bench.call("vm.start", { vmId: one });
  assert.ok(!refused.ok && refused.error.message.includes("(0xC0370028)"));
  assert.equal(bench.ok("vm.start", { vmId: other }).power, "running");
});

Deno.test("what is saved stays saved over a restart of the host, what runs is off", () => {
  const bench = new Bench();
  const [one, other] = [bench.boot(), bench.boot({ directory: OTHER })];
  bench.ok("vm.save", { vmId: one });
  bench.host.reboot(1_000);
  bench.later(2_000);
  assert.deepEqual(bench.ok("vm.list", {}).vms.map(({ id, power }) => [id, power]), [
    [one, "saved"],
    [other, "off"],
  ]);
  assert.equal(bench.ok("vm.start", { vmId: one }).power, "running");
  assert.equal(bench.report(one)?.phase, "waiting");
});
