/** The routes that do something with a leased machine. The handlers are in `lease_changes.ts`. */
import { createRoute } from "@hono/zod-openapi";
import {
  acquireRoute,
  extendRoute,
  forceReleaseRoute,
  heartbeatRoute,
  holders,
  LEASE_REFUSALS,
  leaseRoute,
  leasesRoute,
  releaseLeaseRoute,
} from "./lease_routes.ts";
import {
  answerWithinSchema,
  checkpointLeaseSchema,
  checkpointPathSchema,
  leasePathSchema,
  leaseStatusSchema,
  reasonSchema,
} from "./schemas.ts";

const lease = { "application/json": { schema: leaseStatusSchema } };
const responses = {
  200: { description: "It is done, or was so already.", content: lease },
  202: {
    description: "It is recorded, and goes on: `change` of the lease is null when it is over.",
    content: lease,
  },
  ...LEASE_REFUSALS,
};
const reasonAlone = { content: { "application/json": { schema: reasonSchema } }, required: false };

/** `POST /v1/leases/{lease}/pause` */
export const pauseLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/pause",
  summary: "Save the machine of a lease, memory and all; it holds no memory of the host meanwhile",
  security: holders,
  request: { params: leasePathSchema, query: answerWithinSchema, body: reasonAlone },
  responses,
});

/** `POST /v1/leases/{lease}/resume` */
export const resumeLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/resume",
  summary: "Go on with a lease that is paused",
  security: holders,
  request: { params: leasePathSchema, query: answerWithinSchema, body: reasonAlone },
  responses,
});

/** `POST /v1/leases/{lease}/reset` */
export const resetLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/reset",
  summary: "Put the machine of a lease back to its clean checkpoint; its holder keeps it",
  security: holders,
  request: { params: leasePathSchema, query: answerWithinSchema, body: reasonAlone },
  responses,
});

/** `POST /v1/leases/{lease}/checkpoints` */
export const checkpointLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/checkpoints",
  summary: "Make a checkpoint of the machine of a lease, memory and disk, under a name",
  security: holders,
  request: {
    params: leasePathSchema,
    query: answerWithinSchema,
    body: { content: { "application/json": { schema: checkpointLeaseSchema } }, required: true },
  },
  responses,
});

/** `POST /v1/leases/{lease}/checkpoints/{name}/restore` */
export const restoreLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/checkpoints/{name}/restore",
  summary: "Put the machine of a lease back to one of its checkpoints",
  security: holders,
  request: { params: checkpointPathSchema, query: answerWithinSchema, body: reasonAlone },
  responses,
});

/** All routes of leases, for `methods.ts`. */
export const LEASE_ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  acquireRoute,
  leasesRoute,
  leaseRoute,
  heartbeatRoute,
  extendRoute,
  releaseLeaseRoute,
  forceReleaseRoute,
  pauseLeaseRoute,
  resumeLeaseRoute,
  resetLeaseRoute,
  checkpointLeaseRoute,
  restoreLeaseRoute,
];
