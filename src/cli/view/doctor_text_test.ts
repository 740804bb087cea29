import assert from "node:assert/strict";
import { doctorLines, liveLines } from "./doctor_text.ts";

Deno.test("doctorLines() gives each check one line with its remedy, and counts them", () => {
  const lines = doctorLines([
    { id: "config", status: "ok", message: "1 pool.", remedy: "" },
    { id: "template:ci", status: "fail", message: "Missing.\nReally.", remedy: "Put it there." },
    { id: "rate", status: "warn", message: "Low.", remedy: "Ask.\u001b[2J" },
  ], { colors: false, width: 10 });
  assert.deepEqual(lines, [
    "ok    config       1 pool.",
    "fail  template:ci  Missing. Really. Put it there.",
    "warn  rate         Low. Ask. [2J",
    "",
    "1 ok, 1 to look at, 1 failed.",
  ]);
});

Deno.test("doctorLines() colours the word at the front only", () => {
  const [line] = doctorLines([{ id: "a", status: "fail", message: "b.", remedy: "" }], {
    colors: true,
    width: 80,
  });
  assert.equal(line, "\u001b[31mfail\u001b[39m  a  b.");
});

Deno.test("liveLines() shows steps with their times", () => {
  const lines = liveLines([
    { step: "vm.start", runs: 3, failed: 0, p50Ms: 238.4, p95Ms: 612, message: "" },
    { step: "vm.save", runs: 0, failed: 1, p50Ms: null, p95Ms: null, message: "no space" },
  ], { colors: false, width: 100 });
  assert.deepEqual(lines, [
    "STEP      OK  FAILED  P50 MS  P95 MS  MESSAGE",
    "vm.start   3       0     238     612",
    "vm.save    0       1                  no space",
  ]);
});
