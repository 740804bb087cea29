/** Every family of numbers that hvpool tells, once: page, documentation and tests come from this table. */

/** One family. */
export interface FamilyRow {
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** One sentence. */
  readonly help: string;
}

/** The table, in the order of the page. Names are a contract: none is renamed. */
export const FAMILIES = {
  hvpool_build_info: {
    type: "gauge",
    labels: ["version", "os", "arch"],
    help: "Always 1; the labels say which hvpool this is.",
  },
  process_start_time_seconds: {
    type: "gauge",
    labels: [],
    help: "When the process started, in seconds since the epoch.",
  },
  process_resident_memory_bytes: {
    type: "gauge",
    labels: [],
    help: "Memory of the process, without its workers.",
  },
  hvpool_heap_used_bytes: { type: "gauge", labels: [], help: "JavaScript heap in use." },
  hvpool_controller_starts_total: {
    type: "counter",
    labels: [],
    help:
      "Starts of the controller over this journal; counted in the journal, so that restarts do not reset it.",
  },
  hvpool_controller_state: {
    type: "gauge",
    labels: ["state"],
    help:
      "1 for the state that the controller is in (starting, running, stopping, draining), 0 for the others.",
  },
  hvpool_pool_size: { type: "gauge", labels: ["pool"], help: "Slots to keep filled; 0 is a paused pool." },
  hvpool_pool_ready: { type: "gauge", labels: ["pool"], help: "VMs whose runner is online and idle." },
  hvpool_pool_claimed: { type: "gauge", labels: ["pool"], help: "VMs that run a job." },
  hvpool_pool_standby: { type: "gauge", labels: ["pool"], help: "VMs in saved state, ready to be resumed." },
  hvpool_pool_parked: {
    type: "gauge",
    labels: ["pool"],
    help: "VMs that wait for the next lease of their last holder.",
  },
  hvpool_pool_off: { type: "gauge", labels: ["pool"], help: "VMs of agent pools that are made and off." },
  hvpool_pool_queued: { type: "gauge", labels: ["pool"], help: "Leases that wait for a machine." },
  hvpool_pool_starting: { type: "gauge", labels: ["pool"], help: "VMs on their way to ready." },
  hvpool_pool_failed: {
    type: "gauge",
    labels: ["pool"],
    help: "Cycles in quarantine, and slots that wait after a failure.",
  },
  hvpool_image_built_timestamp_seconds: {
    type: "gauge",
    labels: ["pool"],
    help: "When the pool's image was made, in seconds since the epoch; absent when it does not say so.",
  },
  hvpool_image_outdated_seconds: {
    type: "gauge",
    labels: ["pool"],
    help:
      "How long a newer runner than the image's has been known; 0 while it is the newest, absent when either is " +
      "not known.",
  },
  hvpool_image_licence_expires_timestamp_seconds: {
    type: "gauge",
    labels: ["pool"],
    help:
      "When the image's Windows licence ends, in seconds since the epoch; absent when it does not say so.",
  },
  hvpool_runner_info: {
    type: "gauge",
    labels: ["pool", "version", "latest"],
    help:
      "Always 1; the labels say which runner the pool's image has and which is the newest, empty before that is " +
      "known. Absent when the image's is not known.",
  },
  hvpool_cycles: {
    type: "gauge",
    labels: ["pool", "phase"],
    help: "Cycles by phase, also those that only wait for the end of their registration.",
  },
  hvpool_operations_in_flight: {
    type: "gauge",
    labels: ["lane"],
    help: "Operations whose answer is awaited, by lane.",
  },
  hvpool_lane_limit: {
    type: "gauge",
    labels: ["lane"],
    help: "Most calls of the lane at once; in the lane boot, machines that boot count as well.",
  },
  hvpool_resume_failures_total: {
    type: "counter",
    labels: ["pool", "rung"],
    help:
      "Machines that were resumed and did not go on; rung is how often in a row: at 1 it is put back once more, at " +
      "2 it is made anew.",
  },
  hvpool_late_answers_total: {
    type: "counter",
    labels: [],
    help: "Answers that came after their operation was closed, and were dropped.",
  },
  hvpool_journal_seq: {
    type: "gauge",
    labels: [],
    help: "Position of the journal's last event.",
  },
  hvpool_journal_commits_total: {
    type: "counter",
    labels: [],
    help: "Durable commits since the process started; one a turn at most.",
  },
  hvpool_github_up: {
    type: "gauge",
    labels: [],
    help:
      "1 while GitHub answers for every account, 0 while it fails for one; absent before the first answer.",
  },
  hvpool_github_rate_limit: {
    type: "gauge",
    labels: [],
    help:
      "Requests an hour that GitHub allows the account with the fewest left; absent before the first answer.",
  },
  hvpool_github_rate_remaining: {
    type: "gauge",
    labels: [],
    help: "Requests that the same account has left.",
  },
  hvpool_github_rate_reset_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help: "When the same account has all of them again, in seconds since the epoch.",
  },
  hvpool_host_listed_timestamp_seconds: {
    type: "gauge",
    labels: [],
    help:
      "When the last complete list of VMs was begun, in seconds since the epoch; absent before the first.",
  },
  hvpool_host_calls_total: {
    type: "counter",
    labels: ["call", "outcome", "code"],
    help:
      "Calls to the host that ended; outcome is ok, failed or unknown (no answer), code the class of a failure.",
  },
  hvpool_host_call_duration_seconds: {
    type: "histogram",
    labels: ["call"],
    help: "From a call to its end, with the wait for a worker.",
  },
  hvpool_workers: {
    type: "gauge",
    labels: ["kind"],
    help: "PowerShell processes alive now; kind is a lane, or watch.",
  },
  hvpool_worker_starts_total: { type: "counter", labels: ["kind"], help: "PowerShell processes started." },
  hvpool_worker_failed_starts_total: {
    type: "counter",
    labels: ["kind"],
    help: "PowerShell processes that ended, or never began, before they could take calls.",
  },
  hvpool_worker_kills_total: {
    type: "counter",
    labels: ["kind"],
    help: "PowerShell processes that hvpool ended because a call, a start or a watch did not answer.",
  },
  hvpool_worker_deaths_total: {
    type: "counter",
    labels: ["kind", "cause"],
    help:
      "PowerShell processes that ended without being asked to; cause is outside where they ended without a " +
      "word, as if somebody had ended them, else crash.",
  },
  hvpool_worker_leftovers_total: {
    type: "counter",
    labels: [],
    help: "PowerShell processes of an earlier run that were ended at the start.",
  },
  hvpool_worker_calls_total: {
    type: "counter",
    labels: ["call"],
    help: "Calls sent to a PowerShell process.",
  },
  hvpool_worker_calls_lost_total: {
    type: "counter",
    labels: ["call", "cause"],
    help:
      "Calls sent to a PowerShell process and never answered; cause is limit (past its limit, which cost the " +
      "process) or end (the process ended first).",
  },
  hvpool_worker_unread_lines_total: {
    type: "counter",
    labels: ["cause"],
    help:
      "Lines of PowerShell processes that are no message; cause is noise, half (the process ended within it) " +
      "or long (too long to be kept).",
  },
  hvpool_worker_read_bytes_total: {
    type: "counter",
    labels: [],
    help: "Bytes read from the stdout of PowerShell processes.",
  },
} as const satisfies Record<string, FamilyRow>;

/** Name of a family. */
export type FamilyName = keyof typeof FAMILIES;
/** The labels of a family, each with its value. */
export type FamilyLabels<N extends FamilyName> = {
  readonly [L in (typeof FAMILIES)[N]["labels"][number]]: string;
};

/** The table as docs/metrics.md shows it. */
export function familiesReference(): string {
  const rows = Object.entries(FAMILIES).map(([name, { type, labels, help }]) =>
    `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(", ")} | ${help} |`
  );
  return ["| name | type | labels | meaning |", "| --- | --- | --- | --- |", ...rows].join("\n");
}
