/** Waits for what may take minutes: progress on stderr, and Ctrl+C gives it up. */
import type { SlowOptions } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { ProgressView } from "../../view/progress.ts";

/** How it is followed. */
export interface FollowOptions {
  /** Nothing but the answer is wanted. */
  readonly json: boolean;
  /** What to say when it was given up. */
  readonly givenUp?: string;
}

/** Asks, shows progress, and answers with what came of it. */
export async function followed<T>(
  { output, signals }: Invocation,
  { json, givenUp = "Given up. What was copied stays: the same command goes on where it was." }:
    FollowOptions,
  ask: (options: SlowOptions) => Promise<T>,
): Promise<T> {
  const giveUp = new AbortController();
  const unlisten = signals.onStop(() => giveUp.abort());
  const view = new ProgressView(output);
  try {
    return await ask({
      signal: giveUp.signal,
      ...(json ? {} : { onProgress: (progress) => view.update(progress) }),
    });
  } catch (error) {
    if (giveUp.signal.aborted) throw new CliError(givenUp, EXIT.failed);
    throw error;
  } finally {
    unlisten();
    view.end();
  }
}
