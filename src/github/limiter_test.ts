import { deepEqual, equal, ok } from "node:assert/strict";
import type { Clock } from "../ports/clock.ts";
import { DEFAULT_WRITE_LIMITS, WriteLimiter } from "./limiter.ts";

/** A clock that stands still until it is told. */
class HandClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<{ at: number; callback: () => void }>();

  now(): number {
    return this.#now;
  }

  at(at: number, callback: () => void): () => void {
    const timer = { at, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get waiting(): number {
    return this.#timers.size;
  }

  /** Goes on, calling what is due on the way, and lets promises settle. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
    }
    this.#now = end;
    await Promise.resolve();
    await Promise.resolve();
  }
}

const WAIT_MS = 600_000;

/** Starts writes that end at once, and counts those that had leave. */
function manyWrites(limiter: WriteLimiter, count: number): { started: number } {
  const seen = { started: 0 };
  for (let i = 0; i < count; i++) {
    limiter.acquire(WAIT_MS).then((leave) => {
      if (leave === undefined) return;
      seen.started++;
      leave();
    });
  }
  return seen;
}

Deno.test("acquire() lets twenty writes be under way, and the next one when one has ended", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter(DEFAULT_WRITE_LIMITS, clock);
  const leaves: (() => void)[] = [];
  for (let i = 0; i < 25; i++) limiter.acquire(WAIT_MS).then((leave) => leave && leaves.push(leave));
  await clock.advance(1_000);
  equal(leaves.length, 20);
  leaves[0]?.();
  leaves[0]?.(); // ending the same write twice frees one place
  await clock.advance(0);
  equal(leaves.length, 21);
  limiter.close();
});

Deno.test("acquire() lets a burst of a hundred through, then one every 400 ms", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter(DEFAULT_WRITE_LIMITS, clock);
  const seen = manyWrites(limiter, 120);
  await clock.advance(0);
  for (let i = 0; i < 10; i++) await clock.advance(0);
  equal(seen.started, 100);
  await clock.advance(399);
  equal(seen.started, 100);
  await clock.advance(1);
  equal(seen.started, 101);
  for (let i = 0; i < 4; i++) await clock.advance(400);
  equal(seen.started, 105);
  limiter.close();
});

Deno.test("acquire() never lets more than 150 writes start within a minute", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter(DEFAULT_WRITE_LIMITS, clock);
  const seen = manyWrites(limiter, 1_000);
  const perStep: number[] = [];
  for (let i = 0; i < 1_800; i++) {
    const before = seen.started;
    await clock.advance(100);
    perStep.push(seen.started - before);
  }
  for (let i = 0; i + 599 < perStep.length; i++) {
    const inMinute = perStep.slice(i, i + 599).reduce((sum, each) => sum + each, 0);
    ok(inMinute <= 150, `${inMinute} in the minute from ${i * 100} ms`);
  }
  ok(seen.started >= 440, `only ${seen.started} in three minutes`);
  limiter.close();
});

Deno.test("acquire() serves in the order of asking", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter({ perMinute: 60, burst: 1, atOnce: 1 }, clock);
  const order: number[] = [];
  for (const n of [1, 2, 3]) {
    limiter.acquire(WAIT_MS).then((leave) => {
      order.push(n);
      leave?.();
    });
  }
  for (let i = 0; i < 6; i++) await clock.advance(1_000);
  deepEqual(order, [1, 2, 3]);
  limiter.close();
});

Deno.test("acquire() gives up after the wait that it was given", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter({ perMinute: 1, burst: 1, atOnce: 5 }, clock);
  (await limiter.acquire(WAIT_MS))?.();
  let late: unknown = "waits";
  limiter.acquire(5_000).then((leave) => late = leave);
  await clock.advance(4_999);
  equal(late, "waits");
  equal(limiter.delayMs(), 60_000 - 4_999 + 60_000);
  await clock.advance(1);
  equal(late, undefined);
  equal(clock.waiting, 0);
});

Deno.test("close() answers all who wait and leaves no timer", async () => {
  const clock = new HandClock();
  const limiter = new WriteLimiter({ perMinute: 1, burst: 1, atOnce: 1 }, clock);
  const first = await limiter.acquire(WAIT_MS);
  const second = limiter.acquire(WAIT_MS);
  limiter.close();
  equal(await second, undefined);
  first?.();
  equal(clock.waiting, 0);
  equal(await limiter.acquire(WAIT_MS), undefined);
});
