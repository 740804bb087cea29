import assert from "node:assert/strict";
import { argumentsOf } from "./effects.ts";
import { rulesFor } from "./network.ts";
import { Stage, testSettings, VM } from "./testing/stage.ts";

const NETWORK = { isolation: "guests", subnet: "192.168.240.0/24", vlan: 12 } as const;

Deno.test("a machine of an isolated pool gets its rules before its first start, and its VLAN when it is made", () => {
  const stage = new Stage(testSettings({ network: NETWORK }));
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  assert.equal(argumentsOf(stage.s, stage.v, cycle, "vm.create")?.["vlan"], 12);
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "net.isolate" });
  assert.deepEqual(argumentsOf(stage.s, stage.v, cycle, "net.isolate"), {
    vmId: VM,
    guard: true,
    rules: rulesFor(NETWORK),
  });
  const op = stage.open(cycle, "net.isolate");
  const data = { cycle: cycle.id, op, call: "net.isolate", outcome: "ok" } as const;
  stage.apply({ type: "op.closed", data });
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "vm.start" });
});

Deno.test("a machine that is held gets other rules than its pool's: nothing at all", () => {
  const stage = new Stage(testSettings({ network: NETWORK }));
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  cycle.walls = "pool";
  stage.apply({ type: "cycle.hold", data: { cycle: cycle.id, until: stage.now + 1_000, source: "ann" } });
  stage.apply({ type: "cycle.kept", data: { cycle: cycle.id, cause: "held", until: stage.now + 1_000 } });
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "net.isolate" });
  const rules = argumentsOf(stage.s, stage.v, cycle, "net.isolate")?.["rules"] as { action: string }[];
  assert.deepEqual(rules.map(({ action }) => action), ["deny", "deny"]);
});

Deno.test("a pool without isolation costs no call", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "known", vmId: VM });
  assert.deepEqual(stage.step(cycle, "off"), { step: "open", call: "vm.start" });
});
