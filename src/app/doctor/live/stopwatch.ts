/** Times of steps over all rounds, and what failed. */

/** One step over all rounds. */
export interface StepResult {
  /** A host call such as `vm.save`, or what was waited for. */
  readonly step: string;
  /** How often it went well. */
  readonly runs: number;
  /** How often it did not. */
  readonly failed: number;
  /** Milliseconds; `null` when it never went well. */
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  /** Why it failed last, or what there is to know; empty when there is nothing. */
  readonly message: string;
}

interface Kept {
  readonly times: number[];
  failed: number;
  message: string;
}

/** Keeps what is measured. */
export class Stopwatch {
  readonly #now: () => number;
  readonly #steps = new Map<string, Kept>();

  /** `now`: milliseconds that never go back. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Runs and times it; what it throws counts as a failure and is thrown on. */
  async time<V>(step: string, run: () => Promise<V>): Promise<V> {
    const startedAt = this.#now();
    try {
      const value = await run();
      this.add(step, this.#now() - startedAt);
      return value;
    } catch (error) {
      this.fail(step, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  add(step: string, ms: number): void {
    this.#kept(step).times.push(ms);
  }

  fail(step: string, message: string): void {
    const kept = this.#kept(step);
    kept.failed++;
    kept.message = message;
  }

  /** Something to know of a step that is no failure. */
  note(step: string, message: string): void {
    this.#kept(step).message = message;
  }

  /** In the order in which the steps were first taken. */
  results(): StepResult[] {
    return Array.from(this.#steps, ([step, { times, failed, message }]) => ({
      step,
      runs: times.length,
      failed,
      p50Ms: percentile(times, 0.5),
      p95Ms: percentile(times, 0.95),
      message,
    }));
  }

  #kept(step: string): Kept {
    const known = this.#steps.get(step);
    if (known !== undefined) return known;
    const kept: Kept = { times: [], failed: 0, message: "" };
    this.#steps.set(step, kept);
    return kept;
  }
}

/** The smallest value that at least this share of all does not exceed, to a tenth; `null` of none. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}
