/** Waits until a pool has all its machines, and tells how far it is. */
import {
  ApiError,
  type Client,
  ConnectionLost,
  NotRunning,
  type PoolStatusAnswer,
} from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { formatAge } from "../../options/duration.ts";
import { FillView } from "../../view/fill_view.ts";
import { pause } from "../../view/pause.ts";

const LOOK_EVERY_MS = 500;

/** How it is waited. */
export interface FillOptions {
  readonly withinMs: number;
  /** When that is over, by `performance.now()`. */
  readonly deadline: number;
  /** Nothing but the answer is wanted. */
  readonly json: boolean;
}

/** Machines that are what their pool wants them to be. */
export function inPlace({ ready, claimed, standby, parked, off }: PoolStatusAnswer): number {
  return ready + claimed + standby + parked + off;
}

/** The pool once it is full. Ends the command with 124 when the time is over first, with 130 when it is interrupted. */
export async function fillPool(
  invocation: Invocation,
  client: Client,
  made: PoolStatusAnswer,
  { withinMs, deadline, json }: FillOptions,
): Promise<PoolStatusAnswer> {
  const { output, signals } = invocation;
  const stop = new AbortController();
  const unlisten = signals.onStop(() => stop.abort());
  const view = new FillView(output);
  let pool = made;
  let lost: string | undefined;
  try {
    for (;;) {
      if (!json) view.update({ ...pool, done: inPlace(pool), why: lost ?? pool.why });
      if (lost === undefined && inPlace(pool) >= pool.size) return pool;
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) break;
      await pause(Math.min(LOOK_EVERY_MS, leftMs), stop.signal);
      stop.signal.throwIfAborted();
      try {
        pool = await client.pool(made.name, stop.signal);
        lost = undefined;
      } catch (error) {
        // It may be started again, and fills the pool then.
        if (!(error instanceof NotRunning || error instanceof ConnectionLost)) throw error;
        lost = "hvpool does not answer";
      }
    }
  } catch (error) {
    view.end();
    throw explained(error, made.name, stop.signal.aborted);
  } finally {
    unlisten();
    view.end();
  }
  if (json) output.out(JSON.stringify({ pool }));
  const why = lost ?? pool.why ?? "its machines are being made";
  throw new CliError(
    `Pool ${pool.name} has ${inPlace(pool)} of ${pool.size} machines after ${formatAge(withinMs)}: ` +
      `${
        why.replace(/\.$/, "")
      }. It stays, and goes on being filled: \`hvpool pool show ${pool.name}\` tells how far it is.`,
    EXIT.timedOut,
  );
}

function explained(error: unknown, name: string, interrupted: boolean): unknown {
  if (interrupted) {
    return new CliError(
      `Pool ${name} goes on being filled without this command. \`hvpool pool show ${name}\` tells how far it is, ` +
        `\`hvpool pool delete ${name}\` removes it.`,
      EXIT.interrupted,
    );
  }
  if (error instanceof ApiError && error.code === "not_found") {
    return new CliError(`Somebody deleted the pool ${name} meanwhile.`, EXIT.failed);
  }
  return error;
}
