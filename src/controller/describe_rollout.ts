/** What `status` says of a pool's new generation. */
import { machinesOf, type Rollout } from "../model/rollout.ts";
import type { Pool, State } from "../model/state.ts";
import type { RolloutStatus } from "../model/status.ts";

function whyOf(s: State, pool: Pool, { to, phase, paused, cause }: Rollout): string {
  if (phase === "reverted") return cause ?? "it was taken back";
  if (paused) return "it waits until somebody lets it go on";
  const machines = machinesOf(s, pool, to);
  if (phase === "rolling") {
    return `${machines.length} of ${pool.settings.size} machines are of the new generation`;
  }
  if (machines.length === 0) return "its first machine is not made yet";
  return machines.some((machine) => machine.phase === "claimed")
    ? "its first machine runs its first job"
    : "its first machine has no job yet: the others follow after one, or " +
      `${
        Math.round(s.settings.times.canaryMs / 360_000) / 10
      } hours after it is online (deadlines.canary_seconds)`;
}

/** The rollout of a pool; `null` when there is none. */
export function describeRollout(s: State, pool: Pool): RolloutStatus | null {
  const { rollout, good } = pool;
  if (rollout === undefined || good === undefined) return null;
  const { to, phase, paused, failures, served, startedAt } = rollout;
  return {
    to,
    from: good.generation,
    phase,
    paused,
    failures,
    served,
    since: new Date(startedAt).toISOString(),
    why: whyOf(s, pool, rollout),
  };
}
