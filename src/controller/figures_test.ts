import assert from "node:assert/strict";
import type { CycleId } from "../model/ids.ts";
import { PHASES } from "../model/phases.ts";
import { DEFAULT_LANES, DEFAULT_TIMES } from "../model/settings.ts";
import { type Cycle, emptyState } from "../model/state.ts";
import { emptyView } from "../model/view.ts";
import { figuresOf } from "./figures.ts";
import { ResumeFailures } from "./figures_resume.ts";

Deno.test("figuresOf() counts cycles by phase, also those of a pool that is no longer configured", () => {
  const state = emptyState({ storage: "C:\\s", lanes: DEFAULT_LANES, times: DEFAULT_TIMES, pools: [] });
  for (const n of [1, 2]) {
    const id = `gone/${n}.${n}` as CycleId;
    state.cycles.set(id, { id, pool: "gone", phase: "retiring" } as Cycle);
  }
  state.lanes.vm = 2;
  const { cycles, lanes, vmsListedAt } = figuresOf(state, emptyView(), 0);
  assert.deepEqual(cycles.map(({ phase }) => phase), PHASES);
  assert.deepEqual(cycles.filter(({ count }) => count > 0), [{ pool: "gone", phase: "retiring", count: 2 }]);
  assert.deepEqual(lanes.find(({ lane }) => lane === "vm"), { lane: "vm", inFlight: 2, limit: 4 });
  assert.equal(vmsListedAt, undefined);
});

Deno.test("figuresOf() tells what was counted of resumes", () => {
  const state = emptyState({ storage: "C:\\s", lanes: DEFAULT_LANES, times: DEFAULT_TIMES, pools: [] });
  const resumes = new ResumeFailures();
  const data = { cycle: "ci/1.7" as CycleId, rung: 1, cause: "resume", message: "it did not go on" };
  resumes.note([{ type: "cycle.resume_failed", data, seq: 1, at: 0 }]);
  const told = figuresOf(state, emptyView(), 0, resumes).resumeFailures;
  assert.deepEqual(told, [{ pool: "ci", rung: 1, count: 1 }]);
  assert.deepEqual(figuresOf(state, emptyView(), 0).resumeFailures, []);
});
