/** Rules for a machine whose runner is online or has a job, and for how it ends. */
import type { Ms } from "../ids.ts";
import { REAP_SHARE, REAP_WINDOW_MS } from "../settings.ts";
import { SHUT_DOWN } from "./causes.ts";
import { sayBye } from "./exit.ts";
import { keepFailed, nameJob } from "./job.ts";
import { heldOff, heldSaved, isLeaseMachine } from "./held.ts";
import { serveLease } from "./lease.ts";
import { recycle } from "./seal.ts";
import { type Facts, open, retire, runnerNow, type Step, unwanted, wait } from "./step.ts";

/** Its runner is online, or has a job. */
export function serve(facts: Facts): Step {
  const { cycle } = facts;
  if (isLeaseMachine(facts)) return serveLease(facts);
  const { row } = runnerNow(facts);
  if (cycle.phase === "online" && row?.busy === true) return { step: "enter", phase: "claimed" };
  if (cycle.phase === "online") {
    const reason = unwanted(facts);
    if (reason !== undefined) return retire(reason);
  }
  const late = overtime(facts);
  if (late !== undefined) return late;
  const step = watchRunner(facts, cycle.phase === "online" ? "waiting for a job" : "running a job");
  if (step.step !== "wait") return step;
  if (cycle.media) return open("media.take");
  if (cycle.phase === "online") return step;
  // Only the guest knows when its job is over before its machine is off.
  return nameJob(facts) ?? sayBye(facts) ??
    { ...step, ...soonest(step.until, timeoutAt(facts)), reading: "guest" };
}

function timeoutAt({ cycle, pool }: Facts): Ms | undefined {
  const limitMs = pool?.settings.jobTimeoutMs;
  return limitMs === undefined ? undefined : cycle.since + limitMs;
}

function soonest(...times: (Ms | undefined)[]): { until?: Ms } {
  const until = Math.min(...times.map((time) => time ?? Infinity));
  return until === Infinity ? {} : { until };
}

/** A job that takes longer than its pool allows is ended with its machine. Off unless somebody asked for it. */
function overtime(facts: Facts): Step | undefined {
  const { cycle, pool, now } = facts;
  const at = timeoutAt(facts);
  if (cycle.phase !== "claimed" || at === undefined || now < at) return undefined;
  const minutes = Math.round((pool?.settings.jobTimeoutMs ?? 0) / 60_000);
  return {
    step: "retire",
    cause: `its job took longer than ${minutes === 1 ? "a minute" : `${minutes} minutes`}`,
    force: true,
  };
}

/** Waits, unless its runner has been offline for too long. */
export function watchRunner(facts: Facts, why: string): Step {
  const { v, cycle } = facts;
  const offlineSince = cycle.runner === undefined
    ? undefined
    : v.forges.get(cycle.runner.scope)?.offlineSince.get(cycle.runner.name);
  if (offlineSince === undefined || !runnerNow(facts).answering) return wait(why, { reading: "runners" });
  return reap(facts, offlineSince, why);
}

/** One reading never condemns a runner, and an outage must not look like the death of a pool: capped. */
function reap({ s, cycle, pool, now }: Facts, offlineSince: Ms, why: string): Step {
  const until = offlineSince + s.settings.times.offlineMs;
  if (now < until) return wait(`${why}; its runner is offline`, { until, reading: "runners" });
  const recent = (pool?.reaped ?? []).filter((at) => at > now - REAP_WINDOW_MS);
  const allowed = Math.max(1, Math.floor((pool?.settings.size ?? 1) * REAP_SHARE));
  if (recent.length < allowed) {
    return { step: "retire", cause: `the ${cycle.phase} runner was offline too long`, reap: true };
  }
  return wait(`${why}; its runner is offline`, { until: (recent[0] ?? now) + REAP_WINDOW_MS });
}

/** Off: its job is over, or somebody shut it down. */
export function finished(facts: Facts): Step {
  if (isLeaseMachine(facts)) return heldOff(facts);
  return nameJob(facts) ?? keepFailed(facts) ??
    recycle(facts, facts.cycle.phase === "claimed" ? jobsEnd(facts) : SHUT_DOWN);
}

/** A machine that dies goes off, too: that its job ended is said only where its guest or GitHub told it. */
function jobsEnd(facts: Facts): string {
  const { exit, runner } = facts.cycle;
  const { answering, row } = runnerNow(facts);
  const told = (exit !== undefined && exit.use === runner?.use) || (answering && row?.busy !== true);
  return told ? "its job ended" : "it went off, and nothing had told that its job was over";
}

/** Saved: under a lease, or by somebody. */
export function savedClaimed(facts: Facts): Step {
  return isLeaseMachine(facts) ? heldSaved(facts) : leaveClaimed(facts);
}

/** A machine with a job that is saved or paused by somebody is left alone: it may go on. */
export function leaveClaimed(facts: Facts): Step {
  return serve(facts);
}

export function lost({ cycle }: Facts): Step {
  return retire(`the VM was not running any more while ${cycle.phase}`);
}
