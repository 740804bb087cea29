/** Counts what workers do. */
import type { CallCounts, EngineCounts, EngineMetrics, ProcessCounts } from "../ports/engine_counts.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type OfEngine = "leftovers" | "noiseLines" | "halfLines" | "longLines" | "readBytes";
type OfProcess = keyof ProcessCounts;

const NO_PROCESS: ProcessCounts = {
  starts: 0,
  failedStarts: 0,
  kills: 0,
  deaths: 0,
  outsideEnds: 0,
  alive: 0,
};

/** The counters of one engine. */
export class Counters implements EngineMetrics {
  readonly #simple: Record<OfEngine, number> = {
    leftovers: 0,
    noiseLines: 0,
    halfLines: 0,
    longLines: 0,
    readBytes: 0,
  };
  readonly #processes = new Map<string, Writable<ProcessCounts>>();
  readonly #calls = new Map<string, Writable<CallCounts>>();

  /** @param kinds What processes there may be for: these are told also while there was none. */
  constructor(kinds: readonly string[] = []) {
    for (const kind of kinds) this.#processes.set(kind, { ...NO_PROCESS });
  }

  /** Counts something that has no more to it. */
  add(what: OfEngine, count = 1): void {
    this.#simple[what] += count;
  }

  /** Counts something that happened to a process; `kind` is what it is for. */
  process(kind: string, what: OfProcess, count = 1): void {
    const counts = this.#processes.get(kind) ?? { ...NO_PROCESS };
    this.#processes.set(kind, counts);
    counts[what] += count;
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

  /** A call that was sent will not be answered; `late`: it was given up past its limit. */
  lost(call: string, late: boolean): void {
    const counts = this.#of(call);
    counts.unknown++;
    if (late) counts.late++;
  }

  /** The counts as they are now. */
  counts(): EngineCounts {
    const total = { ...NO_PROCESS };
    for (const counts of this.#processes.values()) {
      for (const what of Object.keys(total) as OfProcess[]) total[what] += counts[what];
    }
    return { ...total, ...this.#simple, processes: copied(this.#processes), calls: copied(this.#calls) };
  }

  #of(call: string): Writable<CallCounts> {
    const known = this.#calls.get(call);
    if (known !== undefined) return known;
    const counts = { sent: 0, failed: 0, unknown: 0, late: 0, answeredMs: 0 };
    this.#calls.set(call, counts);
    return counts;
  }
}

function copied<T extends object>(counts: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries(Array.from(counts, ([key, each]) => [key, { ...each }]));
}
