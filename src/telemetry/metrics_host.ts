/** Counts calls to the host and measures them, whatever answers: workers, or the simulated host. */
import type { HostPort } from "../ports/host.ts";
import type { Durations, EndedCalls, HostCallMetrics } from "../ports/metrics.ts";

/** From a quick query to the longest limit of a call. */
const BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

interface Measured {
  readonly boundsSeconds: readonly number[];
  readonly counts: number[];
  sumSeconds: number;
}

/** What was counted. */
class HostCallCounts implements HostCallMetrics {
  readonly #ended = new Map<string, Writable<EndedCalls>>();
  readonly #durations = new Map<string, Measured>();

  count(call: string, outcome: EndedCalls["outcome"], code: string, tookMs: number): void {
    const key = `${call} ${outcome} ${code}`;
    const ended = this.#ended.get(key);
    if (ended === undefined) this.#ended.set(key, { call, outcome, code, count: 1 });
    else ended.count++;
    const seconds = tookMs / 1000;
    const measured = this.#measured(call);
    const bucket = BOUNDS_SECONDS.findIndex((bound) => seconds <= bound);
    const at = bucket < 0 ? BOUNDS_SECONDS.length : bucket;
    measured.counts[at] = (measured.counts[at] ?? 0) + 1;
    measured.sumSeconds += seconds;
  }

  ended(): readonly EndedCalls[] {
    return Array.from(this.#ended.values(), (ended) => ({ ...ended }));
  }

  durations(): ReadonlyMap<string, Durations> {
    return this.#durations;
  }

  #measured(call: string): Measured {
    const known = this.#durations.get(call);
    if (known !== undefined) return known;
    const counts = new Array<number>(BOUNDS_SECONDS.length + 1).fill(0);
    const fresh = { boundsSeconds: BOUNDS_SECONDS, counts, sumSeconds: 0 };
    this.#durations.set(call, fresh);
    return fresh;
  }
}

/** The same host, and what is counted of calls through it. */
export function meteredHost(host: HostPort): { host: HostPort; calls: HostCallMetrics } {
  const calls = new HostCallCounts();
  return {
    calls,
    host: {
      async call(name, args, options) {
        const begunAt = performance.now();
        const result = await host.call(name, args, options);
        const code = result.outcome === "failed" ? result.code : "";
        calls.count(name, result.outcome, code, performance.now() - begunAt);
        return result;
      },
      watch: (listener) => host.watch(listener),
      close: () => host.close(),
    },
  };
}
