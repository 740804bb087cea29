/** What the controller tells in numbers, beside its status. */
import { LANES } from "../model/calls.ts";
import { PHASES } from "../model/phases.ts";
import type { State } from "../model/state.ts";
import type { View } from "../model/view.ts";
import type { ControllerFigures } from "../ports/metrics.ts";
import { ResumeFailures } from "./figures_resume.ts";

/** Counts cycles and operations. `resumes` has heard of every commit. */
export function figuresOf(
  state: State,
  view: View,
  lateAnswers: number,
  resumes: ResumeFailures = new ResumeFailures(),
): ControllerFigures {
  const byPool = new Map<string, Map<string, number>>();
  for (const pool of state.pools.keys()) byPool.set(pool, noCycles());
  for (const { pool, phase } of state.cycles.values()) {
    // What is found of a pool that the configuration no longer has.
    const phases = byPool.get(pool) ?? noCycles();
    byPool.set(pool, phases);
    phases.set(phase, (phases.get(phase) ?? 0) + 1);
  }
  return {
    starts: state.run,
    seq: state.seq,
    lateAnswers,
    cycles: Array.from(
      byPool,
      ([pool, phases]) => Array.from(phases, ([phase, count]) => ({ pool, phase, count })),
    ).flat(),
    lanes: LANES.map((lane) => ({
      lane,
      inFlight: state.lanes[lane],
      limit: state.settings.lanes[lane],
    })),
    resumeFailures: resumes.rows(),
    vmsListedAt: view.vms?.at,
  };
}

function noCycles(): Map<string, number> {
  return new Map(PHASES.map((phase) => [phase, 0]));
}
