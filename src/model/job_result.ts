/** How a job ended, by GitHub's word. */

/** What GitHub says of a job. Times are ISO 8601 in UTC. */
export interface JobResult {
  /** GitHub's number of the job. */
  readonly id: number;
  /** Its name as the run's page shows it. */
  readonly name: string;
  /** Name of its workflow. */
  readonly workflow: string | null;
  /** `success`, `failure`, `cancelled`, `timed_out`, …; null while it is not over. */
  readonly conclusion: string | null;
  /** When it was queued. */
  readonly queuedAt: string | null;
  /** When a runner took it. */
  readonly startedAt: string | null;
  /** When it ended. */
  readonly completedAt: string | null;
  /** Its page. */
  readonly url: string | null;
}
