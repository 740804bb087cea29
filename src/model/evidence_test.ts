import assert from "node:assert/strict";
import { conclude } from "./conclude.ts";
import { argumentsOf } from "./effects.ts";
import { failure } from "./failures.ts";
import type { Power } from "./phases.ts";
import type { Cycle } from "./state.ts";
import { Stage, VM } from "./testing/stage.ts";

const EVIDENCE = { step: "open", call: "evidence.keep" } as const;

/** A machine that failed, in whichever way, and is given up. */
function failed(failures: number): { stage: Stage; cycle: Cycle } {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "booting", vm: "known", vmId: VM });
  const slot = stage.s.slots.get("ci/1" as never);
  if (slot !== undefined) slot.failures = failures;
  stage.apply(failure(stage.s, cycle, "boot-timeout", "It never came up", stage.now));
  return { stage, cycle };
}

for (const [failures, phase] of [[0, "retiring"], [2, "quarantined"]] as const) {
  Deno.test(`before anything is taken away of a machine that failed, its evidence is kept, once (${phase})`, () => {
    const { stage, cycle } = failed(failures);
    assert.equal(cycle.phase, phase);
    for (const power of ["running", "off", "critical"] satisfies Power[]) {
      assert.deepEqual(stage.step(cycle, power), EVIDENCE, power);
    }
    const args = argumentsOf(stage.s, stage.v, cycle, "evidence.keep");
    assert.deepEqual(args, {
      cycle: cycle.id,
      vm: "runner-1",
      cause: "boot-timeout",
      message: "It never came up",
      vmId: VM,
    });
    stage.open(cycle, "evidence.keep");
    assert.ok(cycle.op);
    const answer = { outcome: "failed", code: "unknown", message: "the disk is full" } as const;
    for (const event of conclude(stage.s, cycle, cycle.op, answer, stage.now)) stage.apply(event);
    assert.notDeepEqual(stage.step(cycle, "running"), EVIDENCE);
  });
}

Deno.test("a machine that never came to be leaves evidence too, and one that served none", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ phase: "provisioning" });
  stage.apply(failure(stage.s, cycle, "disk.createChild-invalid", "no parent", stage.now));
  assert.deepEqual(stage.step(cycle, "absent"), EVIDENCE);
  const other = stage.cycle({ phase: "claimed", vm: "known", vmId: VM }, 2);
  stage.apply({ type: "cycle.retired", data: { cycle: other.id, cause: "its job ended" } });
  assert.deepEqual(stage.step(other, "off"), { step: "open", call: "vm.remove" });
});
