/** Rules for a machine whose runner is online or has a job, and for how it ends. */
import type { Ms } from "../ids.ts";
import { REAP_SHARE, REAP_WINDOW_MS } from "../settings.ts";
import { sayBye } from "./exit.ts";
import { recycle } from "./seal.ts";
import { type Facts, open, retire, runnerNow, type Step, unwanted, wait } from "./step.ts";

/** Its runner is online, or has a job. */
export function serve(facts: Facts): Step {
  const { cycle } = facts;
  const { row } = runnerNow(facts);
  if (cycle.phase === "online" && row?.busy === true) return { step: "enter", phase: "claimed" };
  if (cycle.phase === "online") {
    const reason = unwanted(facts);
    if (reason !== undefined) return retire(reason);
  }
  const step = watchRunner(facts, cycle.phase === "online" ? "waiting for a job" : "running a job");
  if (step.step !== "wait") return step;
  if (cycle.media) return open("media.take");
  if (cycle.phase === "online") return step;
  // Only the guest knows when its job is over before its machine is off.
  return sayBye(facts) ?? { ...step, reading: "guest" };
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
  return recycle(facts, facts.cycle.phase === "claimed" ? "its job ended" : "it was shut down");
}

/** A machine with a job that is saved or paused by somebody is left alone: it may go on. */
export function leaveClaimed(facts: Facts): Step {
  return serve(facts);
}

export function lost({ cycle }: Facts): Step {
  return retire(`the VM was not running any more while ${cycle.phase}`);
}
