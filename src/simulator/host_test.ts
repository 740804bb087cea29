import assert from "node:assert/strict";
import type { Answer } from "../ports/engine.ts";
import { classifyError } from "../ports/errors.ts";
import { CONFIG_DRIVE_FILE } from "../ports/guest.ts";
import { TEMPLATE_PATH } from "./host_options.ts";
import { Bench, DIRECTORY, SCOPE } from "./testing/host_bench.ts";

Deno.test("a machine is made, boots, takes its introduction, runs one job, powers off and is removed", () => {
  const bench = new Bench();
  const vmId = bench.make();
  assert.equal(bench.ok("vm.start", { vmId }).power, "running");
  assert.equal(bench.report(vmId), undefined);
  bench.later(30_000);
  const first = bench.report(vmId);
  bench.later(4_000);
  const second = bench.report(vmId);
  assert.equal(first?.phase, "waiting");
  assert.ok((second?.beat ?? 0) > (first?.beat ?? 0), "the beat moves");
  const runnerId = bench.introduce(vmId);
  bench.later(2_500);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["got", 1]);
  bench.later(12_000);
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "online");
  bench.ok("media.take", { vmId, directory: DIRECTORY });
  const [job] = bench.forge.addJobs({ count: 1, labels: ["windows"], durationMs: 60_000 });
  bench.later(59_000);
  assert.deepEqual(bench.forge.truth().jobs.map(({ id, state, vm, runner }) => ({ id, state, vm, runner })), [
    { id: job, state: "running", vm: vmId, runner: runnerId },
  ]);
  bench.later(10_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
  assert.equal(bench.forge.truth().jobs[0]?.state, "done");
  assert.deepEqual(bench.forge.list(SCOPE), [], "a one-job runner removes itself");
  bench.ok("vm.remove", { vmId });
  bench.ok("dir.remove", { path: DIRECTORY });
  assert.deepEqual(bench.ok("vm.list", {}).vms, []);
  assert.deepEqual(bench.ok("dir.list", { path: "C:\\hvpool\\store\\0123" }).names, []);
  const { vms, disks } = bench.host.truth();
  assert.ok(vms.every((vm) => vm.removedAt !== null) && vms.length === 1);
  assert.deepEqual(disks.map((disk) => disk.removedAt === null), [false, true], "only the template is left");
});

Deno.test("a guest ignores a use number that it already had, and a JIT configuration works once", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  bench.introduce(vmId, 1);
  bench.later(20_000);
  const runner = bench.forge.truth().runners[0];
  assert.ok(runner !== undefined);
  assert.equal(runner.status, "online");
  const again = bench.forge.connect(runner.jitConfig, { vm: "other", job() {}, gone() {} });
  assert.equal(again, undefined);
  assert.equal(bench.forge.connect("forged", { vm: "other", job() {}, gone() {} }), undefined);
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.start", { vmId });
  bench.later(60_000);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["waiting", 0]);
  bench.introduce(vmId, 2);
  bench.later(5_000);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.use], ["got", 2]);
});

Deno.test("a runner program with a configuration that was never issued ends, and the machine powers off", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  const text = JSON.stringify({
    protocol: 1,
    cycle: "small/1.1",
    use: 1,
    now: "",
    jitConfig: "forged",
    env: {},
  });
  bench.ok("media.put", { vmId, directory: DIRECTORY, use: 1, files: [{ name: CONFIG_DRIVE_FILE, text }] });
  bench.later(11_500);
  assert.deepEqual([bench.report(vmId)?.phase, bench.report(vmId)?.exit], ["done", 1]);
  bench.later(10_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
});

Deno.test("a machine that is switched off in a job loses it: the runner is offline after 45 s", () => {
  const ended: unknown[] = [];
  const bench = new Bench({ ended: (event) => ended.push([event.by, event.job]) });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  bench.introduce(vmId);
  bench.later(15_000);
  const [job] = bench.forge.addJobs({ count: 1, labels: [], durationMs: 600_000 });
  bench.later(1_000);
  bench.ok("vm.turnOff", { vmId });
  assert.deepEqual(ended, [["call", job]]);
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "online");
  bench.later(46_000);
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "offline");
  assert.equal(bench.forge.truth().jobs[0]?.state, "lost");
});

Deno.test("names are not unique, and power states in between are seen", () => {
  const bench = new Bench();
  const first = bench.make();
  const second = bench.make({ directory: "C:\\hvpool\\store\\0123\\small-1.2" });
  assert.deepEqual(bench.ok("vm.list", {}).vms.map((vm) => vm.name), ["runner-1", "runner-1"]);
  const hints: string[] = [];
  bench.host.watch((hint) => hints.push(hint.vmId));
  bench.send("vm.start", { vmId: first });
  assert.equal(bench.ok("vm.list", {}).vms.find((vm) => vm.id === first)?.power, "starting");
  assert.equal(bench.fails("vm.turnOff", { vmId: first }), "wrong_state");
  bench.later(1_000);
  assert.deepEqual(hints, [first, first]);
  assert.equal(bench.ok("vm.inspect", { vmId: second }).power, "off");
});

