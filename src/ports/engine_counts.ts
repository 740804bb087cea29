/** What an engine of processes counts of itself, for metrics. Everything counts up from the program's start. */

/** Counts of one call. */
export interface CallCounts {
  /** Sent to a worker. */
  readonly sent: number;
  /** Answered with an error record. */
  readonly failed: number;
  /** Never answered: past its limit, or the worker ended. */
  readonly unknown: number;
  /** Of these: past its limit, so that its worker was ended. */
  readonly late: number;
  /** Sum of the times from sending to the answer, in milliseconds. */
  readonly answeredMs: number;
}

/** Counts of the processes of one kind. */
export interface ProcessCounts {
  /** Processes started. */
  readonly starts: number;
  /** Processes that ended, or never began, before they said that they are ready. */
  readonly failedStarts: number;
  /** Processes ended by us because a call, a start or a watch did not answer. */
  readonly kills: number;
  /** Processes that ended by themselves, or were ended by somebody else, after they were ready. */
  readonly deaths: number;
  /** Of these: without a word, so that somebody else seems to have ended them. */
  readonly outsideEnds: number;
  /** Processes alive now. */
  readonly alive: number;
}

/** Counts of the whole engine. */
export interface EngineCounts extends ProcessCounts {
  /** Processes of an earlier run that were ended. */
  readonly leftovers: number;
  /** Lines of stdout and stderr that are no message. */
  readonly noiseLines: number;
  /** Last lines that a process ended in the middle of. */
  readonly halfLines: number;
  /** Lines dropped because they were too long to be kept. */
  readonly longLines: number;
  /** Bytes that came from the stdout of processes. */
  readonly readBytes: number;
  /** By what processes are for: a lane of calls, or `watch`. Adds up to the numbers above. */
  readonly processes: Readonly<Record<string, ProcessCounts>>;
  /** By call; calls never sent are absent. */
  readonly calls: Readonly<Record<string, CallCounts>>;
}

/** An engine that counts. */
export interface EngineMetrics {
  /** The counts as they are now. */
  counts(): EngineCounts;
}
