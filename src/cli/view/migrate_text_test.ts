import assert from "node:assert/strict";
import type { OldService } from "../../app/migrate/facts.ts";
import { leftLines, planLines } from "./migrate_text.ts";

const VIEW = { colors: false, width: 200 };
const STOPPED: OldService = { state: "stopped", path: "", start: "automatic", processes: [] };
const DISABLED: OldService = { ...STOPPED, start: "disabled" };
const NOTHING = { machines: [], disks: [], refusals: [], items: [] };

Deno.test("planLines() tells an empty plan, and each reason with its remedy", () => {
  assert.deepEqual(planLines(NOTHING, { ...STOPPED, state: "missing", start: null }, VIEW), [
    "There is no service hyperv-runner-pool.",
    "",
    "Nothing of hyperv-runner-pool would be removed.",
  ]);
  const refusals = [{ because: "It runs.", remedy: "Stop it." }];
  assert.deepEqual(planLines({ ...NOTHING, refusals }, STOPPED, VIEW).slice(-2), [
    "Cannot be done now:",
    "- It runs. Stop it.",
  ]);
});

Deno.test("planLines() parts what would be removed from what would stay", () => {
  const items = [
    { kind: "vm", name: "r-1", pool: "ci", action: "remove", because: "all three hold" },
    { kind: "vm", name: "r-\u001b2", pool: "ci", action: "keep", because: "its disk lies elsewhere" },
  ] as const;
  assert.deepEqual(planLines({ ...NOTHING, items }, DISABLED, VIEW), [
    "The service hyperv-runner-pool is stopped; it starts no more.",
    "",
    "Would be removed, in this order:",
    "WHAT  NAME  WHY",
    "vm    r-1   all three hold",
    "",
    "Would not be touched:",
    "WHAT  NAME  WHY",
    "vm    r- 2  its disk lies elsewhere",
  ]);
});

Deno.test("leftLines() tells what is left, and that a service which is still installed comes back", () => {
  const left = [{ kind: "disk", name: "C:\\s\\r-1.vhdx", because: "it is in use" }] as const;
  assert.deepEqual(leftLines({ done: [], left }, DISABLED), [
    "left: disk C:\\s\\r-1.vhdx (it is in use)",
    "Not all is gone. Mend what is in the way, then run this again.",
  ]);
  assert.deepEqual(leftLines({ done: [], left: [] }, DISABLED), [
    "Nothing of hyperv-runner-pool is left on this host.",
  ]);
  const done = [{ kind: "vm", name: "r-1", done: "removed" }] as const;
  const [sum, warning = ""] = leftLines({ done, left: [] }, STOPPED);
  assert.equal(sum, "All of it is gone. hvpool can be started.");
  assert.match(warning, /When it starts, it turns off and removes every VM .* sc\.exe delete/);
});