Deno.test("errors are Hyper-V's own: missing, running, doubled, full, out of memory, broken", () => {
  const bench = new Bench({ memoryMb: 8_192, diskMb: 640 });
  const missing = "00000000-0000-4000-8000-000000000000";
  for (const call of ["vm.inspect", "vm.start", "vm.turnOff", "vm.remove"] as const) {
    assert.equal(bench.fails(call, { vmId: missing }), "not_found", call);
  }
  const vmId = bench.make();
  assert.equal(
    bench.fails("disk.createChild", { path: `${DIRECTORY}\\disk.vhdx`, parent: TEMPLATE_PATH }),
    "invalid",
  );
  assert.equal(
    bench.fails("disk.createChild", { path: `${DIRECTORY}\\b.vhdx`, parent: "C:\\none.vhdx" }),
    "invalid",
  );
  bench.ok("vm.start", { vmId });
  assert.equal(bench.ok("vm.start", { vmId }).power, "running", "starting twice is only a warning");
  assert.equal(bench.fails("vm.remove", { vmId }), "wrong_state");
  assert.equal(bench.fails("dir.remove", { path: DIRECTORY }), "busy");
  const second = bench.make({ directory: "C:\\hvpool\\store\\0123\\small-2.2" });
  assert.equal(bench.fails("vm.start", { vmId: second }), "out_of_memory");
  bench.ok("vm.turnOff", { vmId });
  bench.host.touchDisk(TEMPLATE_PATH);
  assert.equal(bench.fails("vm.start", { vmId: second }), "broken_chain");
  for (let i = 3;; i++) {
    assert.ok(i < 200, "the volume is never full");
    const path = `C:\\hvpool\\store\\0123\\small-3.${i}\\disk.vhdx`;
    const answer = bench.call("disk.createChild", { path, parent: TEMPLATE_PATH });
    if (answer.ok) continue;
    assert.equal(classifyError(answer.error), "no_space");
    break;
  }
});

Deno.test("a disk is held a moment longer than its machine runs, a configuration as long as the machine exists", () => {
  const bench = new Bench({ latencies: { default: 0 } });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.ok("vm.turnOff", { vmId });
  bench.ok("vm.remove", { vmId });
  assert.equal(bench.fails("dir.remove", { path: DIRECTORY }), "busy");
  assert.deepEqual(bench.ok("dir.list", { path: "c:/HVPOOL/store/0123/" }), { names: ["small-1.1"] });
  assert.deepEqual(bench.ok("dir.list", { path: "C:\\hvpool\\store\\0123\\small-1.1", files: true }), {
    names: [],
    files: ["disk.vhdx"],
  });
  bench.later(500);
  bench.ok("dir.remove", { path: DIRECTORY });
  bench.ok("dir.remove", { path: DIRECTORY });
  const other = bench.make();
  assert.equal(bench.fails("dir.remove", { path: DIRECTORY }), "busy");
  assert.equal(bench.ok("vm.inspect", { vmId: other }).disks.length, 1);
});

Deno.test("a second change to a VM under way is a conflict", () => {
  const bench = new Bench();
  const vmId = bench.make();
  const first = bench.send("vm.remove", { vmId });
  const second = bench.send("vm.start", { vmId });
  bench.later(2_000);
  assert.equal(first.answer?.ok, true);
  assert.ok(second.answer !== undefined && !second.answer.ok);
  assert.match(second.answer.error.fqid, /^InvalidState,/);
});

Deno.test("vm.create shows its VM before it is answered, and a reboot forgets the answer", () => {
  const bench = new Bench({ latencies: { "vm.create": 2_000 } });
  bench.ok("disk.createChild", { path: `${DIRECTORY}\\disk.vhdx`, parent: TEMPLATE_PATH });
  const box = bench.send("vm.create", {
    name: "a",
    notes: "",
    directory: DIRECTORY,
    disk: `${DIRECTORY}\\disk.vhdx`,
    memoryMb: 2_048,
    processors: 1,
    switchName: "",
    secureBoot: "off",
    tpm: false,
    nested: false,
    stopAction: "TurnOff",
  });
  bench.later(1_500);
  assert.equal(bench.host.vmIds().length, 1);
  const before = bench.host.bootId;
  bench.host.cutPower(10_000);
  const lost = bench.send("vm.list", {});
  bench.later(10_000);
  assert.notEqual(bench.host.bootId, before);
  assert.equal(box.answer, undefined);
  assert.equal(lost.answer, undefined);
  assert.equal(bench.ok("vm.list", {}).vms.length, 1);
});

