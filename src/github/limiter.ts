/**
 * Paces writes to one installation. Octokit's throttling lets one write a second through, which is far too slow
 * for a pool; GitHub's own limit is 900 points a minute per endpoint with five points a write.
 * Source: GitHub REST, "Rate limits for the REST API", secondary limits.
 */
import type { Clock } from "../ports/clock.ts";

/** How fast writes may go. */
export interface WriteLimits {
  /** At most this many start in any minute, and this is the pace in the long run. */
  readonly perMinute: number;
  /** So many may start at once after a quiet time. */
  readonly burst: number;
  /** So many may be under way at the same time. */
  readonly atOnce: number;
}

/** 150 a minute stay below the 180 that GitHub allows. */
export const DEFAULT_WRITE_LIMITS: WriteLimits = { perMinute: 150, burst: 100, atOnce: 20 };

/** Time that no correction of the system's clock moves. */
export const steadyClock: Clock = {
  now: () => performance.now(),
  at(at, callback) {
    const timer = setTimeout(callback, Math.min(Math.max(0, at - performance.now()), 0x7fff_ffff));
    return () => clearTimeout(timer);
  },
};

interface Waiter {
  readonly giveUpAt: number;
  readonly answer: (release: (() => void) | undefined) => void;
}

const MINUTE_MS = 60_000;

/** A token bucket with a window: first come, first served. */
export class WriteLimiter {
  readonly #limits: WriteLimits;
  readonly #clock: Clock;
  readonly #queue: Waiter[] = [];
  /** Starts of the last minute, oldest first. */
  readonly #starts: number[] = [];
  /** When the bucket is full again: the whole bucket in one number (generic cell rate algorithm). */
  #fullAt = -Infinity;
  #running = 0;
  #closed = false;
  #cancel: () => void = () => {};

  constructor(limits: WriteLimits = DEFAULT_WRITE_LIMITS, clock: Clock = steadyClock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /**
   * Waits for leave to write, at most `waitMs`. The caller calls the answer when the write has ended;
   * `undefined` says that leave did not come in time, and nothing may be sent.
   */
  acquire(waitMs: number): Promise<(() => void) | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((answer) => {
      this.#queue.push({ giveUpAt: this.#clock.now() + waitMs, answer });
      this.#pump();
    });
  }

  /** Milliseconds until the pace alone allows one more write behind those that wait. */
  delayMs(): number {
    const interval = MINUTE_MS / this.#limits.perMinute;
    return Math.max(0, this.#nextStart() - this.#clock.now()) + this.#queue.length * interval;
  }

  /** Answers everybody who waits with `undefined`, and ends the timer. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    for (const waiter of this.#queue.splice(0)) waiter.answer(undefined);
  }

  #nextStart(): number {
    const { perMinute, burst } = this.#limits;
    const bucket = this.#fullAt - (burst - 1) * (MINUTE_MS / perMinute);
    const oldest = this.#starts.at(-perMinute);
    return oldest === undefined ? bucket : Math.max(bucket, oldest + MINUTE_MS);
  }

  #pump(): void {
    this.#cancel();
    const now = this.#clock.now();
    while ((this.#starts[0] ?? Infinity) <= now - MINUTE_MS) this.#starts.shift();
    for (let i = 0; i < this.#queue.length;) {
      const waiter = this.#queue[i];
      if (waiter === undefined || waiter.giveUpAt > now) i++;
      else {
        this.#queue.splice(i, 1);
        waiter.answer(undefined);
      }
    }
    while (this.#running < this.#limits.atOnce && this.#nextStart() <= now) {
      const waiter = this.#queue.shift();
      if (waiter === undefined) break;
      this.#running++;
      this.#starts.push(now);
      this.#fullAt = Math.max(this.#fullAt, now) + MINUTE_MS / this.#limits.perMinute;
      waiter.answer(this.#releaseOnce());
    }
    if (this.#queue.length === 0) return;
    let wake = this.#running < this.#limits.atOnce ? this.#nextStart() : Infinity;
    for (const waiter of this.#queue) wake = Math.min(wake, waiter.giveUpAt);
    this.#cancel = this.#clock.at(wake, () => this.#pump());
  }

  #releaseOnce(): () => void {
    let released = false;
    return () => {
      if (released) return;
      released = true;
      this.#running--;
      if (!this.#closed) this.#pump();
    };
  }
}
