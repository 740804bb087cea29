/** The routes of what operators ask of pools and machines, as OpenAPI knows them. The handlers are in `maintenance.ts`. */
import { createRoute } from "@hono/zod-openapi";
import { bearer, optionalBody, refusals, refused, requiredBody } from "./routes.ts";
import {
  holdSchema,
  maintenanceSchema,
  poolPathSchema,
  reasonSchema,
  reloadRequestSchema,
  reloadSchema,
  resizeSchema,
  retireSchema,
  stopVmSchema,
  vmPathSchema,
} from "./schemas.ts";

const TAKEN_TEXT = "The next turn of the controller records it; it survives restarts. " +
  "Asking for what already is changes nothing, and is no error.";

/** One contract for all of them: every refusal has its meaning wherever it can come from. */
const taken = {
  202: {
    description: "Taken; `message` says what happens now.",
    content: { "application/json": { schema: maintenanceSchema } },
  },
  400: refused("The request is wrong; `detail` says where."),
  404: refused("There is no such pool or VM; `detail` names those that there are."),
  409: refused("The VM is not in a state for it, or the name fits none that fills a slot (`conflict`)."),
  413: refused("The body is too large."),
  415: refused("The body is not JSON."),
  ...refusals,
} as const;

/** What is asked of a pool, or of the whole host. */
export type CordonAction = "pause" | "drain" | "resume";
const CORDON_TEXT: Readonly<Record<CordonAction, string>> = {
  pause: "Make no machine; those that are there stay",
  drain: "Make no machine, and remove idle ones; machines with a job end it first",
  resume: "Make machines again: the end of a pause or a drain",
};

/** `POST /v1/pause`, `/v1/drain` and `/v1/resume`: of every pool. */
export function hostCordonRoute<A extends CordonAction>(action: A) {
  return createRoute({
    method: "post",
    path: `/v1/${action}`,
    summary: `Every pool: ${CORDON_TEXT[action]}`,
    description: TAKEN_TEXT,
    security: bearer,
    request: { body: optionalBody(reasonSchema) },
    responses: taken,
  });
}

/** `POST /v1/pools/{pool}/pause`, `/drain` and `/resume`. */
export function poolCordonRoute<A extends CordonAction>(action: A) {
  return createRoute({
    method: "post",
    path: `/v1/pools/{pool}/${action}`,
    summary: CORDON_TEXT[action],
    description: TAKEN_TEXT,
    security: bearer,
    request: { params: poolPathSchema, body: optionalBody(reasonSchema) },
    responses: taken,
  });
}

/** `POST /v1/pools/{pool}/resize` */
export const resizeRoute = createRoute({
  method: "post",
  path: "/v1/pools/{pool}/resize",
  summary: "Give a pool another number of machines, or that of the configuration",
  description: TAKEN_TEXT,
  security: bearer,
  request: { params: poolPathSchema, body: optionalBody(resizeSchema) },
  responses: taken,
});

/** What ends a machine. */
export type RetireAction = "recreate" | "destroy";
const RETIRE_TEXT: Readonly<Record<RetireAction, string>> = {
  recreate: "Make a VM anew",
  destroy: "Remove a VM; once it is gone, its slot is filled again unless its pool is paused",
};

/** `POST /v1/vms/{vm}/recreate` and `/destroy` */
export function retireRoute<A extends RetireAction>(action: A) {
  return createRoute({
    method: "post",
    path: `/v1/vms/{vm}/${action}`,
    summary: `${RETIRE_TEXT[action]}, once its job has ended`,
    description: TAKEN_TEXT,
    security: bearer,
    request: { params: vmPathSchema, body: optionalBody(retireSchema) },
    responses: taken,
  });
}

/** What is asked of a machine of an agent pool, as it stands in the path. */
export type WishVerb = "resume" | "save" | "reset" | "prepare";
const WISH_TEXT: Readonly<Record<WishVerb, string>> = {
  resume:
    "Wake a VM of an agent pool and keep it awake until it is leased; under a lease: the lease is resumed",
  save: "Save a VM of an agent pool, to be resumed for a lease only; under a lease: the lease is paused",
  reset: "Put a VM of an agent pool back to its clean checkpoint; under a lease: the lease is reset",
  prepare: "Make a VM of an agent pool ready now that is off",
};

/** `POST /v1/vms/{vm}/resume`, `/save`, `/reset` and `/prepare` */
export function wishRoute<V extends WishVerb>(verb: V) {
  return createRoute({
    method: "post",
    path: `/v1/vms/{vm}/${verb}`,
    summary: WISH_TEXT[verb],
    description: TAKEN_TEXT,
    security: bearer,
    request: { params: vmPathSchema, body: optionalBody(reasonSchema) },
    responses: taken,
  });
}

/** `POST /v1/vms/{vm}/stop` */
export const stopVmRoute = createRoute({
  method: "post",
  path: "/v1/vms/{vm}/stop",
  summary: "Turn a VM of an agent pool off and keep it off; with `force` also one under a lease, which ends",
  description: TAKEN_TEXT,
  security: bearer,
  request: { params: vmPathSchema, body: optionalBody(stopVmSchema) },
  responses: taken,
});

/** `POST /v1/vms/{vm}/hold` */
export const holdRoute = createRoute({
  method: "post",
  path: "/v1/vms/{vm}/hold",
  summary: "Keep a VM after its job, unregistered and isolated, for somebody to look at",
  description: TAKEN_TEXT,
  security: bearer,
  request: { params: vmPathSchema, body: requiredBody(holdSchema) },
  responses: taken,
});

/** `POST /v1/vms/{vm}/release` */
export const releaseRoute = createRoute({
  method: "post",
  path: "/v1/vms/{vm}/release",
  summary: "Keep a VM no longer that is held or in quarantine",
  description: TAKEN_TEXT,
  security: bearer,
  request: { params: vmPathSchema, body: optionalBody(reasonSchema) },
  responses: taken,
});

/** `POST /v1/reload` */
export const reloadRoute = createRoute({
  method: "post",
  path: "/v1/reload",
  summary: "Read the configuration file anew, or tell what that would change",
  description: "Machines with a job are left alone: they end it first.",
  security: bearer,
  request: { body: requiredBody(reloadRequestSchema) },
  responses: {
    200: {
      description: "What changes, or would change.",
      content: { "application/json": { schema: reloadSchema } },
    },
    400: refused("The body is wrong; `detail` says where."),
    409: refused(
      "The file cannot be used (`invalid_configuration`), `problems` says where. Nothing changed.",
    ),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
  },
});

/** The actions of {@linkcode hostCordonRoute} and {@linkcode poolCordonRoute}. */
export const CORDON_ACTIONS: readonly CordonAction[] = ["pause", "drain", "resume"];
/** The actions of {@linkcode retireRoute}. */
export const RETIRE_ACTIONS: readonly RetireAction[] = ["recreate", "destroy"];
/** The verbs of {@linkcode wishRoute}. */
export const WISH_VERBS: readonly WishVerb[] = ["resume", "save", "reset", "prepare"];

/** All of them, for `methods.ts`. */
export const MAINTENANCE_ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  ...CORDON_ACTIONS.map(hostCordonRoute),
  ...CORDON_ACTIONS.map(poolCordonRoute),
  resizeRoute,
  ...RETIRE_ACTIONS.map(retireRoute),
  ...WISH_VERBS.map(wishRoute),
  stopVmRoute,
  holdRoute,
  releaseRoute,
  reloadRoute,
];
