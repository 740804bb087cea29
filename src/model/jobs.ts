/**
 * The jobs that ran on our machines, for people: which repository, run and job, on what, how long, how it ended. What
 * a guest says of its job is a hint; GitHub's answer counts once it names the same runner.
 */
import type { NewEvent } from "./events.ts";
import type { CycleId, Ms, ScopeKey } from "./ids.ts";
import { poolFor } from "./rollout.ts";
import type { Cycle, State } from "./state.ts";

/** What a guest says of its job. */
export interface JobSaid {
  /** `owner/name`. */
  readonly repository: string;
  readonly runId: string;
  readonly attempt: number;
  /** The job's key in its workflow. */
  readonly key: string;
}

/** The job of a machine. */
export interface CycleJob {
  /** Name of its registration: no two jobs have the same. */
  readonly name: string;
  readonly startedAt: Ms;
  said?: JobSaid;
}

/** A job that ended, whose result GitHub has not told yet. */
export interface UnresolvedJob {
  readonly cycle: CycleId;
  readonly scope: ScopeKey;
  readonly said: JobSaid;
  readonly endedAt: Ms;
}

/** GitHub is asked for a job's result for so long after its end. */
export const RESOLVE_FOR_MS: Ms = 600_000;

/** Its job begins. */
export function jobStarted(
  s: State,
  cycle: Cycle,
): Extract<NewEvent, { type: "job.started" }> | undefined {
  const { runner, id } = cycle;
  if (runner === undefined) return undefined;
  const pool = poolFor(s, cycle);
  const vm = `${pool?.settings.prefix ?? ""}${cycle.slot}`;
  const { generation } = cycle;
  return {
    type: "job.started",
    data: { job: runner.name, cycle: id, pool: cycle.pool, vm, generation, scope: runner.scope },
  };
}

/** Its job is over; none when no job is known to have been on it. */
export function jobEnded({ id, job, exit, runner }: Cycle, cause: string): NewEvent | undefined {
  if (job === undefined || runner?.name !== job.name) return undefined;
  const code = exit !== undefined && exit.use === runner.use && exit.code !== undefined
    ? { exit: exit.code }
    : {};
  return { type: "job.ended", data: { job: job.name, cycle: id, cause, ...code } };
}

/** Jobs that served between two lists: both events at once. */
export function jobServed(s: State, cycle: Cycle, cause: string): NewEvent[] {
  const started = cycle.job === undefined ? jobStarted(s, cycle) : undefined;
  if (started === undefined) {
    const ended = jobEnded(cycle, cause);
    return ended === undefined ? [] : [ended];
  }
  const { runner, id } = cycle;
  if (runner === undefined) return [];
  return [started, { type: "job.ended", data: { job: runner.name, cycle: id, cause } }];
}
