import assert from "node:assert/strict";
import { LIFECYCLE, RULES } from "./lifecycle.ts";
import { PHASES, POWERS } from "./phases.ts";

Deno.test("LIFECYCLE names a rule for every phase and power", () => {
  for (const phase of PHASES) {
    for (const power of POWERS) {
      assert.ok(RULES[LIFECYCLE[phase][power]], `${phase} × ${power}`);
    }
  }
  assert.equal(Object.keys(LIFECYCLE).length, PHASES.length);
});

Deno.test("LIFECYCLE waits for every power in between and for readings that do not count", () => {
  for (const phase of PHASES) {
    for (const power of ["starting", "saving", "stopping"] as const) {
      assert.equal(LIFECYCLE[phase][power], "transitional", `${phase} × ${power}`);
    }
    assert.equal(LIFECYCLE[phase].unseen, "unseen", phase);
  }
});

Deno.test("LIFECYCLE uses every rule somewhere", () => {
  const used = new Set(Object.values(LIFECYCLE).flatMap((row) => Object.values(row)));
  assert.deepEqual([...used].sort(), Object.keys(RULES).sort());
});

Deno.test("LIFECYCLE never stops a running machine but through law 7", () => {
  for (const power of ["running", "critical", "paused"] as const) {
    assert.equal(LIFECYCLE.retiring[power], "stopSafely", `retiring × ${power}`);
  }
  assert.deepEqual(
    [LIFECYCLE.quarantined.running, LIFECYCLE.quarantined.critical, LIFECYCLE.quarantined.paused],
    ["keepRunning", "stopSafely", "stopSafely"],
  );
});
