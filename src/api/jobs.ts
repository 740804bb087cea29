/** Answers what is asked about jobs. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { JobFilter, JobRow, Operations } from "../ports/operations.ts";
import { jobRoute, jobsRoute } from "./job_routes.ts";
import type { Mutable } from "./mutable.ts";
import { nearNames } from "./near_names.ts";
import { PROBLEM_TYPE, problemBody } from "./problem.ts";
import type { JobsQuery } from "./schemas.ts";
import { NDJSON_TYPE } from "./routes.ts";

/** Jobs in an answer whose size is not named. */
const DEFAULT_LIMIT = 50;
/** Of all jobs that are kept. */
const ALL = Number.MAX_SAFE_INTEGER;
/** Lines that are sent at once. */
const LINES_PER_PART = 500;

/** Adds the routes of jobs. */
export function addJobRoutes(app: OpenAPIHono, operations: Pick<Operations, "jobs" | "status">): void {
  app.openapi(jobsRoute, (c) => {
    const query = c.req.valid("query");
    const { limit = DEFAULT_LIMIT } = query;
    const jobs = operations.jobs(jobFilter(query), limit === 0 ? ALL : limit) as Mutable<JobRow>[];
    const unknown = jobs.length > 0 ? undefined : nothingOf(query);
    if (unknown !== undefined) return c.json(problemBody("not_found", unknown), 404, PROBLEM_TYPE);
    if (!/\bapplication\/x-ndjson\b/i.test(c.req.header("accept") ?? "")) return c.json({ jobs }, 200);
    return new Response(jobLines(jobs), { headers: { "content-type": NDJSON_TYPE } });
  });

  app.openapi(jobRoute, (c) => {
    const { name } = c.req.valid("param");
    const jobs = operations.jobs({}, ALL);
    const job = jobs.find((one) => one.name === name);
    if (job !== undefined) return c.json(job as Mutable<JobRow>, 200);
    const near = nearNames(name, jobs.map((one) => one.name));
    return c.json(problemBody("not_found", `No job "${name}" is kept. ${near}`), 404, PROBLEM_TYPE);
  });

  /** Says that there is no such pool or VM, and that no job of one is kept: what is gone has a history still. */
  function nothingOf({ pool, vm }: JobsQuery): string | undefined {
    const { pools, vms } = operations.status();
    if (pool !== undefined && !pools.some(({ name }) => name === pool)) {
      if (operations.jobs({ pool }, 1).length > 0) return undefined;
      return `There is no pool "${pool}", and no job of one is kept. ${
        nearNames(pool, pools.map(({ name }) => name))
      }`;
    }
    if (vm !== undefined && !vms.some(({ name, cycle }) => name === vm || cycle === vm)) {
      if (operations.jobs({ vm }, 1).length > 0) return undefined;
      const names = [...new Set(vms.map(({ name }) => name))];
      return `There is no VM "${vm}", and no job of one is kept. ${nearNames(vm, names)}`;
    }
    return undefined;
  }
}

function jobFilter({ pool, vm, repository, result, since }: JobsQuery): JobFilter {
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(vm === undefined ? {} : { vm }),
    ...(repository === undefined ? {} : { repository }),
    ...(result === undefined ? {} : { result }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
  };
}

/** Made as it is read: a slow reader holds up nobody. */
function jobLines(jobs: readonly JobRow[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const part = jobs.slice(next, next + LINES_PER_PART);
      next += part.length;
      if (part.length === 0) return controller.close();
      controller.enqueue(encoder.encode(part.map((job) => JSON.stringify(job) + "\n").join("")));
    },
  }, { highWaterMark: 0 });
}
