/** What is there beside the machines of pools, and what a lost journal left. */
import { createRoute, type OpenAPIHono } from "@hono/zod-openapi";
import type { Operations } from "../ports/operations.ts";
import { inventorySchema, reconcileSchema } from "./inventory_schemas.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import { maintenanceSchema } from "./maintenance_schemas.ts";
import { bearer, refusals, refused } from "./routes.ts";
import { byOf } from "./source.ts";

const inventoryRoute = createRoute({
  method: "get",
  path: "/v1/inventory",
  summary: "What is on the host and at GitHub beside the machines of pools, what becomes of it, and why",
  security: bearer,
  responses: {
    200: {
      description: "By the last lists.",
      content: { "application/json": { schema: inventorySchema } },
    },
    ...refusals,
  },
});

const reconcileRoute = createRoute({
  method: "post",
  path: "/v1/reconcile",
  summary: "Take up what a lost journal knew",
  description: "Without a lost journal nothing changes, and it is no error.",
  security: bearer,
  request: { body: { content: { "application/json": { schema: reconcileSchema } }, required: true } },
  responses: {
    202: { description: "Taken.", content: { "application/json": { schema: maintenanceSchema } } },
    400: refused("The body is wrong; `detail` says where."),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
  },
});

/** All of them, for `methods.ts`. */
export const INVENTORY_ROUTES: readonly { readonly path: string; readonly method: string }[] = [
  inventoryRoute,
  reconcileRoute,
];

/** Adds the routes. */
export function addInventoryRoutes(
  app: OpenAPIHono,
  operations: Pick<Operations, "inventory" | "reconcile">,
): void {
  app.use(reconcileRoute.path, smallBody, jsonBody);
  app.openapi(inventoryRoute, (c) => {
    const { items, listedAt, lostUpTo } = operations.inventory();
    return c.json({ items: [...items], listedAt, lostUpTo }, 200);
  });
  app.openapi(reconcileRoute, (c) => {
    const { adopt, reason } = c.req.valid("json");
    const { message, changed } = operations.reconcile({ adopt, ...byOf(c, reason) });
    return c.json({ message, changed }, 202);
  });
}
