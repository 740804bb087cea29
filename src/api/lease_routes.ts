/** The routes of leases as OpenAPI knows them; those that change a machine are in `lease_change_routes.ts`. */
import { createRoute } from "@hono/zod-openapi";
import { bearer, optionalBody, refusals, refused, requiredBody } from "./routes.ts";
import {
  acquiredSchema,
  acquireHeadersSchema,
  acquireSchema,
  answerWithinSchema,
  extendLeaseSchema,
  forceReleaseSchema,
  leasePathSchema,
  leasesSchema,
  leaseStatusSchema,
  releaseLeaseSchema,
} from "./schemas.ts";

/** Name of the security scheme of a lease's token. */
export const LEASE_TOKEN = "leaseToken";
/** A holder's token, or the administrator's. */
export const holders = [...bearer, { [LEASE_TOKEN]: [] }];

/** One contract for all of them: every refusal has its meaning wherever it can come from. */
export const LEASE_REFUSALS = {
  ...refusals,
  400: refused("The request is wrong, or asks for more than the pool allows; `detail` says what."),
  403: refused(
    "The token opens another lease (`not_your_lease`) or is a lease's where the administrator's is needed " +
      "(`administrator_only`), or the Host header names another machine.",
  ),
  404: refused("There is no such agent pool or checkpoint, or never was such a lease."),
  409: refused(
    "The Idempotency-Key was used for another request, or the lease's state forbids it (`conflict`).",
  ),
  410: refused("The lease has ended (`gone`); acquire another one."),
  413: refused("The body is too large."),
  415: refused("The body is not JSON."),
  503: refused("hvpool hands out no leases (`leases_unavailable`)."),
};

/** `POST /v1/leases` */
export const acquireRoute = createRoute({
  method: "post",
  path: "/v1/leases",
  summary: "Ask for a machine of an agent pool",
  description:
    "The lease is recorded at once, and waits for a machine unless one is free. It goes on when the request is cut off: " +
    "the same request under the same Idempotency-Key finds it again.",
  security: bearer,
  request: {
    query: answerWithinSchema,
    headers: acquireHeadersSchema,
    body: requiredBody(acquireSchema),
  },
  responses: {
    201: {
      description: "The lease is active: its machine is ready.",
      content: { "application/json": { schema: acquiredSchema } },
    },
    202: {
      description: "The lease waits, or its machine starts.",
      content: { "application/json": { schema: acquiredSchema } },
    },
    ...LEASE_REFUSALS,
  },
});

/** `GET /v1/leases` */
export const leasesRoute = createRoute({
  method: "get",
  path: "/v1/leases",
  summary: "Every lease that has not ended",
  security: bearer,
  responses: {
    200: { description: "The leases.", content: { "application/json": { schema: leasesSchema } } },
    ...LEASE_REFUSALS,
  },
});

/** `GET /v1/leases/{lease}` */
export const leaseRoute = createRoute({
  method: "get",
  path: "/v1/leases/{lease}",
  summary: "One lease; with its own token this is a heartbeat, too, unless it is paused",
  security: holders,
  request: { params: leasePathSchema },
  responses: {
    200: { description: "The lease.", content: { "application/json": { schema: leaseStatusSchema } } },
    ...LEASE_REFUSALS,
  },
});

/** `POST /v1/leases/{lease}/heartbeat` */
export const heartbeatRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/heartbeat",
  summary: "Say that the holder is still there",
  security: holders,
  request: { params: leasePathSchema },
  responses: {
    200: {
      description: "The lease goes on.",
      content: { "application/json": { schema: leaseStatusSchema } },
    },
    ...LEASE_REFUSALS,
  },
});

/** `POST /v1/leases/{lease}/extend` */
export const extendRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/extend",
  summary: "Give a lease another length, counted from its beginning",
  security: holders,
  request: {
    params: leasePathSchema,
    body: requiredBody(extendLeaseSchema),
  },
  responses: {
    200: {
      description: "The lease as the request leaves it; the controller's next turn records it.",
      content: { "application/json": { schema: leaseStatusSchema } },
    },
    ...LEASE_REFUSALS,
  },
});

/** `POST /v1/leases/{lease}/release` */
export const releaseLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/release",
  summary: "End a lease; releasing again changes nothing, and is no error",
  description:
    "With save and keep the machine waits for the next lease of the same holder, of the same pool, and comes to it as " +
    "it was left.",
  security: holders,
  request: {
    params: leasePathSchema,
    body: optionalBody(releaseLeaseSchema),
  },
  responses: {
    204: { description: "The lease ends, or has ended." },
    ...LEASE_REFUSALS,
  },
});

/** `POST /v1/leases/{lease}/force-release` */
export const forceReleaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/force-release",
  summary: "Take a machine away from its holder",
  security: bearer,
  request: {
    params: leasePathSchema,
    body: optionalBody(forceReleaseSchema),
  },
  responses: {
    204: { description: "The lease ends, or has ended." },
    ...LEASE_REFUSALS,
  },
});
