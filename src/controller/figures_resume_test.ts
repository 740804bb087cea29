import assert from "node:assert/strict";
import type { Event, NewEvent } from "../model/events.ts";
import type { CycleId } from "../model/ids.ts";
import { ResumeFailures } from "./figures_resume.ts";

const cycle = "ci/1.7" as CycleId;
const why = { cause: "resume", message: "it did not go on" };
const failed = (rung: number, of = cycle): NewEvent => ({
  type: "cycle.resume_failed",
  data: { cycle: of, rung, ...why },
});
const givenUp: NewEvent = { type: "cycle.failed", data: { cycle, ...why, notBefore: 0 } };
const kept: NewEvent = { type: "cycle.quarantined", data: { cycle, ...why, notBefore: 0, until: 0 } };
const wentOn: NewEvent = { type: "cycle.phase", data: { cycle, phase: "standby", proven: "boot" } };
const onItsWay: NewEvent = { type: "cycle.phase", data: { cycle, phase: "resuming" } };
const retired: NewEvent = { type: "cycle.retired", data: { cycle, cause: "drain" } };

/** What is counted of these, each committed alone. */
function counted(...events: NewEvent[]): string[] {
  const failures = new ResumeFailures();
  events.forEach((event, i) => failures.note([{ ...event, seq: i, at: 0 } as Event]));
  return failures.rows().map(({ pool, rung, count }) => `${pool} ${rung}: ${count}`);
}

const CASES: readonly { name: string; events: NewEvent[]; expected: string[] }[] = [
  {
    name: "nothing of a machine that never failed to resume",
    events: [givenUp, kept, retired],
    expected: [],
  },
  { name: "a failed resume", events: [failed(1)], expected: ["ci 1: 1"] },
  {
    name: "the last one, after which it is made anew",
    events: [failed(1), onItsWay, givenUp],
    expected: ["ci 1: 1", "ci 2: 1"],
  },
  {
    name: "the last one of a machine that is kept",
    events: [failed(1), kept, givenUp],
    expected: ["ci 1: 1", "ci 2: 1"],
  },
  {
    name: "a machine that went on between them anew",
    events: [failed(1), wentOn, failed(1), wentOn, givenUp],
    expected: ["ci 1: 2"],
  },
  { name: "no end that somebody wanted", events: [failed(1), retired, givenUp], expected: ["ci 1: 1"] },
  {
    name: "each pool by itself",
    events: [failed(1), failed(1, "b/2.9" as CycleId)],
    expected: ["ci 1: 1", "b 1: 1"],
  },
];

for (const { name, events, expected } of CASES) {
  Deno.test(`ResumeFailures counts ${name}`, () => {
    assert.deepEqual(counted(...events), expected);
  });
}
