/** A job of a run, as GitHub tells of it. */
import type { z } from "zod";
import type { JobResult } from "../model/job_result.ts";
import type { jobsAnswer } from "./answers.ts";

type Row = z.output<typeof jobsAnswer>["jobs"][number];

/** The job that ran on the runner of exactly this name. */
export function jobOn(rows: readonly Row[], runner: string): JobResult | undefined {
  const row = rows.find(({ runner_name: name }) => name === runner);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    name: row.name,
    workflow: row.workflow_name ?? null,
    conclusion: row.status === "completed" ? row.conclusion ?? null : null,
    queuedAt: row.created_at ?? null,
    startedAt: row.started_at ?? null,
    completedAt: row.completed_at ?? null,
    url: row.html_url ?? null,
  };
}
