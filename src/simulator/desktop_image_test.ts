import assert from "node:assert/strict";
import { Bench } from "./testing/host_bench.ts";

const AGENT = "C:\\templates\\desktop-11.vhdx";
const LOCKED = "C:\\templates\\agent-that-locks.vhdx";
const SERVER = "C:\\templates\\server.vhdx";

/** Steps of a guest at known times; calls take none. */
function bench(): Bench {
  return new Bench({
    templates: [AGENT, LOCKED, SERVER].map((path) => ({ path, sizeMb: 65_536 })),
    latencies: { default: 0, "guest.boot": 10_000, "guest.desktop": 4_000, "guest.beat": 2_000 },
  });
}

function started(b: Bench, image: string): string {
  const vmId = b.make({}, image);
  b.ok("vm.start", { vmId });
  return vmId;
}

Deno.test("a guest of an agent image says that its desktop is unlocked, some time after it waits", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(12_000);
  assert.deepEqual([b.report(vmId)?.phase, b.report(vmId)?.desktop], ["waiting", undefined]);
  b.later(3_000);
  const { desktop } = b.report(vmId) ?? {};
  assert.deepEqual([desktop?.locked, desktop?.width, desktop?.height], [false, 1920, 1080]);
  assert.deepEqual(b.ok("display.size", { vmId }), { width: 1920, height: 1080 });
  b.later(4_000);
  assert.ok((b.report(vmId)?.desktop?.beat ?? 0) > (desktop?.beat ?? 0), "its beat moves");
});

Deno.test("an image that locks says that it is locked, and one without a desktop says nothing of it", () => {
  const b = bench();
  const locked = started(b, LOCKED);
  b.later(20_000);
  assert.equal(b.report(locked)?.desktop?.locked, true);
  const other = new Bench();
  const server = other.boot();
  assert.deepEqual([other.report(server)?.phase, other.report(server)?.desktop], ["waiting", undefined]);
});

Deno.test("somebody who locks the desktop is seen", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  b.ok("display.keys", { vmId, keys: [{ action: "ctrl-alt-del" }] });
  b.later(100);
  assert.equal(b.report(vmId)?.desktop?.locked, true);
});

Deno.test("a resumed guest says of its desktop what it said before, and then something new", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const { checkpointId } = b.ok("checkpoint.create", { vmId, name: "clean" });
  const before = b.report(vmId)?.desktop?.beat ?? 0;
  b.later(60_000);
  b.ok("vm.turnOff", { vmId });
  b.ok("checkpoint.restore", { vmId, checkpointId });
  b.ok("vm.start", { vmId });
  b.later(2_500);
  const { beat, desktop } = b.report(vmId) ?? {};
  assert.deepEqual([desktop?.locked, desktop?.beat], [false, before]);
  assert.ok((beat ?? 0) > before, "its loader goes on before");
  b.later(2_500);
  assert.ok((b.report(vmId)?.desktop?.beat ?? 0) > before);
});

Deno.test("key-value exchange shows the old address after a resume, and another one once the adapter was reconnected", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const shown = () => b.ok("kvp.read", { vmIds: [vmId] }).vms[0]?.intrinsic?.["NetworkAddressIPv4"];
  const truth = () => b.host.truth().vms.find(({ id }) => id === vmId)?.address;
  const old = shown();
  assert.equal(old, truth());
  b.ok("vm.save", { vmId });
  assert.equal(truth(), null);
  b.ok("vm.start", { vmId });
  assert.equal(shown(), old);
  b.ok("nic.reconnect", { vmId, switchName: "" });
  assert.deepEqual([shown(), truth() === old], [old, false]);
  b.later(5_000);
  assert.equal(shown(), truth());
});

Deno.test("a loader says its own address with its beat: the old one after a resume, and then where it is", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const truth = () => b.host.truth().vms.find(({ id }) => id === vmId)?.address;
  const old = truth();
  assert.equal(b.report(vmId)?.address, old);
  b.ok("vm.save", { vmId });
  b.later(60_000);
  b.ok("vm.start", { vmId });
  b.ok("nic.reconnect", { vmId, switchName: "" });
  assert.deepEqual([b.report(vmId)?.address, truth() === old], [old, false]);
  b.later(2_500);
  assert.equal(b.report(vmId)?.address, truth());
});

Deno.test("a machine that was put back says the address of its checkpoint first", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const old = b.report(vmId)?.address;
  const { checkpointId } = b.ok("checkpoint.create", { vmId, name: "clean" });
  b.ok("nic.reconnect", { vmId, switchName: "" });
  b.later(4_000);
  assert.notEqual(b.report(vmId)?.address, old);
  b.ok("vm.turnOff", { vmId });
  b.ok("checkpoint.restore", { vmId, checkpointId });
  b.ok("vm.start", { vmId });
  b.ok("nic.reconnect", { vmId, switchName: "" });
  assert.equal(b.report(vmId)?.address, old);
});