Deno.test("a reboot in good order saves what is to be saved, and a saved machine goes on where it was", () => {
  const bench = new Bench({ foreign: [{ name: "dc", memoryMb: 1_024, power: "running" }] });
  const vmId = bench.make({ stopAction: "Save" });
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  const beat = bench.report(vmId)?.beat ?? 0;
  bench.host.reboot(60_000);
  bench.later(60_000);
  assert.deepEqual(bench.ok("vm.list", {}).vms.map((vm) => vm.power), ["running", "saved"]);
  bench.ok("vm.start", { vmId });
  const resumed = bench.report(vmId)?.beat ?? 0;
  assert.ok(resumed >= beat && resumed < beat + 5, `${beat} → ${resumed}`);
});

Deno.test("a machine that is saved while it boots goes on booting when it is started again", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(5_000);
  assert.equal(bench.host.meddle("save", vmId), true);
  bench.later(60_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "saved");
  bench.ok("vm.start", { vmId });
  bench.later(1_000);
  assert.equal(bench.report(vmId), undefined);
  bench.later(20_000);
  assert.equal(bench.report(vmId)?.phase, "waiting");
});

Deno.test("a full volume pauses the machine that writes to it", () => {
  const bench = new Bench({ diskMb: 140 });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "critical");
  assert.equal(bench.ok("vm.turnOff", { vmId }).power, "off");
});

for (
  const [fate, phases] of [
    ["never_boots", [undefined]],
    ["crash_in_boot", [undefined]],
    ["hangs_waiting", ["waiting"]],
    ["silent", [undefined]],
    ["hangs_after_got", ["got"]],
    ["never_online", ["got"]],
  ] as const
) {
  Deno.test(`a guest that ${fate.replaceAll("_", " ")} is seen as such`, () => {
    const bench = new Bench({ odds: { [fate]: 1 } });
    const vmId = bench.make();
    bench.ok("vm.start", { vmId });
    bench.later(30_000);
    bench.introduce(vmId);
    bench.later(60_000);
    assert.ok(phases.some((phase) => phase === bench.report(vmId)?.phase), String(bench.report(vmId)?.phase));
    assert.equal(bench.ok("vm.inspect", { vmId }).power, fate === "crash_in_boot" ? "off" : "running");
    assert.equal(bench.forge.list(SCOPE)[0]?.status, fate === "silent" ? "online" : "offline");
  });
}

for (const [fate, state] of [["crash_in_job", "off"], ["hangs_in_job", "running"]] as const) {
  Deno.test(`a guest that ${fate.replaceAll("_", " ")} loses its job`, () => {
    const bench = new Bench({ odds: { [fate]: 1 } });
    const vmId = bench.make();
    bench.ok("vm.start", { vmId });
    bench.later(30_000);
    bench.introduce(vmId);
    bench.forge.addJobs({ count: 1, labels: [], durationMs: 10_000 });
    bench.later(80_000);
    assert.equal(bench.forge.truth().jobs[0]?.state, "lost");
    assert.equal(bench.ok("vm.inspect", { vmId }).power, state);
  });
}

Deno.test("a hostile guest writes what no reader may take for a report, and now and then something plausible", () => {
  const bench = new Bench({ odds: { hostile: 1 } });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  bench.introduce(vmId);
  bench.forge.addJobs({ count: 1, labels: [], durationMs: 3_600_000 });
  bench.later(15_000);
  const seen = new Set<string>();
  for (let i = 0; i < 40; i++) {
    bench.later(2_000);
    seen.add(bench.report(vmId)?.phase ?? "nonsense");
  }
  assert.ok(seen.has("nonsense") && seen.size > 2, [...seen].join());
});

Deno.test("a network that is away for a while takes no job with it", () => {
  const bench = new Bench({ odds: { network_away: 1 } });
  const vmId = bench.make();
  bench.ok("vm.start", { vmId });
  bench.later(30_000);
  bench.introduce(vmId);
  const states = new Set<string>();
  for (let i = 0; i < 600; i++) {
    bench.later(10_000);
    states.add(bench.forge.list(SCOPE)[0]?.status ?? "gone");
  }
  assert.ok(states.has("offline") && !states.has("gone"), [...states].join());
  assert.equal(bench.forge.list(SCOPE)[0]?.status, "online");
});

