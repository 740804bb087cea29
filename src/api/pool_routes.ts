/** The routes of pools as OpenAPI knows them. The handlers are in `pools.ts`. */
import { createRoute } from "@hono/zod-openapi";
import { bearer, refusals, refused, requiredBody } from "./routes.ts";
import {
  createPoolSchema,
  deletePoolQuerySchema,
  poolPathSchema,
  poolsSchema,
  poolStatusSchema,
} from "./schemas.ts";

const unknownPool = refused("There is no such pool; `detail` names those that are near.");
const onePool = { "application/json": { schema: poolStatusSchema } };

/** `GET /v1/pools` */
export const poolsRoute = createRoute({
  method: "get",
  path: "/v1/pools",
  summary: "Every pool: those of the configuration first, then those made at run time",
  security: bearer,
  responses: {
    200: { description: "The pools.", content: { "application/json": { schema: poolsSchema } } },
    ...refusals,
  },
});

/** `POST /v1/pools` */
export const createPoolRoute = createRoute({
  method: "post",
  path: "/v1/pools",
  summary: "Make an agent pool that is in no configuration",
  description:
    "It is recorded at once, survives restarts, and its machines are made by and by: `GET` tells how far that " +
    "is. What the request does not say is as in the configuration. Asking again for the same pool changes nothing.",
  security: bearer,
  request: { body: requiredBody(createPoolSchema) },
  responses: {
    200: { description: "The same pool was there already.", content: onePool },
    201: { description: "The pool is made.", content: onePool },
    400: refused("The body is wrong, or what it asks for does not go together; `detail` says what."),
    404: refused("There is no such template; `detail` names those that there are."),
    409: refused(
      "A pool of this name is there with other settings, or in the configuration; or its machines could get the names " +
        "of another pool's (`conflict`).",
    ),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
  },
});

/** `GET /v1/pools/{pool}` */
export const poolRoute = createRoute({
  method: "get",
  path: "/v1/pools/{pool}",
  summary: "One pool",
  security: bearer,
  request: { params: poolPathSchema },
  responses: {
    200: { description: "The pool.", content: onePool },
    400: refused("The name is wrong."),
    404: unknownPool,
    ...refusals,
  },
});

/** `DELETE /v1/pools/{pool}` */
export const deletePoolRoute = createRoute({
  method: "delete",
  path: "/v1/pools/{pool}",
  summary: "Delete a pool that was made at run time",
  description: "Leases that wait for a machine of it end, and its machines are removed.",
  security: bearer,
  request: { params: poolPathSchema, query: deletePoolQuerySchema },
  responses: {
    204: { description: "It is deleted." },
    400: refused("The query is wrong."),
    404: unknownPool,
    409: refused("Machines of it are leased, or it stands in the configuration (`conflict`)."),
    ...refusals,
  },
});

/** All of them, for `methods.ts`. */
export const POOL_ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  poolsRoute,
  createPoolRoute,
  poolRoute,
  deletePoolRoute,
];
