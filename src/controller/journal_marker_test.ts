import assert from "node:assert/strict";
import type { Log } from "../ports/log.ts";
import { JournalMarker, type Position } from "./journal_marker.ts";

const NOTHING = () => {};

function marked(write?: () => void) {
  const marks: (Position & { ended: boolean })[] = [];
  const warnings: string[] = [];
  const log: Log = { debug: NOTHING, info: NOTHING, warn: (text) => warnings.push(text), error: NOTHING };
  const marker = new JournalMarker((mark) => {
    write?.();
    marks.push(mark);
  }, log);
  return { marks, warnings, marker };
}

Deno.test("a marker marks a run's first commit, then one a minute, and the end", () => {
  const { marks, marker } = marked();
  for (const [seq, at] of [[1, 0], [2, 59_999], [3, 60_000], [4, 61_000]] as const) {
    marker.committed({ run: 2, seq }, at);
  }
  marker.ended();
  assert.deepEqual(marks.map(({ seq, ended }) => [seq, ended]), [[1, false], [3, false], [4, true]]);
});

Deno.test("a marker goes on after the clock was set back", () => {
  const { marks, marker } = marked();
  marker.committed({ run: 2, seq: 1 }, 3_600_000);
  marker.committed({ run: 2, seq: 2 }, 0);
  assert.deepEqual(marks.map(({ seq }) => seq), [1, 2]);
});

Deno.test("a marker leaves the mark of the run before alone when nothing was committed", () => {
  const { marks, marker } = marked();
  marker.ended();
  assert.deepEqual(marks, []);
});

Deno.test("a run that cannot be marked does not begin; a later mark that cannot be written ends nothing", () => {
  let full = true;
  const { marks, warnings, marker } = marked(() => {
    if (full) throw new Error("the disk is full");
  });
  assert.throws(() => marker.committed({ run: 2, seq: 1 }, 0), /full/);
  full = false;
  const later = marked(() => {
    if (full) throw new Error("the disk is full");
  });
  later.marker.committed({ run: 2, seq: 1 }, 0);
  full = true;
  later.marker.committed({ run: 2, seq: 2 }, 60_000);
  assert.equal(later.warnings.length, 1);
  full = false;
  later.marker.committed({ run: 2, seq: 3 }, 120_000);
  assert.deepEqual(later.marks.map(({ seq }) => seq), [1, 3]);
  assert.deepEqual([marks, warnings], [[], []]);
});
