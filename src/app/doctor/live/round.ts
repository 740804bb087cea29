/** One machine from its making to its end. */
import { cleanUp, type CleanupTimes } from "./cleanup.ts";
import type { LiveMachine } from "./machine.ts";
import { type LiveStep, STEPS } from "./steps.ts";

/** How a round is ended before its end. */
export interface RoundSignals {
  /** No further step; everything is removed. */
  readonly stop: AbortSignal;
  /** Nothing is waited for any more, not even for what is being removed. */
  readonly giveUp: AbortSignal;
}

/** Runs it. Answers what could not be removed. Never rejects because of the host. */
export async function runRound(
  machine: LiveMachine,
  { stop, giveUp }: RoundSignals,
  times: CleanupTimes = {},
): Promise<string[]> {
  for (const step of STEPS) {
    if (stop.aborted) break;
    if (step.when?.(machine) === false) continue;
    const done = await take(step, machine, stop);
    if (!done && step.essential !== false) break;
  }
  return await cleanUp(machine, giveUp, times);
}

async function take(step: LiveStep, machine: LiveMachine, stop: AbortSignal): Promise<boolean> {
  try {
    if (step.timesItself === true) await step.run(machine, stop);
    else await machine.watch.time(step.name, () => step.run(machine, stop));
    return true;
  } catch {
    return false; // the stopwatch has kept why
  }
}
