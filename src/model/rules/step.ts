/** What a rule is told, and what it answers: one step. */
import type { OperationName } from "../calls.ts";
import { type Ms, slotId } from "../ids.ts";
import type { LeaseChange } from "../leases/lease.ts";
import { cordonOf } from "../maintenance.ts";
import type { JobSaid } from "../jobs.ts";
import type { Phase } from "../phases.ts";
import { DRAINED } from "./causes.ts";
import { unwantedGeneration } from "../rollout.ts";
import type { Cycle, Pool, State } from "../state.ts";
import { type GuestSeen, type RunnerNow, runnerOf, type View } from "../view.ts";

/** What is done next with a cycle. */
export type Step =
  | { readonly step: "open"; readonly call: OperationName }
  /** A new registration under the next use; the old one, if any, gets a record of its own. */
  | { readonly step: "register" }
  /** `proven`: its guest went on after a resume, in this start of the host. */
  | { readonly step: "enter"; readonly phase: Phase; readonly proven?: string }
  /** Back to its checkpoint; its registration gets a record of its own. */
  | { readonly step: "recycle"; readonly cause: string }
  /** It was resumed and did not go on. */
  | { readonly step: "resumeFailed"; readonly cause: string; readonly message: string }
  /** `force`: it is stopped whatever GitHub says. */
  | { readonly step: "retire"; readonly cause: string; readonly reap?: true; readonly force?: true }
  | { readonly step: "fail"; readonly cause: string; readonly message: string }
  /** The VM is gone for good. */
  | { readonly step: "gone" }
  /** The registration counts as gone, by a complete list. */
  | { readonly step: "missing" }
  | { readonly step: "end" }
  /** The guest says which job it has. */
  | { readonly step: "named"; readonly said: JobSaid }
  /** Its job failed, and its pool keeps such machines. */
  | { readonly step: "hold"; readonly forMs: Ms; readonly reason: string }
  /** The guest says that its runner ended. */
  | { readonly step: "exited"; readonly guest: GuestSeen }
  | LeaseStep
  | Wait;

/** What was done with a machine for its lease is over. */
export type LeaseStep =
  /** Its holder has it: it was parked for them, and is ready again. `lacks`: it was not in time, and lacked this. */
  | { readonly step: "granted"; readonly lacks?: string }
  /** `checkpoint`: the one that was made; `lacks`: as above. */
  | { readonly step: "changed"; readonly checkpoint?: string; readonly lacks?: string }
  /** `paused`: it is saved, as it was. */
  | { readonly step: "unchanged"; readonly message: string; readonly paused?: true }
  /** Somebody did that to it, who was not asked to. */
  | { readonly step: "found"; readonly change: LeaseChange }
  /** What its holder had in it is lost. */
  | { readonly step: "lost"; readonly cause: string };

/** Nothing is done. A wait names a future time, a reading, or both. */
export interface Wait {
  readonly step: "wait";
  readonly why: string;
  readonly until?: Ms;
  /** Which reading may change it; `guest` readings come by themselves. */
  readonly reading?: Waited;
}

/** A reading that a wait may name. */
export type Waited = "vm" | "guest" | "runners" | "jobs" | "probe" | "host";

/** What is known of one cycle. */
export interface Facts {
  readonly s: State;
  readonly v: View;
  readonly cycle: Cycle;
  readonly now: Ms;
  /** Absent when the pool is no longer configured. */
  readonly pool: Pool | undefined;
}

/** A named way to the next step. */
export type Rule = (facts: Facts) => Step;

export function wait(why: string, rest: { until?: Ms; reading?: Waited } = {}): Wait {
  return { step: "wait", why, ...rest };
}

export function retire(cause: string): Step {
  return { step: "retire", cause };
}

export function failed(cause: string, message: string): Step {
  return { step: "fail", cause, message };
}

export function open(call: OperationName): Step {
  return { step: "open", call };
}

/**
 * Why a cycle is not wanted any more, if it is not. A machine with a job is always wanted; so is a parked one, however
 * small its pool was made and whatever it is made of now: its time is not over, and its holder may come for it.
 */
export function unwanted({ s, cycle, pool }: Pick<Facts, "s" | "cycle" | "pool">): string | undefined {
  if (pool === undefined || pool.goneUpTo !== undefined) return "its pool is not configured any more";
  const isParked = cycle.parked !== undefined;
  if (cycle.slot > pool.settings.size && !isParked) return "the pool was made smaller";
  if (s.slots.get(slotId(cycle.pool, cycle.slot))?.live !== cycle.id) return "another machine fills its slot";
  // What its holder left in a parked machine is kept for as long as was said, whatever the pool is to become.
  if (isParked) return undefined;
  if (s.stopping?.drain === true || cordonOf(s, cycle.pool)?.drain === true) return DRAINED;
  return unwantedGeneration(cycle, pool);
}

export function runnerNow({ v, cycle, pool }: Facts): RunnerNow {
  const scope = cycle.runner?.scope ?? pool?.settings.scope;
  return scope === undefined ? { answering: false } : runnerOf(v, cycle, scope);
}

export const GITHUB_SILENT = "waiting for GitHub to answer";
