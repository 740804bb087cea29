import assert from "node:assert/strict";
import { recordingOutput } from "../testing/called.ts";
import { ProgressView } from "./progress.ts";

const MIB = 1_048_576;

/** A view over a clock that is set by hand. */
function viewed(terminal: boolean) {
  const { output, errLines } = recordingOutput();
  const clock = { now: 0 };
  const shown: string[] = [];
  const view = new ProgressView(
    terminal ? { ...output, statusLine: (text) => void shown.push(text) } : output,
    () => clock.now,
  );
  return { view, clock, errLines, shown };
}

Deno.test("on a terminal a bar moves, with percent, amount, rate and time left", () => {
  const { view, clock, shown, errLines } = viewed(true);
  view.update({ step: "checking" });
  view.update({ step: "copying", done: 100 * MIB, of: 1000 * MIB });
  clock.now = 2_000;
  view.update({ step: "copying", done: 500 * MIB, of: 1000 * MIB });
  view.end();
  assert.deepEqual(shown, [
    "checking",
    "copying  [##----------------------]   10 %  100 of 1000 MiB",
    "copying  [############------------]   50 %  500 of 1000 MiB  200 MiB/s  2s left",
    "",
  ]);
  assert.deepEqual(errLines, []);
});

Deno.test("without a terminal there is a line at each step, every 10 % and every 10 s", () => {
  const { view, clock, errLines } = viewed(false);
  view.update({ step: "checking" });
  for (let done = 0; done <= 1000; done++) view.update({ step: "copying", done: done * MIB, of: 1000 * MIB });
  view.end();
  const percents = errLines.slice(1).map((line) => /(\d+) %/.exec(line)?.[1]);
  assert.equal(errLines[0], "checking");
  assert.deepEqual(percents, ["0", "10", "20", "30", "40", "50", "60", "70", "80", "90", "100"]);
  errLines.length = 0;
  view.update({ step: "fetching", done: MIB });
  clock.now = 9_999;
  view.update({ step: "fetching", done: 2 * MIB });
  clock.now = 10_000;
  view.update({ step: "fetching", done: 101 * MIB });
  assert.deepEqual(errLines, ["fetching  1 MiB", "fetching  101 MiB  10 MiB/s"]);
});

Deno.test("the rate is that of the last ten seconds", () => {
  const { view, clock, shown } = viewed(true);
  for (const [now, done] of [[0, 0], [60_000, 60], [65_000, 1060], [71_000, 2260]] as const) {
    clock.now = now;
    view.update({ step: "copying", done: done * MIB, of: 10_000 * MIB });
  }
  assert.match(shown.at(-1) ?? "", /200 MiB\/s {2}38s left$/);
});
