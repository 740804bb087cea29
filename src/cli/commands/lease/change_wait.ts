/** Asks for a change of a leased machine, and waits until it is done. */
import { type LeaseAnswer, type LeaseChange, type LeaseClient, TimedOut } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { formatAge } from "../../options/duration.ts";
import { pause } from "../../view/pause.ts";
import { ProgressView } from "../../view/progress.ts";
import { changeText } from "../../view/lease_text.ts";

/** The request itself is held for so long at most: then it is looked at again and again. */
const HELD_SECONDS = 2;
const LOOK_EVERY_MS = 1_000;

/** What is asked for. */
export interface WantedChange {
  readonly leases: LeaseClient;
  readonly id: string;
  readonly wanted: LeaseChange;
  /** Why, for the journal. */
  readonly reason?: string;
  /** Whether to wait until it is done. */
  readonly wait: boolean;
  readonly timeoutMs: number;
  /** Nothing but the answer is wanted. */
  readonly quiet: boolean;
}

/**
 * The lease once the change is done, or without waiting as it is then.
 *
 * @throws CliError when it came to nothing, took too long (exit code 124), or somebody stopped the command: it goes on
 */
export async function changeLease(
  { output, signals }: Pick<Invocation, "output" | "signals">,
  { leases: found, id, wanted, wait, timeoutMs, quiet, reason }: WantedChange,
): Promise<LeaseAnswer> {
  const leases = wait ? found.within(timeoutMs) : found;
  const deadline = Date.now() + timeoutMs;
  const stop = new AbortController();
  const unlisten = signals.onStop(() => stop.abort());
  const view = new ProgressView(output);
  const goesOn = `It goes on without this command; \`hvpool lease show ${id}\` says how far it is.`;
  try {
    // Its answer has to come before the time is over: else a hvpool that is well would be called silent.
    const answerWithinSeconds = Math.min(HELD_SECONDS, timeoutMs / 2000);
    let lease = await leases.change(id, wanted, { answerWithinSeconds, signal: stop.signal, reason });
    while (wait && lease.change !== null) {
      if (stop.signal.aborted) break;
      if (Date.now() >= deadline) {
        const why = lease.why === null ? "" : `: ${lease.why}`;
        throw new CliError(
          `${wanted.kind} of lease ${id} is not done after ${formatAge(timeoutMs)}${why}. ${goesOn}`,
          EXIT.timedOut,
        );
      }
      if (!quiet) view.update({ step: changeText(lease) });
      await pause(Math.min(LOOK_EVERY_MS, deadline - Date.now()), stop.signal);
      lease = await leases.show(id, stop.signal);
    }
    stop.signal.throwIfAborted();
    if (lease.change === null && !isDone(lease, wanted)) {
      const { state, why } = lease;
      throw new CliError(
        `${wanted.kind} of lease ${id} did not come about: it is ${state}${why === null ? "" : `, ${why}`}.`,
        EXIT.failed,
      );
    }
    return lease;
  } catch (error) {
    if (stop.signal.aborted) {
      throw new CliError(`${wanted.kind} of lease ${id} was asked for. ${goesOn}`, EXIT.failed);
    }
    if (error instanceof TimedOut) {
      throw new CliError(
        `${wanted.kind} of lease ${id} was asked for. ${error.message} \`hvpool lease show ${id}\` says how far it is.`,
        EXIT.timedOut,
      );
    }
    throw error;
  } finally {
    unlisten();
    view.end();
  }
}

/** Whether the lease is as it was to become; a reason for why it is not stands in `why`. */
function isDone({ state, checkpoints, why, lacks }: LeaseAnswer, wanted: LeaseChange): boolean {
  switch (wanted.kind) {
    case "pause":
      return state === "paused";
    case "checkpoint":
      return checkpoints.some(({ name }) => name === wanted.name);
    default:
      return state === "active" && (why === null || lacks !== undefined);
  }
}
