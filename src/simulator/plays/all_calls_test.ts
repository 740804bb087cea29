import assert from "node:assert/strict";
import type { HostErrorClass } from "../../model/calls.ts";
import { classifyError } from "../../ports/errors.ts";
import { HOST_CALLS, type HostArgs, type HostCall } from "../../ports/host.ts";
import { RECORD_BY_CLASS } from "../records.ts";
import { Bench, DIRECTORY } from "../testing/host_bench.ts";

const GONE = "00000000-0000-4000-8000-000000000000";
const DISK = `${DIRECTORY}\\disk.vhdx`;
const account = (vmId: string) => ({ vmId, user: "u", password: "p" });

/** Arguments that each call takes, for a VM. */
const ARGS: { readonly [C in HostCall]: (vmId: string) => HostArgs<C> } = {
  "bridge.ping": () => ({}),
  "host.info": () => ({}),
  "service.info": () => ({ name: "some-service" }),
  "vm.list": () => ({}),
  "vm.inspect": (vmId) => ({ vmId }),
  "vm.create": () => ({
    name: "other",
    notes: "",
    directory: `${DIRECTORY}-2`,
    disk: DISK,
    memoryMb: 512,
    processors: 1,
    switchName: "",
    secureBoot: "off",
    tpm: false,
    nested: false,
    stopAction: "TurnOff",
  }),
  "vm.start": (vmId) => ({ vmId }),
  "vm.save": (vmId) => ({ vmId }),
  "vm.stop": (vmId) => ({ vmId }),
  "vm.turnOff": (vmId) => ({ vmId }),
  "vm.pause": (vmId) => ({ vmId }),
  "vm.resume": (vmId) => ({ vmId }),
  "vm.remove": (vmId) => ({ vmId }),
  "vm.set": (vmId) => ({ vmId }),
  "nic.reconnect": (vmId) => ({ vmId, switchName: "" }),
  "net.isolate": (vmId) => ({ vmId, guard: true, rules: [] }),
  "gpu.add": (vmId) => ({ vmId }),
  "switch.info": () => ({ name: "hvpool" }),
  "switch.create": () => ({
    name: "hvpool",
    gateway: "192.168.240.1",
    prefixLength: 24,
    nat: { name: "hvpool", subnet: "192.168.240.0/24" },
  }),
  "switch.remove": () => ({ name: "hvpool" }),
  "disk.info": () => ({ path: DISK }),
  "disk.protect": () => ({ path: DISK }),
  "disk.link": () => ({ path: DISK, target: `${DIRECTORY}\\link.vhdx` }),
  "disk.createChild": () => ({ path: `${DIRECTORY}\\child.vhdx`, parent: DISK }),
  "disk.remove": () => ({ path: DISK }),
  "disk.inject": () => ({ path: DISK, files: [{ path: "a", text: "" }] }),
  "disk.readFiles": () => ({ path: DISK, files: ["a"] }),
  "file.copy": () => ({ path: DISK, offset: 0, bytes: 1, target: `${DIRECTORY}\\copy`, targetOffset: 0 }),
  "file.read": () => ({ path: DISK, offset: 0, maxBytes: 1 }),
  "file.write": () => ({ path: `${DIRECTORY}\\file`, offset: 0, data: "" }),
  "file.rename": () => ({ path: `${DIRECTORY}\\file`, target: `${DIRECTORY}\\other` }),
  "file.remove": () => ({ path: `${DIRECTORY}\\file` }),
  "dir.list": () => ({ path: DIRECTORY }),
  "dir.remove": () => ({ path: DIRECTORY }),
  "checkpoint.create": (vmId) => ({ vmId, name: "clean" }),
  "checkpoint.list": (vmId) => ({ vmId }),
  "checkpoint.restore": (vmId) => ({ vmId, checkpointId: GONE }),
  "checkpoint.remove": (vmId) => ({ vmId, checkpointId: GONE }),
  "savedState.remove": (vmId) => ({ vmId }),
  "dvd.set": (vmId) => ({ vmId, path: "C:\\a.iso" }),
  "dvd.eject": (vmId) => ({ vmId }),
  "media.put": (vmId) => ({ vmId, directory: DIRECTORY, use: 1, files: [] }),
  "media.take": (vmId) => ({ vmId, directory: DIRECTORY }),
  "kvp.read": (vmId) => ({ vmIds: [vmId] }),
  "kvp.push": (vmId) => ({ vmId, items: {} }),
  "guest.probe": () => ({ address: "172.16.0.9", tcp: 3389 }),
  "guest.exec": (vmId) => ({
    ...account(vmId),
    program: "hostname",
    arguments: [],
    timeoutMs: 1_000,
    maxOutput: 10,
  }),
  "guest.copyIn": (vmId) => ({ ...account(vmId), path: "C:\\a", offset: 0, data: "" }),
  "guest.copyOut": (vmId) => ({ ...account(vmId), path: "C:\\a", offset: 0, maxBytes: 1 }),
  "guest.syncTime": account,
  "display.size": (vmId) => ({ vmId }),
  "display.capture": (vmId) => ({ vmId, width: 1, height: 1 }),
  "display.type": (vmId) => ({ vmId, text: "a" }),
  "display.keys": (vmId) => ({ vmId, keys: [{ action: "tap", code: 65 }] }),
  "display.scancodes": (vmId) => ({ vmId, codes: [1] }),
  "display.mouse": (vmId) => ({ vmId, steps: [{ action: "move", x: 1, y: 1 }] }),
};

const NAMES = Object.keys(HOST_CALLS) as HostCall[];

Deno.test("every call about a machine that is gone says so, by the record of Get-VM", () => {
  const bench = new Bench();
  for (const name of NAMES) {
    const args = ARGS[name](GONE);
    if ("vmId" in args) assert.equal(bench.fails(name, args), "not_found", name);
  }
});

Deno.test("every call is struck by faults: every class of errors, and hangs", () => {
  const bench = new Bench();
  const vmId = bench.make();
  for (const name of NAMES) {
    for (const code of Object.keys(RECORD_BY_CLASS) as HostErrorClass[]) {
      const off = bench.faults.add({ call: name, kind: "error", code });
      assert.equal(bench.fails(name, ARGS[name](vmId)), code, `${name} ${code}`);
      off();
    }
  }
  for (const name of NAMES) {
    const off = bench.faults.add({ call: name, kind: "hang" });
    const asked = bench.send(name, ARGS[name](GONE));
    bench.later(200_000);
    assert.equal(asked.answer, undefined, name);
    off();
  }
});

Deno.test("every failure has the same class on a German host, in other words", () => {
  const [english, german] = [new Bench(), new Bench({ german: true })];
  for (const name of NAMES) {
    const [ours, theirs] = [english, german].map((bench) => bench.call(name, ARGS[name](GONE)));
    assert.ok(ours !== undefined && theirs !== undefined);
    assert.equal(ours.ok, theirs.ok, name);
    if (ours.ok || theirs.ok) continue;
    assert.equal(classifyError(theirs.error), classifyError(ours.error), name);
    assert.notEqual(theirs.error.message, ours.error.message);
  }
});

Deno.test("a machine that is being changed takes no other change", () => {
  const bench = new Bench();
  const vmId = bench.boot();
  const first = bench.send("vm.save", { vmId });
  for (const call of ["vm.pause", "vm.set", "dvd.eject", "nic.reconnect", "gpu.add"] as const) {
    assert.equal(bench.fails(call, ARGS[call](vmId)), "wrong_state", call);
    assert.equal(first.answer, undefined, "so long a save takes");
  }
});
