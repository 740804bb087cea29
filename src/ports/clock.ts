/** Time as the loop sees it. The core never asks; it is told. */
import type { Ms } from "../model/ids.ts";

/** Wall time and one-shot timers. */
export interface Clock {
  /** Milliseconds since the Unix epoch. Never goes back within a run. */
  now(): Ms;
  /** Runs `callback` once, at `at` or as soon after it as possible; answers a function that cancels it. */
  at(at: Ms, callback: () => void): () => void;
}

/** How far the wall clock may run ahead before it is believed: after a sleep, or when it was set. */
const STEP_MS: Ms = 1_000;

/** Wall time that does not go back: a clock that is set back must not make anything wait for the lost time. */
export function steadyTime(wall: () => Ms, elapsed: () => Ms): () => Ms {
  let base = wall() - elapsed();
  return () => {
    const now = base + elapsed();
    const ahead = wall() - now;
    if (ahead <= STEP_MS) return Math.floor(now);
    base += ahead;
    return Math.floor(now + ahead);
  };
}

const now = steadyTime(() => Date.now(), () => performance.now());

/** The machine's own clock. */
export const systemClock: Clock = {
  now,
  at(at, callback) {
    // setTimeout holds at most 2^31-1 ms; a wake-up too early is harmless, since the loop looks again.
    const timer = setTimeout(callback, Math.min(Math.max(0, at - now()), 0x7fff_ffff));
    return () => clearTimeout(timer);
  },
};
