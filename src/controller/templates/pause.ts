/** Waiting that ends at once when a request is given up. */
import type { Ms } from "../../model/ids.ts";
import type { Clock } from "../../ports/clock.ts";
import { givenUp } from "./refused.ts";

/**
 * Waits by the clock.
 * @throws Refused `cancelled` as soon as the signal is given.
 */
export function pause(clock: Clock, waitMs: Ms, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(givenUp());
    const stop = () => {
      cancel();
      reject(givenUp());
    };
    const cancel = clock.at(clock.now() + waitMs, () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
    signal?.addEventListener("abort", stop, { once: true });
  });
}
