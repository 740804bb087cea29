/** The routes of evidence as OpenAPI knows them. The handlers are in `evidence.ts`. */
import { createRoute, z } from "@hono/zod-openapi";
import { bearer, NDJSON_TYPE, refusals, refused } from "./routes.ts";
import { evidenceFilePathSchema, evidencePathSchema, evidenceSchema } from "./schemas.ts";

/** `GET /v1/vms/{vm}/evidence` */
export const evidenceRoute = createRoute({
  method: "get",
  path: "/v1/vms/{vm}/evidence",
  summary: "What is kept of a VM that failed, also of cycles that have ended",
  security: bearer,
  request: { params: evidencePathSchema },
  responses: {
    200: { description: "What there is.", content: { "application/json": { schema: evidenceSchema } } },
    ...refusals,
  },
});

const bytes = z.string().meta({ format: "binary" });

/** `GET /v1/evidence/{cycle}/{file}` */
export const evidenceFileRoute = createRoute({
  method: "get",
  path: "/v1/evidence/{cycle}/{file}",
  summary: "One file of what is kept of a VM that failed",
  security: bearer,
  request: { params: evidenceFilePathSchema },
  responses: {
    200: {
      description: "Its bytes.",
      content: {
        "image/png": { schema: bytes },
        "application/zip": { schema: bytes },
        [NDJSON_TYPE]: { schema: bytes },
      },
    },
    404: refused("There is no such file, or it is no longer kept."),
    ...refusals,
  },
});
