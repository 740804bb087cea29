/** The shapes of the job history. `schemas.ts` hands them on. */
import { z } from "zod";

const time = z.iso.datetime().meta({ description: "ISO 8601 in UTC." });

const jobResult = z.object({
  id: z.int().meta({ description: "GitHub's number of the job." }),
  name: z.string().meta({ description: "Its name as the run's page shows it." }),
  workflow: z.string().nullable(),
  conclusion: z.string().nullable().meta({
    description: "success, failure, cancelled, timed_out, …; null while it is not over.",
  }),
  queuedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  completedAt: z.string().nullable(),
  url: z.string().nullable(),
}).meta({ id: "JobResult" });

/** One job. The same as `JobRow` in `ports/operations.ts`. */
export const jobSchema = z.object({
  name: z.string().meta({ description: "Name of its runner: no two jobs have the same." }),
  pool: z.string(),
  vm: z.string().meta({ description: "Name of its VM." }),
  cycle: z.string().meta({ description: "<pool>/<slot>.<n>" }),
  generation: z.string().meta({ description: "What its VM was made from." }),
  scope: z.string().meta({ description: "orgs/<org> or repos/<owner>/<repo>: the account of its runner." }),
  repository: z.string().nullable().meta({
    description: "What its guest says: a hint, until there is a result.",
  }),
  runId: z.string().nullable(),
  attempt: z.int().nullable(),
  key: z.string().nullable().meta({ description: "The job's key in its workflow." }),
  startedAt: time,
  startedEarlier: z.boolean().meta({
    description:
      "It began before startedAt: it ran already when it was taken up after the loss of a journal.",
  }),
  endedAt: time.nullable(),
  cause: z.string().nullable().meta({ description: "Why its machine was given up." }),
  exit: z.int().nullable().meta({ description: "Exit code of the runner program." }),
  result: jobResult.nullable().meta({ description: "What GitHub says of it." }),
  why: z.string().nullable().meta({ description: "Why GitHub says nothing." }),
}).meta({ id: "Job" });
/** See {@linkcode jobSchema}. */
export type JobAnswer = z.infer<typeof jobSchema>;

/** Query of `GET /v1/jobs`. */
export const jobsQuerySchema = z.object({
  pool: z.string().min(1).max(200).optional(),
  vm: z.string().min(1).max(200).optional().meta({ description: "Name of a VM, or a cycle id." }),
  repository: z.string().max(200).regex(/^[^\s/]+\/[^\s/]+$/, "Expected owner/name").optional()
    .meta({ description: "owner/name" }),
  result: z.string().regex(/^[a-z_]{1,40}$/).optional().meta({
    description: "running, or a conclusion of GitHub's such as failure.",
  }),
  since: z.iso.datetime({ offset: true }).optional().meta({
    description: "Only jobs that began at or after this time.",
  }),
  limit: z.coerce.number().int().min(0).max(1_000_000).optional().meta({
    description: "Most jobs in the answer, the newest; 50 when absent, 0 means all.",
  }),
}).meta({ id: "JobsQuery" });
/** See {@linkcode jobsQuerySchema}. */
export type JobsQuery = z.infer<typeof jobsQuerySchema>;

/** Answer of `GET /v1/jobs` as one JSON object. */
export const jobsSchema = z.object({
  jobs: z.array(jobSchema).meta({ description: "Newest first." }),
}).meta({ id: "Jobs" });

/** Parameters in the path of `GET /v1/jobs/{name}`. */
export const jobPathSchema = z.object({
  name: z.string().min(1).max(200).meta({ description: "Name of a job's runner." }),
});
