/** Time as the loop sees it. The core never asks; it is told. */
import type { Ms } from "../model/ids.ts";

/** Wall time and one-shot timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Ms;
  /** Runs `callback` once, at `at` or as soon after it as possible; answers a function that cancels it. */
  at(at: Ms, callback: () => void): () => void;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(at, callback) {
    // setTimeout holds at most 2^31-1 ms; a wake-up too early is harmless, since the loop looks again.
    const timer = setTimeout(callback, Math.min(Math.max(0, at - Date.now()), 0x7fff_ffff));
    return () => clearTimeout(timer);
  },
};
