/** Jobs as the journal has them: the events of each, put together. */
import type { JournalReader, JournalRow } from "../journal/journal.ts";
import type { Event, JobEvent } from "../model/events.ts";
import type { JobFilter, JobRow } from "../ports/operations.ts";

/** Events that are read at once. */
const PAGE = 5_000;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Puts one event to what is known of its job. */
function add(jobs: Map<string, Mutable<JobRow>>, { type, data, at }: Event & JobEvent): void {
  if (type === "job.started") {
    const { job, cycle, pool, vm, generation, scope, earlier = false } = data;
    jobs.set(job, {
      name: job,
      pool,
      vm,
      cycle,
      generation,
      scope,
      repository: null,
      runId: null,
      attempt: null,
      key: null,
      startedAt: new Date(at).toISOString(),
      startedEarlier: earlier,
      endedAt: null,
      cause: null,
      exit: null,
      result: null,
      why: null,
    });
    return;
  }
  const row = jobs.get(data.job);
  // Its beginning is older than what the journal keeps.
  if (row === undefined) return;
  switch (type) {
    case "job.named": {
      const { repository, runId, attempt, key } = data;
      Object.assign(row, { repository, runId, attempt, key });
      return;
    }
    case "job.ended":
      row.endedAt = new Date(at).toISOString();
      row.cause = data.cause;
      row.exit = data.exit ?? null;
      return;
    case "job.result":
      row.result = data.result ?? null;
      row.why = data.why ?? null;
      return;
    default:
      return type satisfies never;
  }
}

function isWanted(row: JobRow, { pool, vm, repository, result, since }: JobFilter): boolean {
  if (pool !== undefined && row.pool !== pool) return false;
  if (vm !== undefined && row.vm !== vm && row.cycle !== vm) return false;
  if (repository !== undefined && row.repository?.toLowerCase() !== repository.toLowerCase()) return false;
  if (since !== undefined && Date.parse(row.startedAt) < since) return false;
  if (result === undefined) return true;
  return result === "running" ? row.endedAt === null : row.result?.conclusion === result;
}

/** Newest first. */
export function findJobs(journal: Pick<JournalReader, "read">, filter: JobFilter, limit: number): JobRow[] {
  const jobs = new Map<string, Mutable<JobRow>>();
  let after = 0;
  for (;;) {
    const { rows } = journal.read({ after, limit: PAGE, streamPrefix: "job/" });
    // Our own journal holds only what `streamOf` put into these streams.
    for (const row of rows) add(jobs, row as JournalRow as unknown as Event & JobEvent);
    const last = rows.at(-1);
    if (last === undefined || rows.length < PAGE) break;
    after = last.seq;
  }
  return [...jobs.values()].filter((row) => isWanted(row, filter)).reverse().slice(0, limit);
}
