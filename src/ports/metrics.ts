/** What programs that watch hvpool are told in numbers. `telemetry` makes the page, the API serves it. */

/** The numbers as one page. */
export interface MetricsPage {
  /** In Prometheus' text format 0.0.4, as they are now. */
  text(): string;
}

/** Calls to the host that ended alike. */
export interface EndedCalls {
  /** Name of the call. */
  readonly call: string;
  readonly outcome: "ok" | "failed" | "unknown";
  /** Class of the failure; empty where it did not fail. */
  readonly code: string;
  readonly count: number;
}

/** How long things took. */
export interface Durations {
  /** Upper bound of each bucket, in seconds, rising. */
  readonly boundsSeconds: readonly number[];
  /** How many fell into each bucket and into none before it; one more than bounds, for those that took longer. */
  readonly counts: readonly number[];
  readonly sumSeconds: number;
}

/** Counts every call to the host, whatever answers it. */
export interface HostCallMetrics {
  ended(): readonly EndedCalls[];
  /** By name of the call. */
  durations(): ReadonlyMap<string, Durations>;
}

/** What the controller tells in numbers, beside its status. */
export interface ControllerFigures {
  /** Starts of the program over this journal. */
  readonly starts: number;
  /** Position of the journal's last event. */
  readonly seq: number;
  /** Answers that came after their operation was closed. */
  readonly lateAnswers: number;
  /** Cycles by pool and phase, every phase of every configured pool among them. */
  readonly cycles: readonly { readonly pool: string; readonly phase: string; readonly count: number }[];
  /** Every lane. */
  readonly lanes: readonly { readonly lane: string; readonly inFlight: number; readonly limit: number }[];
  /**
   * Machines that were resumed and did not go on, since the start of the program. `rung` is how often in a row: at 1 it
   * is put back once more, at 2 it is made anew.
   */
  readonly resumeFailures: readonly {
    readonly pool: string;
    readonly rung: number;
    readonly count: number;
  }[];
  /** Milliseconds since the epoch when the last complete list of VMs was begun; `undefined` before the first. */
  readonly vmsListedAt: number | undefined;
}
