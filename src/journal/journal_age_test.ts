import assert from "node:assert/strict";
import { judgeJournal } from "./journal_age.ts";

const ENDED = { run: 7, seq: 900, ended: true };
const KILLED = { run: 7, seq: 900, ended: false };

const CASES = [
  { what: "the journal that the last run left behind", mark: ENDED, run: 7, seq: 900, age: "present" },
  { what: "one that got further, as after a kill", mark: KILLED, run: 7, seq: 950, age: "unsure" },
  { what: "one that a kill left behind at its mark", mark: KILLED, run: 7, seq: 900, age: "unsure" },
  {
    what: "one whose run has no mark yet, as after a kill at its start",
    mark: ENDED,
    run: 8,
    seq: 903,
    age: "unsure",
  },
  { what: "one of an earlier run", mark: ENDED, run: 6, seq: 700, age: "older" },
  { what: "one of an earlier run after a kill", mark: KILLED, run: 6, seq: 700, age: "older" },
  {
    what: "one of a journal that was lost, however long it was",
    mark: KILLED,
    run: 6,
    seq: 90_000,
    age: "older",
  },
  { what: "a copy that was made while the last run went on", mark: ENDED, run: 7, seq: 899, age: "older" },
  { what: "such a copy after a kill", mark: KILLED, run: 7, seq: 899, age: "older" },
  { what: "one beside a file that knows of no mark", mark: undefined, run: 7, seq: 900, age: "unsure" },
  { what: "one that went on after its run had ended", mark: ENDED, run: 7, seq: 901, age: "unsure" },
] as const;

for (const { what, mark, run, seq, age } of CASES) {
  Deno.test(`judgeJournal() calls ${what} ${age}`, () => {
    assert.equal(judgeJournal(mark, { run, seq }), age);
  });
}
