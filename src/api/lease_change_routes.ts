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
import { optionalBody, requiredBody } from "./routes.ts";
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

/** What is done with a leased machine without a name, as it stands in the path. */
export type LeaseVerb = "pause" | "resume" | "reset";
const VERB_TEXT: Readonly<Record<LeaseVerb, string>> = {
  pause: "Save the machine of a lease, memory and all; it holds no memory of the host meanwhile",
  resume: "Go on with a lease that is paused",
  reset: "Put the machine of a lease back to its clean checkpoint; its holder keeps it",
};

/** `POST /v1/leases/{lease}/pause`, `/resume` and `/reset` */
export function leaseVerbRoute<V extends LeaseVerb>(verb: V) {
  return createRoute({
    method: "post",
    path: `/v1/leases/{lease}/${verb}`,
    summary: VERB_TEXT[verb],
    security: holders,
    request: { params: leasePathSchema, query: answerWithinSchema, body: optionalBody(reasonSchema) },
    responses,
  });
}

/** `POST /v1/leases/{lease}/checkpoints` */
export const checkpointLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/checkpoints",
  summary: "Make a checkpoint of the machine of a lease, memory and disk, under a name",
  security: holders,
  request: {
    params: leasePathSchema,
    query: answerWithinSchema,
    body: requiredBody(checkpointLeaseSchema),
  },
  responses,
});

/** `POST /v1/leases/{lease}/checkpoints/{name}/restore` */
export const restoreLeaseRoute = createRoute({
  method: "post",
  path: "/v1/leases/{lease}/checkpoints/{name}/restore",
  summary: "Put the machine of a lease back to one of its checkpoints",
  security: holders,
  request: { params: checkpointPathSchema, query: answerWithinSchema, body: optionalBody(reasonSchema) },
  responses,
});

/** The verbs of {@linkcode leaseVerbRoute}. */
export const LEASE_VERBS: readonly LeaseVerb[] = ["pause", "resume", "reset"];

/** All routes of leases, for `methods.ts`. */
export const LEASE_ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  acquireRoute,
  leasesRoute,
  leaseRoute,
  heartbeatRoute,
  extendRoute,
  releaseLeaseRoute,
  forceReleaseRoute,
  ...LEASE_VERBS.map(leaseVerbRoute),
  checkpointLeaseRoute,
  restoreLeaseRoute,
];
