/** Counts what workers do. */
import type { CallCounts, EngineCounts, EngineMetrics } from "../ports/engine_counts.ts";

type Simple = "starts" | "failedStarts" | "kills" | "deaths" | "leftovers" | "noiseLines";

/** The counters of one engine. */
export class Counters implements EngineMetrics {
  readonly #simple: Record<Simple, number> = {
    starts: 0,
    failedStarts: 0,
    kills: 0,
    deaths: 0,
    leftovers: 0,
    noiseLines: 0,
  };
  readonly #calls = new Map<string, { -readonly [K in keyof CallCounts]: number }>();
  #alive = 0;

  /** Counts something that has no more to it. */
  add(what: Simple, count = 1): void {
    this.#simple[what] += count;
  }

  /** A process lives, or lives no more. */
  living(change: 1 | -1): void {
    this.#alive += change;
  }

  /** A call was sent. */
  sent(call: string): void {
    this.#of(call).sent++;
  }

  /** A call was answered; `failed` with an error record. */
  answered(call: string, tookMs: number, failed: boolean): void {
    const counts = this.#of(call);
    counts.answeredMs += tookMs;
    if (failed) counts.failed++;
  }

  /** A call that was sent will not be answered. */
  lost(call: string): void {
    this.#of(call).unknown++;
  }

  /** The counts as they are now. */
  counts(): EngineCounts {
    const calls = Object.fromEntries(Array.from(this.#calls, ([call, counts]) => [call, { ...counts }]));
    return { ...this.#simple, alive: this.#alive, calls };
  }

  #of(call: string): { -readonly [K in keyof CallCounts]: number } {
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const counts = { sent: 0, failed: 0, unknown: 0, answeredMs: 0 };
    this.#calls.set(call, counts);
    return counts;
  }
}
