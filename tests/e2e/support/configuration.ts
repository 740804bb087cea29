/** Configurations for a simulator in another process, with times that suit one that is twenty times as fast. */

/** Times as short as the simulator's are, so that trouble and its end both fit into a test. */
export const SHORT_TIMES = {
  poll_vms_seconds: 0.5,
  poll_guests_seconds: 0.2,
  poll_claimed_seconds: 0.2,
  poll_runners_seconds: 0.5,
  poll_directories_seconds: 1,
  reading_max_age_seconds: 5,
  no_trace_seconds: 4,
  retry_min_seconds: 0.1,
  retry_max_seconds: 1,
  slot_backoff_min_seconds: 0.2,
  slot_backoff_max_seconds: 2,
  young_seconds: 4,
  grace_seconds: 2,
} as const;

/** A configuration as YAML: JSON is YAML, too. Sections given here come beside or replace the built-in ones. */
export function configuration(simulator: string, sections: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify(
    {
      debug: { simulator },
      api: { listen: "127.0.0.1:0" },
      deadlines: SHORT_TIMES,
      ...sections,
    },
    null,
    2,
  );
}
