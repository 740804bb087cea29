/** Runs of workflows as the simulated GitHub tells of them: each job is the one of a run of its own. */
import type { Ms } from "../model/ids.ts";
import type { JobResult } from "../model/job_result.ts";
import type { Job } from "./jobs.ts";
import type { Runner } from "./runner.ts";

/** Every run is in its first attempt. */
export const ATTEMPT = 1;
const WORKFLOW = "simulated";

/** What the runner's job hooks say, as `hvpool.job` has it. */
export function hookText(state: "running" | "done", { id, repository }: Job): string {
  return `${state} ${repository ?? ""} ${id}.${ATTEMPT} job-${id}`;
}

/** Times as GitHub writes them: in whole seconds. */
function time(at: Ms): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
}

/** What GitHub calls the state of a job, and how it ended. A job whose runner was lost has failed. */
function statusOf(
  { state }: Job,
): { status: "queued" | "in_progress" | "completed"; conclusion: "success" | "failure" | null } {
  switch (state) {
    case "queued":
      return { status: "queued", conclusion: null };
    case "running":
      return { status: "in_progress", conclusion: null };
    case "done":
      return { status: "completed", conclusion: "success" };
    case "failed":
    case "lost":
      return { status: "completed", conclusion: "failure" };
    default:
      return state satisfies never;
  }
}

const nameOf = ({ id }: Job) => `job-${id}`;
const pageOf = ({ id, repository }: Job) => `https://github.com/${repository}/actions/runs/${id}/job/${id}`;
/** GitHub gives the time of its creation to a job that has not begun. */
const startOf = ({ startedAt, queuedAt }: Job) => time(startedAt ?? queuedAt);

/** How a job ended, as the port tells it. */
export function jobResult(job: Job): JobResult {
  return {
    id: job.id,
    name: nameOf(job),
    workflow: WORKFLOW,
    conclusion: statusOf(job).conclusion,
    queuedAt: time(job.queuedAt),
    startedAt: startOf(job),
    completedAt: job.endedAt === null ? null : time(job.endedAt),
    url: pageOf(job),
  };
}

/** A job in the shape of GitHub's REST reference. `apiUrl` has no slash at its end. */
export function jobBody(
  { job, runner }: { job: Job; runner: Runner | undefined },
  about: { apiUrl: string; groupName: string | undefined },
) {
  const repository = `${about.apiUrl}/repos/${job.repository}`;
  return {
    id: job.id,
    name: nameOf(job),
    ...statusOf(job),
    "run_id": job.id,
    "run_url": `${repository}/actions/runs/${job.id}`,
    "run_attempt": ATTEMPT,
    "workflow_name": WORKFLOW,
    "node_id": `JOB_${job.id}`,
    "head_sha": job.id.toString(16).padStart(40, "0"),
    "head_branch": "main",
    url: `${repository}/actions/jobs/${job.id}`,
    "html_url": pageOf(job),
    "check_run_url": `${repository}/check-runs/${job.id}`,
    "created_at": time(job.queuedAt),
    "started_at": startOf(job),
    "completed_at": job.endedAt === null ? null : time(job.endedAt),
    steps: [],
    labels: [...job.labels],
    "runner_id": runner?.id ?? null,
    "runner_name": runner?.name ?? null,
    "runner_group_id": runner?.groupId ?? null,
    "runner_group_name": about.groupName ?? null,
  };
}
