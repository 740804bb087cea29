import assert from "node:assert/strict";
import { recordingOutput } from "../testing/called.ts";
import { type Filling, FillView } from "./fill_view.ts";

const POOL: Filling = {
  name: "desks",
  size: 4,
  done: 0,
  ready: 0,
  standby: 0,
  claimed: 0,
  off: 0,
  starting: 4,
  failed: 0,
  why: null,
};

/** A view on a terminal, and the lines that replace one another. */
function onTerminal() {
  const drawn: string[] = [];
  let now = 0;
  const { output } = recordingOutput();
  const view = new FillView({ ...output, statusLine: (text) => void drawn.push(text) }, () => now);
  const at = (seconds: number, pool: Partial<Filling>) => {
    now = seconds * 1000;
    view.update({ ...POOL, ...pool });
    return drawn.at(-1);
  };
  return { view, at, drawn };
}

Deno.test("a bar shows how far a pool is, and what is left by the time that the others took", () => {
  const { view, at, drawn } = onTerminal();
  assert.equal(at(0, {}), "[------------------------]  Pool desks: 0 of 4 machines (4 starting)");
  assert.equal(
    at(10, { done: 1, standby: 1, starting: 3 }),
    "[######------------------]  Pool desks: 1 of 4 machines (1 saved, 3 starting)  about 30s left",
  );
  assert.match(at(14, { done: 1, standby: 1, starting: 3 }) ?? "", /about 26s left$/);
  assert.match(
    at(20, { done: 2, standby: 2, starting: 2, why: "no room" }) ?? "",
    /about 20s left {2}no room$/,
  );
  assert.match(at(99, { done: 2, standby: 2, starting: 2 }) ?? "", /about 0s left$/);
  assert.equal(
    at(100, { done: 4, standby: 4, starting: 0 }),
    "[########################]  Pool desks: 4 of 4 machines (4 saved)",
  );
  view.end();
  assert.equal(drawn.at(-1), "");
});

Deno.test("machines that were there before say nothing of the time that others take", () => {
  const { at } = onTerminal();
  assert.doesNotMatch(at(0, { done: 3, standby: 3, starting: 1 }) ?? "", /left/);
  assert.doesNotMatch(at(60, { done: 3, standby: 3, starting: 1 }) ?? "", /left/);
});

Deno.test("without a terminal each change is a line, and nothing else is", () => {
  const { output, errLines } = recordingOutput();
  let now = 0;
  const view = new FillView(output, () => now += 1000);
  for (const pool of [{}, {}, { done: 1, standby: 1, starting: 3 }, { done: 1, standby: 1, starting: 3 }]) {
    view.update({ ...POOL, ...pool });
  }
  view.end();
  assert.deepEqual(errLines, [
    "Pool desks: 0 of 4 machines (4 starting)",
    "Pool desks: 1 of 4 machines (1 saved, 3 starting)  about 6s left",
  ]);
});