Deno.test("the same seed plays the same run", () => {
  const play = () => {
    const bench = new Bench({ odds: { crash_in_job: 0.3, never_boots: 0.2 } });
    for (let i = 1; i <= 8; i++) {
      const vmId = bench.make({ directory: `C:\\hvpool\\store\\0123\\small-1.${i}` });
      bench.ok("vm.start", { vmId });
    }
    bench.later(60_000);
    return JSON.stringify([bench.host.truth(), bench.log.list()]);
  };
  assert.equal(play(), play());
});

Deno.test("faults: error changes nothing, lost_answer changes and is silent, slow is late, hang is silent", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.faults.add({ call: "vm.start", kind: "error", code: "busy", times: 1 });
  assert.equal(bench.fails("vm.start", { vmId }), "busy");
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "off");
  bench.faults.add({ call: "vm.start", kind: "lost_answer", times: 1, vmPrefix: "runner-" });
  const lost = bench.send("vm.start", { vmId });
  bench.later(5_000);
  assert.equal(lost.answer, undefined);
  assert.equal(bench.ok("vm.inspect", { vmId }).power, "running");
  bench.faults.add({ call: "vm.list", kind: "slow", times: 1 });
  const slow = bench.send("vm.list", {});
  bench.later(1_500);
  assert.equal(slow.answer === undefined, true);
  bench.later(20_000);
  assert.equal(slow.answer?.ok, true);
  bench.faults.add({ call: "*", kind: "hang", forMs: 60_000, vmPrefix: "other" });
  bench.faults.add({ call: "vm.list", kind: "hang", forMs: 60_000 });
  const hung = bench.send("vm.list", {});
  bench.later(300_000);
  assert.equal(hung.answer, undefined);
  bench.ok("vm.list", {});
  const results = bench.log.list().filter((entry) => entry.call === "vm.start").map((entry) => entry.result);
  assert.deepEqual(results.map((result) => [result?.ok, result?.answered]), [[false, true], [true, false]]);
});

Deno.test("the operation log names the VM of every call and keeps no secret", () => {
  const bench = new Bench();
  const vmId = bench.make();
  bench.ok("media.put", {
    vmId,
    directory: DIRECTORY,
    use: 1,
    files: [{ name: "hvpool.json", text: "sesame" }],
  });
  assert.deepEqual(bench.log.list().map((entry) => [entry.seq, entry.call, entry.vm === vmId]), [
    [1, "disk.createChild", false],
    [2, "vm.create", true],
    [3, "media.put", true],
  ]);
  assert.ok(!JSON.stringify(bench.log.list()).includes("sesame"));
});

Deno.test("arguments that the call list does not know are refused like a misspelt parameter", () => {
  const bench = new Bench();
  const box: { answer?: Answer } = {};
  bench.host.handle("vm.start", { vmid: "x" }, (answer) => box.answer = answer);
  bench.later(1);
  assert.ok(box.answer?.ok === false);
  assert.equal(classifyError(box.answer.error), "invalid");
  bench.host.handle("vm.explode", {}, (answer) => box.answer = answer);
  bench.later(1);
  assert.ok(box.answer?.ok === false);
  assert.equal(box.answer.error.fqid, "CommandNotFoundException");
});

Deno.test("other people's VMs are listed and can be meddled with like ours", () => {
  const bench = new Bench({
    foreign: [{ name: "runner-7", memoryMb: 2_048, power: "running", notes: "mine" }],
  });
  const [foreign] = bench.ok("vm.list", {}).vms;
  assert.deepEqual([foreign?.name, foreign?.notes, foreign?.power], ["runner-7", "mine", "running"]);
  const vmId = bench.make();
  assert.equal(bench.host.meddle("rename", vmId), true);
  assert.equal(bench.ok("vm.inspect", { vmId }).name, "renamed-runner-1");
  assert.equal(bench.host.meddle("turnOff", vmId), false);
  assert.equal(bench.host.meddle("remove", vmId), true);
  assert.equal(bench.fails("vm.inspect", { vmId }), "not_found");
  assert.deepEqual(bench.host.truth().vms.map((vm) => [vm.foreign, vm.power]), [[false, "absent"], [
    true,
    "running",
  ]]);
});

Deno.test("where any template will do, each is there that is asked for, but not one that says it is missing", () => {
  const bench = new Bench({ templates: "any" });
  assert.equal(bench.ok("disk.info", { path: "/home/me/vms/templates/base.vhdx" }).parent, null);
  assert.equal(bench.fails("disk.info", { path: "C:\\missing\\base.vhdx" }), "not_found");
  assert.equal(bench.fails("disk.info", { path: "C:\\base.iso" }), "not_found");
  const fixed = new Bench();
  assert.equal(fixed.fails("disk.info", { path: "C:\\other.vhdx" }), "not_found");
});
