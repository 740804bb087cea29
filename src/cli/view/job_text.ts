/** Jobs as people read them. */
import type { JobAnswer } from "../../client/mod.ts";
import { formatAge, formatLocalTime } from "../options/duration.ts";
import { painted, styled } from "./state_style.ts";
import { type Cell, type Column, printable, table } from "./table.ts";
import type { View } from "./view.ts";

const COLUMNS: readonly Column[] = [
  { title: "STARTED" },
  { title: "DURATION", align: "right" },
  { title: "REPOSITORY" },
  { title: "JOB" },
  { title: "RESULT" },
  { title: "EXIT", align: "right" },
  { title: "VM" },
  { title: "POOL" },
];

/** A table. */
export function jobLines(jobs: readonly JobAnswer[], view: View): string[] {
  if (jobs.length === 0) return ["No such job is kept."];
  return table(COLUMNS, jobs.map((job) => row(job, view)), view);
}

/** Everything about one job, a line for each part. */
export function jobText(job: JobAnswer, view: View): string[] {
  const { result } = job;
  const rows: [label: string, text: string | null, shown?: string][] = [
    ["job", job.name],
    ["result", resultOf(job), painted(resultOf(job), view)],
    ["why", job.why],
    ["repository", job.repository],
    ["workflow", result?.workflow ?? null],
    ["name", result?.name ?? null],
    ["key", job.key],
    ["run", job.runId === null ? null : `${job.runId}, attempt ${job.attempt ?? 1}`],
    ["url", result?.url ?? null],
    ["vm", `${job.vm} (${job.cycle})`],
    ["pool", job.pool],
    ["generation", job.generation],
    ["scope", job.scope],
    ["queued", localTime(result?.queuedAt ?? null)],
    ["started", startedText(job)],
    ["ended", localTime(job.endedAt)],
    ["duration", durationOf(job, view)],
    ["cause", job.cause],
    ["exit", job.exit === null ? null : String(job.exit)],
  ];
  return rows.flatMap(([label, text, shown]) =>
    text === null || text === "" ? [] : [`${label.padEnd(12)}${shown ?? printable(text)}`]
  );
}

function row(job: JobAnswer, view: View): Cell[] {
  return [
    startedText(job),
    durationOf(job, view),
    job.repository ?? "",
    job.result?.name ?? job.key ?? "",
    styled(resultOf(job)),
    job.exit === null ? "" : String(job.exit),
    job.vm,
    job.pool,
  ];
}

/** GitHub's word where it has said one. */
function resultOf({ result, endedAt }: JobAnswer): string {
  return result?.conclusion ?? (endedAt === null ? "running" : "unknown");
}

/** When it began, or what is known of that. */
function startedText({ startedAt, startedEarlier }: JobAnswer): string {
  return `${startedEarlier ? "before " : ""}${formatLocalTime(Date.parse(startedAt))}`;
}

function durationOf({ startedAt, startedEarlier, endedAt }: JobAnswer, { now }: View): string {
  const age = formatAge((endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt));
  return startedEarlier ? `over ${age}` : age;
}

function localTime(at: string | null): string | null {
  const ms = Date.parse(at ?? "");
  return Number.isNaN(ms) ? null : formatLocalTime(ms);
}
