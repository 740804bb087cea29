/** How long requests wait for an answer that does not come, and what that means then. */
import { NotAnswering, TimedOut } from "./errors.ts";
import type { SilentError } from "./http.ts";

/** However little time is left, an answer is given this long. */
const LEAST_MS = 1_000;
/** Timers may be this early. */
const EARLY_MS = 100;

/** Of requests that may have a time for all of them together. */
export class Patience {
  readonly #withinMs: number | undefined;
  /** By `performance.now()`. */
  readonly #deadline: number;

  /** `withinMs`: no request waits longer than so long from now on. */
  constructor(withinMs?: number) {
    this.#withinMs = withinMs;
    this.#deadline = performance.now() + (withinMs ?? Infinity);
  }

  /** How long an answer may be silent that else might be for `usualMs`. */
  silenceMs(usualMs: number): number {
    return Math.min(usualMs, Math.max(LEAST_MS, this.#deadline - performance.now()));
  }

  /** What a silence means; `effect` says what may come of the request all the same. */
  ended(who: string, effect: string, cause: SilentError): NotAnswering {
    const text = (when: string) =>
      `${who} did not answer ${when}: it is very busy, or it hangs.${effect} Its log says what it does; if it hangs, ` +
      "end its process and start it again.";
    if (this.#withinMs === undefined || performance.now() + EARLY_MS < this.#deadline) {
      return new NotAnswering(text(`within ${cause.silenceMs / 1_000} s`), { cause });
    }
    return new TimedOut(text(`in the time to wait, ${this.#withinMs / 1_000} s`), { cause });
  }
}
