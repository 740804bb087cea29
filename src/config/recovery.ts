/** How long the pool may take to be whole again after everything went wrong, from the configured times. */
import { OPERATIONS } from "../model/calls.ts";
import type { Ms } from "../model/ids.ts";
import type { Times } from "../model/settings.ts";

/** Longest time that each phase may last, and what it comes to. All in milliseconds. */
export interface RecoveryBound {
  readonly phases: Readonly<Record<"provisioning" | "booting" | "joining" | "online" | "retiring", Ms>>;
  readonly longestPhaseMs: Ms;
  readonly longestBackoffMs: Ms;
  /** One undisturbed cycle. */
  readonly cycleMs: Ms;
  /** `longestPhaseMs + longestBackoffMs + 2 × cycleMs`. */
  readonly totalMs: Ms;
}

/** The bound in words, for `config show` and the reference. */
export const RECOVERY_FORMULA =
  "the longest phase deadline under way, retiring included, plus the longest back-off, plus two undisturbed cycles";

/**
 * Capacity is back within this time after the last fault. Waiting for GitHub, for memory or for a lane is not
 * counted: it has no bound of ours. `cycleMs` is how long an undisturbed cycle takes on the host at hand; without
 * it, the deadlines that such a cycle keeps to are taken, which is the most it can be.
 */
export function recoveryBound(times: Times, cycleMs?: Ms): RecoveryBound {
  const limit = (name: keyof typeof OPERATIONS): Ms => OPERATIONS[name].limitMs;
  const poll = times.pollVmsMs + times.pollGuestsMs + times.pollRunnersMs;
  // A creation that was not answered counts as absent only after noTraceMs.
  const provisioning = times.retryForMs + limit("disk.createChild") + limit("vm.create") + times.noTraceMs +
    times.pollDirectoriesMs;
  const booting = limit("vm.start") + times.bootMs + poll;
  const joining = limit("runner.register") + limit("media.put") + times.joinMs + poll;
  const online = times.offlineMs + poll;
  // Law 7: GitHub's "not found" counts from a certain age on, then the machine gets a moment to end by itself.
  const retiring = limit("runner.remove") + times.youngMs + times.graceMs + limit("vm.turnOff") +
    limit("vm.remove") +
    limit("dir.remove") + 3 * times.retryMaxMs + poll + times.pollDirectoriesMs;
  const phases = { provisioning, booting, joining, online, retiring };
  const longestPhaseMs = Math.max(...Object.values(phases));
  const longestBackoffMs = Math.max(times.slotBackoffMaxMs, times.retryMaxMs);
  const cycle = cycleMs ?? limit("disk.createChild") + limit("vm.create") + booting + joining;
  return {
    phases,
    longestPhaseMs,
    longestBackoffMs,
    cycleMs: cycle,
    totalMs: longestPhaseMs + longestBackoffMs + 2 * cycle,
  };
}
