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
