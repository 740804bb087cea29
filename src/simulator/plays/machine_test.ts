import assert from "node:assert/strict";
import { Bench, DIRECTORY } from "../testing/host_bench.ts";

Deno.test("a saved machine holds no memory but room on the volume, and goes on where it was", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const before = bench.ok("host.info", {});
  const beat = bench.report(vmId)?.beat ?? 0;
  assert.equal(bench.ok("vm.save", { vmId }).power, "saved");
  const saved = bench.ok("host.info", {});
  assert.equal(saved.freeMemoryMb - before.freeMemoryMb, 4_096);
  assert.equal((before.volumes[0]?.freeMb ?? 0) - (saved.volumes[0]?.freeMb ?? 0), 4_096);
  assert.equal(bench.ok("vm.save", { vmId }).power, "saved");
  bench.later(600_000);
  assert.equal(bench.report(vmId), undefined);
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
  assert.ok((bench.report(vmId)?.beat ?? 0) - beat < 5, "time has gone by for it");
  assert.equal(bench.ok("host.info", {}).volumes[0]?.freeMb, before.volumes[0]?.freeMb);
});

Deno.test("a machine whose memory does not fit on the volume is not saved and runs on", () => {
  const bench = new Bench({ diskMb: 2_140 });
  const vmId = bench.boot();
  bench.later(10_000);
  const free = bench.ok("host.info", {}).volumes[0]?.freeMb ?? 0;
  assert.ok(free < 4_096, `${free} MB are free`);
  assert.equal(bench.fails("vm.save", { vmId }), "no_space");
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
});

Deno.test("each power call takes the states that Hyper-V lets it take", () => {
  const bench = new Bench();
  const vmId = bench.make();
  for (const call of ["vm.save", "vm.pause", "vm.resume"] as const) {
    assert.equal(bench.fails(call, { vmId }), "wrong_state", `${call} of an off machine`);
  }
  assert.equal(bench.ok("vm.stop", { vmId }).power, "off");
  bench.ok("vm.start", { vmId });
  assert.equal(bench.fails("vm.stop", { vmId }), "wrong_state", "nobody listens yet");
  bench.later(40_000);
  assert.equal(bench.ok("vm.resume", { vmId }).power, "running");
  assert.equal(bench.ok("vm.pause", { vmId }).power, "paused");
  assert.equal(bench.ok("vm.pause", { vmId }).power, "paused");
  assert.equal(bench.fails("vm.start", { vmId }), "wrong_state", "a paused machine is resumed, not started");
  assert.equal(bench.ok("vm.inspect", { vmId }).heartbeat, "paused");
  assert.equal(bench.ok("vm.resume", { vmId }).power, "running");
  assert.equal(bench.ok("vm.stop", { vmId }).power, "off");
});

Deno.test("memory, processors and resolution change only while the machine is off; Notes at any time", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  assert.equal(bench.fails("vm.set", { vmId, memoryMb: 8_192 }), "wrong_state");
  assert.equal(bench.fails("vm.set", { vmId, processors: 8 }), "wrong_state");
  bench.ok("vm.set", { vmId, notes: "новый “текст”", name: "a [*] $(b)" });
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.set", { vmId, memoryMb: 8_192, processors: 8, resolution: { width: 1920, height: 1080 } });
  const seen = bench.ok("vm.inspect", { vmId });
  assert.deepEqual(
    [seen.notes, seen.name, seen.memoryMb, seen.processors],
    ["новый “текст”", "a [*] $(b)", 8_192, 8],
  );
});

Deno.test("a machine with a GPU partition can be neither saved nor checkpointed", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const [gpu] = bench.ok("host.info", {}).gpu.gpus;
  assert.ok(gpu !== undefined);
  assert.equal(bench.fails("gpu.add", { vmId, gpu: "\\\\?\\PCI#NONE" }), "not_found");
  bench.ok("gpu.add", { vmId, gpu: gpu.name });
  bench.ok("gpu.add", { vmId });
  assert.equal(bench.ok("vm.inspect", { vmId }).gpus, 1, "asked twice, given once");
  bench.ok("vm.start", { vmId });
  bench.later(40_000);
  assert.equal(bench.fails("vm.save", { vmId }), "wrong_state");
  assert.equal(bench.fails("checkpoint.create", { vmId, name: "clean" }), "wrong_state");
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
});

Deno.test("a GPU partition has the video memory that was asked for with it, and keeps it", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const [gpu] = bench.ok("host.info", {}).gpu.gpus;
  assert.equal(gpu?.vram?.max, 1_000_000_000);
  const asked = { gpu: gpu.name, minVram: 80_000_000, optimalVram: 90_000_000, maxVram: 100_000_000 };
  bench.ok("gpu.add", { vmId, ...asked });
  bench.ok("gpu.add", { vmId, maxVram: 5 });
  assert.deepEqual(bench.host.truth().vms.map(({ gpuPartition }) => gpuPartition), [asked]);
});

