/** Rules about the job on a machine: what its guest says of it, and machines that are kept because it failed. */
import type { Ms } from "../ids.ts";
import { guestOf } from "../view.ts";
import { type Facts, type Step, wait } from "./step.ts";

/** GitHub is asked for so long whether a job failed, before its machine is given up. */
const ASK_FOR_MS: Ms = 60_000;

/** Conclusions of jobs that did not do what they should. */
const FAILURES: ReadonlySet<string> = new Set(["failure", "timed_out", "startup_failure"]);

/** The guest of a machine with a job names it. A hint, for people; it is recorded once. */
export function nameJob(facts: Facts): Step | undefined {
  const { v, cycle } = facts;
  const guest = guestOf(v, cycle);
  if (guest?.job === undefined || cycle.job === undefined || guest.use !== cycle.runner?.use) {
    return undefined;
  }
  const { repository, runId, attempt, job: key } = guest.job;
  // The hooks of a one-job runner name one job: what else is said later is not recorded.
  if (cycle.job.said !== undefined) return undefined;
  return { step: "named", said: { repository, runId, attempt, key } };
}

/** A machine whose job is over: kept when it failed and its pool asks for that. */
export function keepFailed({ v, cycle, pool, now }: Facts): Step | undefined {
  const forMs = pool?.settings.holdOnFailureMs;
  if (forMs === undefined || cycle.hold !== undefined || cycle.job === undefined) return undefined;
  const code = cycle.exit?.use === cycle.runner?.use ? cycle.exit?.code : undefined;
  if (code !== undefined && code !== 0) {
    return { step: "hold", forMs, reason: `its runner ended with exit code ${code}` };
  }
  if (cycle.job.said === undefined) return undefined;
  const asked = v.jobs.get(cycle.id);
  const conclusion = asked?.result?.conclusion;
  if (typeof conclusion === "string") {
    return FAILURES.has(conclusion)
      ? { step: "hold", forMs, reason: `its job ended with ${conclusion}` }
      : undefined;
  }
  const until = (asked?.since ?? now) + ASK_FOR_MS;
  return now < until ? wait("asking GitHub how its job ended", { until, reading: "jobs" }) : undefined;
}
