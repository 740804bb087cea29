import assert from "node:assert/strict";
import type { HostCall } from "../../../ports/host.ts";
import type { TemplateSettings } from "../../../model/settings.ts";
import { play } from "./simulated_fixture.ts";
import type { StepResult } from "./stopwatch.ts";

const GUEST: TemplateSettings = {
  name: "windows",
  path: "C:\\templates\\windows.vhdx",
  memoryMb: 4_096,
  processors: 2,
  secureBoot: "MicrosoftWindows",
  tpm: true,
  nested: false,
};

function failed(steps: readonly StepResult[]): string[] {
  return steps.filter((step) => step.failed > 0).map(({ step, message }) => `${step}: ${message}`);
}

Deno.test("a round takes every step without a guest and leaves nothing", async () => {
  const { steps, left, there } = await play();
  assert.deepEqual(failed(steps), []);
  assert.deepEqual({ left, there }, { left: [], there: [] });
  assert.ok(steps.every(({ runs, p50Ms, p95Ms }) => runs === 1 && p50Ms !== null && p95Ms !== null));
  const names = steps.map(({ step }) => step);
  for (
    const name of [
      "disk.createChild",
      "disk.inject",
      "vm.create",
      "vm.start",
      "event",
      "display.capture",
      "vm.save",
      "checkpoint.create",
      "checkpoint.restore",
      "savedState.remove",
      "media.put",
      "media.take",
      "nic.reconnect",
      "vm.turnOff",
      "vm.remove",
      "dir.remove",
    ]
  ) assert.ok(names.includes(name), name);
  assert.equal(names.some((name) => name.startsWith("guest:")), false);
});

Deno.test("a round with a template waits for its guest, and for its beat after a saved state", async () => {
  const { steps, left, there } = await play({ plan: { template: GUEST } });
  assert.deepEqual(failed(steps), []);
  assert.deepEqual({ left, there }, { left: [], there: [] });
  const names = steps.map(({ step }) => step).filter((name) => name.startsWith("guest:"));
  assert.deepEqual(names, ["guest: boot", "guest: address", "guest: beat", "guest: goes on"]);
});

Deno.test("a guest that DHCP gives no address is not waited for until it has one", async () => {
  const { steps, there } = await play({ plan: { template: GUEST, noAddress: true } });
  assert.deepEqual(failed(steps), []);
  const names = steps.map(({ step }) => step).filter((name) => name.startsWith("guest:"));
  assert.deepEqual(names, ["guest: boot", "guest: beat", "guest: goes on"]);
  assert.deepEqual(there, []);
});

Deno.test("the guest is asked for each address, and those that it does not reach are named", async () => {
  const { steps, there } = await play({
    plan: {
      template: GUEST,
      account: { user: "Administrator", password: "password" },
      targets: ["https://api.github.com/", "https://proxy.invalid/"].map((url) => ({
        url,
        essential: true,
        use: "hvpool itself",
      })),
    },
  });
  assert.deepEqual(failed(steps), ["guest: outbound: the guest does not reach proxy.invalid (curl 6)"]);
  assert.deepEqual(there, []);
});

/** Calls of a round that change something. */
const EFFECTS: readonly HostCall[] = [
  "disk.createChild",
  "disk.inject",
  "file.write",
  "vm.create",
  "vm.set",
  "net.isolate",
  "vm.start",
  "vm.pause",
  "vm.resume",
  "checkpoint.create",
  "media.put",
  "vm.save",
  "nic.reconnect",
  "media.take",
  "checkpoint.restore",
  "savedState.remove",
  "vm.turnOff",
  "checkpoint.remove",
  "vm.remove",
  "dir.remove",
];

for (const kind of ["error", "lost_answer"] as const) {
  Deno.test(`nothing is left when a call ends in ${kind}, whichever it is`, async () => {
    const all = await Promise.all(EFFECTS.map(async (call) => {
      const { steps, left, there } = await play({ faults: [{ call, kind, times: 1 }] });
      return { call, failed: failed(steps).map((line) => line.split(":")[0]), left, there };
    }));
    assert.deepEqual(all, EFFECTS.map((call) => ({ call, failed: [call], left: [], there: [] })));
  });
}

for (const late of ["disk.createChild", "vm.create", "media.put", "file.write"] as const) {
  Deno.test(`what ${late} makes after it was given up is removed too`, async () => {
    const { left, there, steps } = await play({ late, appearMs: 1_000 });
    assert.match(failed(steps).join(), new RegExp(`^${late}: .*not answered`));
    assert.deepEqual({ left, there }, { left: [], there: [] });
  });
}

Deno.test("what cannot be removed is named", async () => {
  const { left, there } = await play({ faults: [{ call: "vm.remove", kind: "error" }] });
  assert.match(left[0] ?? "", /^the VM hvpool-doctor-[0-9a-f]{8} \([0-9a-f-]{36}\): vm\.remove/);
  assert.match(left[1] ?? "", /^the folder C:\\vms\\hvpool-doctor-[0-9a-f]{8}: the VM is in it$/);
  assert.ok(there.length > 0);
});

Deno.test("a failure of a step that others do not need ends nothing", async () => {
  const { steps } = await play({ faults: [{ call: "display.capture", kind: "error" }] });
  assert.deepEqual(failed(steps).map((line) => line.split(":")[0]), ["display.capture"]);
  assert.ok(steps.some(({ step, runs }) => step === "dir.remove" && runs === 1));
});

Deno.test("a stop in the middle ends the steps, and everything is removed", async () => {
  for (const at of ["vm.create", "vm.start", "vm.save"]) {
    const stop = new AbortController();
    const calls: string[] = [];
    const { steps, left, there } = await play({
      stop: stop.signal,
      onCall(name) {
        calls.push(name);
        if (name === at) stop.abort();
      },
    });
    assert.deepEqual({ left, there }, { left: [], there: [] }, at);
    // The event of a start that was under way may still be heard.
    assert.equal(steps.findLast(({ step }) => step !== "event")?.step, at);
    assert.ok(calls.includes("vm.remove"), at);
  }
});

Deno.test("a second stop names what is left where it is", async () => {
  const stop = new AbortController();
  const giveUp = new AbortController();
  const { left, there } = await play({
    stop: stop.signal,
    giveUp: giveUp.signal,
    onCall(name) {
      if (name === "vm.start") stop.abort();
      if (name === "vm.turnOff") giveUp.abort();
    },
  });
  assert.match(
    left.join("\n"),
    /^the VM hvpool-doctor-.*given up\nthe folder C:\\vms\\hvpool-doctor-.*the VM is in it$/,
  );
  assert.ok(there.length > 0);
});

Deno.test("the machine is nobody's for every controller, and no system of its disk is started", async () => {
  const { LiveMachine } = await import("./machine.ts");
  const { parseNotes } = await import("../../../model/ids.ts");
  const { PLAN } = await import("./simulated_fixture.ts");
  const parts = { host: {} as never, watch: {} as never, giveUp: new AbortController().signal };
  const machine = new LiveMachine({ ...parts, plan: PLAN });
  assert.equal(parseNotes(machine.notes), undefined);
  assert.match(machine.directory, /^C:\\vms\\hvpool-doctor-[0-9a-f]{8}$/);
  assert.equal(machine.hardware().secureBoot, "MicrosoftUEFICertificateAuthority");
  assert.equal(machine.hardware().memoryMb, 512);
});
