/** The routes of templates as OpenAPI knows them. The handlers are in `templates.ts`. */
import { createRoute, type z } from "@hono/zod-openapi";
import { bearer, NDJSON_TYPE, refusals, refused, requiredBody } from "./routes.ts";
import {
  checksLineSchema,
  exportTemplateSchema,
  importTemplateSchema,
  prepareTemplateSchema,
  reasonQuerySchema,
  registerTemplateSchema,
  templateLineSchema,
  templatePathSchema,
  templatesSchema,
  templateStatusSchema,
} from "./schemas.ts";

const SLOW_TEXT =
  "The answer comes as lines of JSON while it is worked on: `progress`, which is empty in a heartbeat, " +
  "and at last one `result` or one `problem`. Refusals that are known at once come with their status instead. " +
  "A client that goes away gives it up: what was copied stays, and the same request goes on from there.";

const unknownTemplate = refused("There is no such template, or nothing at that place.");

/** Answers of what may take minutes. */
function slow<S extends z.ZodType>(line: S) {
  return {
    200: { description: "Progress, then what came of it.", content: { [NDJSON_TYPE]: { schema: line } } },
    400: refused("The body is wrong, or what it asks for makes no sense; `detail` says where."),
    404: unknownTemplate,
    409: refused("The name is taken, or the template is in use (`conflict`)."),
    413: refused("The body is too large."),
    415: refused("The body is not JSON."),
    ...refusals,
    502: refused("The host or another server did not do it (`failed`)."),
    503: refused("It was given up, as hvpool stops (`cancelled`)."),
  } as const;
}

/** `GET /v1/templates` */
export const templatesRoute = createRoute({
  method: "get",
  path: "/v1/templates",
  summary: "Golden disks that pools are made from",
  security: bearer,
  responses: {
    200: { description: "All templates.", content: { "application/json": { schema: templatesSchema } } },
    ...refusals,
  },
});

/** `POST /v1/templates` */
export const registerTemplateRoute = createRoute({
  method: "post",
  path: "/v1/templates",
  summary: "Register a golden disk: it is linked or copied into the store",
  description: SLOW_TEXT,
  security: bearer,
  request: { body: requiredBody(registerTemplateSchema) },
  responses: slow(templateLineSchema),
});

/** `GET /v1/templates/{name}` */
export const templateRoute = createRoute({
  method: "get",
  path: "/v1/templates/{name}",
  summary: "One template",
  security: bearer,
  request: { params: templatePathSchema },
  responses: {
    200: { description: "The template.", content: { "application/json": { schema: templateStatusSchema } } },
    404: refused("There is no such template; `detail` names those that are near."),
    ...refusals,
  },
});

/** `DELETE /v1/templates/{name}` */
export const deleteTemplateRoute = createRoute({
  method: "delete",
  path: "/v1/templates/{name}",
  summary: "Delete a registered template, or what an import that was cut off left",
  description: "Its disk goes with its last machine.",
  security: bearer,
  request: { params: templatePathSchema, query: reasonQuerySchema },
  responses: {
    204: { description: "Deleted." },
    400: refused("It cannot be deleted; `detail` says why."),
    404: unknownTemplate,
    409: refused("It is in use; `detail` names the users (`conflict`)."),
    ...refusals,
    502: refused("The host did not do it (`failed`)."),
    503: refused("It was given up, as hvpool stops (`cancelled`)."),
  },
});

/** `POST /v1/templates/{name}/verify` */
export const verifyTemplateRoute = createRoute({
  method: "post",
  path: "/v1/templates/{name}/verify",
  summary: "Check a template's disk, and the manifest in it",
  description: SLOW_TEXT,
  security: bearer,
  request: { params: templatePathSchema },
  responses: slow(checksLineSchema),
});

/** `POST /v1/templates/{name}/prepare` */
export const prepareTemplateRoute = createRoute({
  method: "post",
  path: "/v1/templates/{name}/prepare",
  summary:
    "Begin to make a template out of a Windows disk: start it once, install loader and runner, keep it",
  description:
    `${SLOW_TEXT} The result says that it has begun; \`preparing\` of the template tells how far it is.`,
  security: bearer,
  request: { params: templatePathSchema, body: requiredBody(prepareTemplateSchema) },
  responses: slow(templateLineSchema),
});

/** `POST /v1/templates/{name}/export` */
export const exportTemplateRoute = createRoute({
  method: "post",
  path: "/v1/templates/{name}/export",
  summary: "Copy a template to a folder, a share or a web server, with manifest and SHA-256",
  description: SLOW_TEXT,
  security: bearer,
  request: { params: templatePathSchema, body: requiredBody(exportTemplateSchema) },
  responses: slow(templateLineSchema),
});

/** `POST /v1/templates/{name}/import` */
export const importTemplateRoute = createRoute({
  method: "post",
  path: "/v1/templates/{name}/import",
  summary: "Register what was exported to a folder, a share or a web server",
  description: SLOW_TEXT,
  security: bearer,
  request: { params: templatePathSchema, body: requiredBody(importTemplateSchema) },
  responses: slow(templateLineSchema),
});
