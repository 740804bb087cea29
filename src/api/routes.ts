/** Every route of the API as OpenAPI knows it. The handlers are in `app.ts`; those of templates, jobs and maintenance have files of their own. */
import { createRoute, z } from "@hono/zod-openapi";
import {
  eventsPageSchema,
  eventsQuerySchema,
  poolPathSchema,
  problemSchema,
  rolloutAnswerSchema,
  rolloutRequestSchema,
  statusSchema,
  stopAnswerSchema,
  stopRequestSchema,
} from "./schemas.ts";

/** Security of every route that needs the token. */
export const bearer = [{ token: [] }];

/** A body without which there is no request. */
export function requiredBody<S extends z.ZodType>(schema: S) {
  return { content: { "application/json": { schema } }, required: true } as const;
}

/** A body that may be left out. */
export function optionalBody<S extends z.ZodType>(schema: S) {
  return { content: { "application/json": { schema } }, required: false } as const;
}

/** A refusal as OpenAPI knows it. */
export function refused(description: string) {
  return { description, content: { "application/problem+json": { schema: problemSchema } } };
}

/** What every route with a token can answer. */
export const refusals = {
  401: refused("The token is missing or wrong."),
  403: refused("The Host header names another machine."),
};

/** `GET /v1/status` */
export const statusRoute = createRoute({
  method: "get",
  path: "/v1/status",
  summary: "The controller, its pools, VMs and GitHub at this moment",
  security: bearer,
  responses: {
    200: { description: "The status.", content: { "application/json": { schema: statusSchema } } },
    ...refusals,
  },
});

/** `GET /v1/events` */
export const eventsRoute = createRoute({
  method: "get",
  path: "/v1/events",
  summary: "What happened: a page as JSON, or a stream that goes on, oldest first",
  description:
    "With `Accept: text/event-stream` the answer is a stream of server-sent events: `id` is the event's seq, " +
    "`data` the event as JSON. `Last-Event-ID` goes on after that event. `event: reset` says that events were asked " +
    "for that are no longer kept. Comment lines are heartbeats.",
  security: bearer,
  request: { query: eventsQuerySchema },
  responses: {
    200: {
      description: "A page, or a stream.",
      content: {
        "application/json": { schema: eventsPageSchema },
        "text/event-stream": { schema: z.string() },
      },
    },
    400: refused("The query is wrong; `detail` says where."),
    404: refused("No event is kept of such a VM, pool or type, and there is none; not of a stream."),
    ...refusals,
    503: refused("Too many streams are open."),
  },
});

/** `POST /v1/stop` */
export const stopRoute = createRoute({
  method: "post",
  path: "/v1/stop",
  summary: "Stop the controller: no new work, steps in flight end, machines with jobs are left alone",
  security: bearer,
  request: { body: optionalBody(stopRequestSchema) },
  responses: {
    202: { description: "Recorded.", content: { "application/json": { schema: stopAnswerSchema } } },
    400: refused("The body is wrong; `detail` says where."),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
  },
});

/** `POST /v1/pools/{pool}/rollout` */
export const rolloutRoute = createRoute({
  method: "post",
  path: "/v1/pools/{pool}/rollout",
  summary: "Pause, go on with, promote, or take back a pool's new generation",
  description:
    "The answer shows the rollout as the request leaves it. The next turn of the controller records it, and only " +
    "then machines follow. Asking for what already is changes nothing, and is no error.",
  security: bearer,
  request: {
    params: poolPathSchema,
    body: requiredBody(rolloutRequestSchema),
  },
  responses: {
    202: { description: "Taken.", content: { "application/json": { schema: rolloutAnswerSchema } } },
    400: refused("The body is wrong; `detail` says where."),
    404: refused("There is no such pool; `detail` names those that there are."),
    409: refused("The pool's machines have no new generation (`nothing_rolled_out`)."),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
  },
});

/** `GET /healthz` */
export const healthRoute = createRoute({
  method: "get",
  path: "/healthz",
  summary: "Whether the program answers; needs no token",
  security: [],
  responses: {
    200: { description: "It does.", content: { "text/plain": { schema: z.string() } } },
    403: refused("The Host header names another machine."),
  },
});

/** Content type of Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Content type of answers that take long or are many: one JSON object a line (https://github.com/ndjson/ndjson-spec).
 * Its type is no literal, since hono's types take every literal that ends in json for a single JSON value.
 */
export const NDJSON_TYPE: string = "application/x-ndjson";

/** `GET /metrics` */
export const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Numbers for Prometheus, in its text format 0.0.4",
  security: bearer,
  responses: {
    200: { description: "The numbers at this moment.", content: { "text/plain": { schema: z.string() } } },
    ...refusals,
  },
});

/** Path of the OpenAPI document. */
export const OPENAPI_PATH = "/v1/openapi.json";
