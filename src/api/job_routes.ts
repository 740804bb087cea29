/** The routes of the job history as OpenAPI knows them. The handlers are in `jobs.ts`. */
import { createRoute } from "@hono/zod-openapi";
import { bearer, NDJSON_TYPE, refusals, refused } from "./routes.ts";
import { jobPathSchema, jobSchema, jobsQuerySchema, jobsSchema } from "./schemas.ts";

/** `GET /v1/jobs` */
export const jobsRoute = createRoute({
  method: "get",
  path: "/v1/jobs",
  summary: "Jobs that ran on machines of the pools, newest first",
  description: "With `Accept: application/x-ndjson` the answer is one job a line: for many of them.",
  security: bearer,
  request: { query: jobsQuerySchema },
  responses: {
    200: {
      description: "The jobs.",
      content: { "application/json": { schema: jobsSchema }, [NDJSON_TYPE]: { schema: jobSchema } },
    },
    400: refused("The query is wrong; `detail` says where."),
    404: refused(
      "There is no such pool or VM, and no job of one is kept; `detail` names those that there are.",
    ),
    ...refusals,
  },
});

/** `GET /v1/jobs/{name}` */
export const jobRoute = createRoute({
  method: "get",
  path: "/v1/jobs/{name}",
  summary: "One job",
  security: bearer,
  request: { params: jobPathSchema },
  responses: {
    200: { description: "The job.", content: { "application/json": { schema: jobSchema } } },
    404: refused("There is no such job, or it is no longer kept."),
    ...refusals,
  },
});