Deno.test("video memory that no GPU has, or that is out of order, is refused and leaves no partition", () => {
  const bench = new Bench();
  const vmId = bench.make();
  assert.equal(bench.fails("gpu.add", { vmId, maxVram: 1_000_000_001 }), "invalid");
  assert.equal(bench.fails("gpu.add", { vmId, minVram: 2, maxVram: 1 }), "invalid");
  assert.equal(bench.ok("vm.inspect", { vmId }).gpus, 0);
  bench.ok("gpu.add", { vmId, maxVram: 1_000_000_000 });
});

Deno.test("a running machine with a hypervisor of its own is refused alike", () => {
  const bench = new Bench();
  const vmId = bench.boot({ nested: true });
  assert.equal(bench.fails("vm.save", { vmId }), "wrong_state");
  assert.equal(bench.fails("checkpoint.create", { vmId, name: "clean" }), "wrong_state");
});

Deno.test("a start without a partition left fails for lack of resources", () => {
  const bench = new Bench({ gpus: [{ name: "GPU", partitions: 1 }] });
  const first = bench.make();
  const second = bench.make({ directory: `${DIRECTORY}-2` });
  for (const vmId of [first, second]) bench.ok("gpu.add", { vmId });
  bench.ok("vm.start", { vmId: first });
  assert.equal(bench.fails("vm.start", { vmId: second }), "unavailable");
});

Deno.test("an address is the old one after a resume, until the adapter is reconnected", () => {
  const bench = new Bench({ switches: ["External"] });
  const vmId = bench.boot({ stopAction: "Save" });
  const [before] = bench.ok("vm.inspect", { vmId }).addresses;
  assert.match(before ?? "", /^172\.\d+\.\d+\.\d+$/);
  bench.host.reboot(1_000);
  bench.later(2_000);
  bench.ok("vm.start", { vmId });
  assert.equal(bench.ok("vm.inspect", { vmId }).addresses[0], before);
  assert.equal(bench.ok("nic.reconnect", { vmId, switchName: "" }).switchName, "Default Switch");
  assert.equal(bench.ok("vm.inspect", { vmId }).addresses[0], before, "still reported for a moment");
  bench.later(3_000);
  const [after] = bench.ok("vm.inspect", { vmId }).addresses;
  assert.notEqual(after, before);
  bench.ok("nic.reconnect", { vmId, switchName: "" });
  bench.later(3_000);
  assert.notEqual(bench.ok("vm.inspect", { vmId }).addresses[0], after, "a fresh one each time");
  assert.equal(bench.ok("nic.reconnect", { vmId, switchName: "External" }).switchName, "External");
  assert.equal(bench.ok("vm.inspect", { vmId }).adapters[0]?.switchName, "External");
  assert.equal(bench.fails("nic.reconnect", { vmId, switchName: "Nowhere" }), "invalid");
});

Deno.test("net.isolate replaces what was there, and the truth shows it", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const rule = {
    direction: "outbound",
    action: "deny",
    remote: "10.0.0.0/8",
    protocol: "any",
    localPort: "any",
    remotePort: "any",
    weight: 10,
    stateful: false,
  } as const;
  assert.equal(
    bench.ok("net.isolate", { vmId, guard: true, rules: [rule, { ...rule, weight: 11 }] }).rules,
    2,
  );
  assert.equal(bench.ok("net.isolate", { vmId, guard: true, rules: [rule] }).rules, 1);
  assert.deepEqual(bench.host.truth().vms[0]?.isolation, { guard: true, rules: [rule] });
  assert.equal(bench.fails("net.isolate", { vmId, guard: false, rules: [rule, rule] }), "invalid");
});

Deno.test("only the Default Switch has another network after a start of the host", () => {
  const network = (switchName: string, reboots: boolean) => {
    const bench = new Bench({ switches: ["External"] });
    const vmId = bench.boot({ switchName });
    if (reboots) {
      const before = bench.host.bootId;
      bench.host.reboot(1_000);
      bench.later(2_000);
      assert.notEqual(bench.host.bootId, before);
      assert.equal(bench.ok("vm.list", {}).bootId, bench.ok("host.info", {}).bootId);
      assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
      bench.ok("vm.start", { vmId });
      bench.later(40_000);
    }
    return bench.ok("vm.inspect", { vmId }).addresses[0];
  };
  assert.notEqual(network("", true), network("", false));
  assert.equal(network("External", true), network("External", false));
});