Deno.test("troubles of the network: no address, an old one for longer, a loader that says none", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const intrinsic = () => b.ok("kvp.read", { vmIds: [vmId] }).vms[0]?.intrinsic?.["NetworkAddressIPv4"];
  const truth = () => b.host.truth().vms.find(({ id }) => id === vmId)?.address;
  const mend = b.host.trouble({ what: "no_address", vmPrefix: "runner-1" });
  b.later(2_500);
  assert.deepEqual([b.report(vmId)?.address, intrinsic(), truth()], [undefined, "", null]);
  mend();
  b.host.trouble({ what: "no_address", vmPrefix: "other" });
  const old = truth();
  b.host.trouble({ what: "old_address", lateMs: 30_000 });
  b.ok("nic.reconnect", { vmId, switchName: "" });
  b.later(29_000);
  assert.deepEqual([intrinsic(), b.report(vmId)?.address], [old, truth()]);
  b.later(1_500);
  assert.equal(intrinsic(), truth());
  b.host.trouble({ what: "old_loader", forMs: 5_000 });
  assert.deepEqual([b.report(vmId)?.address, b.report(vmId)?.time], [undefined, undefined]);
  b.later(5_000);
  assert.equal(b.report(vmId)?.address, truth());
});

Deno.test("a loader says with its beat what its clock shows: after a resume the time of its saved state, until that is set", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const behind = () => b.host.truth().vms.find(({ id }) => id === vmId)?.clockBehindMs;
  const offMs = () => b.timeline.now - (b.report(vmId)?.time ?? NaN);
  assert.ok(behind() === 0 && offMs() >= 0 && offMs() < 3_000, `${offMs()} ms`);
  b.ok("vm.save", { vmId });
  b.later(3_600_000);
  assert.equal(behind(), null);
  b.ok("vm.start", { vmId });
  b.later(500);
  assert.ok((behind() ?? 0) >= 3_600_000);
  assert.ok(offMs() > 3_600_000, "its last word is shown");
  b.later(2_000);
  assert.equal(behind(), 0);
  assert.ok(offMs() < 3_000, `${offMs()} ms`);
  b.ok("vm.save", { vmId });
  b.later(3_600_000);
  b.ok("vm.start", { vmId });
  assert.equal(Math.floor((behind() ?? 0) / 3_600_000), 1, "only what it was saved for this time");
});

Deno.test("a guest that is not given the host's time falls back by each time that it is saved, until it is", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(20_000);
  const behind = () => b.host.truth().vms.find(({ id }) => id === vmId)?.clockBehindMs;
  const { checkpointId } = b.ok("checkpoint.create", { vmId, name: "clean" });
  const mend = b.host.trouble({ what: "old_time" });
  for (const hours of [1, 2]) {
    b.ok("vm.save", { vmId });
    b.later(3_600_000);
    b.ok("vm.start", { vmId });
    b.later(60_000);
    assert.equal(Math.floor((behind() ?? 0) / 3_600_000), hours);
    assert.ok(b.timeline.now - (b.report(vmId)?.time ?? NaN) >= hours * 3_600_000);
  }
  mend();
  b.ok("vm.turnOff", { vmId });
  b.ok("checkpoint.restore", { vmId, checkpointId });
  b.ok("vm.start", { vmId });
  assert.equal(Math.floor((behind() ?? 0) / 3_600_000), 2, "all since the checkpoint");
  b.later(2_500);
  assert.equal(behind(), 0);
});

Deno.test("a probe is answered where a guest is and serves, and nowhere else", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  b.later(10_500);
  const address = () => b.host.truth().vms.find(({ id }) => id === vmId)?.address ?? "";
  const probe = (at = address()) => b.ok("guest.probe", { address: at, http: "http://{address}:8080/mcp" });
  assert.deepEqual(probe(), { ready: false, message: `http://${address()}:8080/mcp: connection refused` });
  b.later(1_000);
  assert.deepEqual(probe(), { ready: true, message: `http://${address()}:8080/mcp answers` });
  assert.match(probe("10.0.0.1").message, /did not answer within 3000 ms/);
  const mend = b.host.trouble({ what: "no_answer" });
  assert.equal(probe().ready, false);
  mend();
  const off = b.faults.add({ call: "guest.probe", kind: "error", vmPrefix: "runner-1" });
  assert.equal(b.fails("guest.probe", { address: address(), tcp: 3389 }), "unavailable");
  off();
  const old = address();
  b.ok("vm.turnOff", { vmId });
  assert.equal(probe(old).ready, false);
});

Deno.test("what a holder leaves in a guest is seen by the next, unless the machine was put back", () => {
  const b = bench();
  const vmId = started(b, AGENT);
  assert.equal(b.host.mark(vmId, "early"), undefined, "its system is not up yet");
  b.later(20_000);
  const { checkpointId } = b.ok("checkpoint.create", { vmId, name: "clean" });
  assert.deepEqual(b.host.mark(vmId, "one"), []);
  assert.deepEqual(b.host.mark(vmId, "two"), ["one"]);
  assert.deepEqual(b.host.truth().vms[0]?.marks, ["one", "two"]);
  b.ok("vm.turnOff", { vmId });
  b.ok("checkpoint.restore", { vmId, checkpointId });
  assert.deepEqual(b.host.truth().vms[0]?.marks, []);
  b.ok("vm.start", { vmId });
  assert.deepEqual(b.host.mark(vmId, "three"), []);
});
