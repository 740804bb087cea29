/** Answers what operators ask of pools and machines. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { MaintenanceAnswer, MaintenanceRequest, Operations } from "../ports/operations.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import {
  CORDON_ACTIONS,
  holdRoute,
  hostCordonRoute,
  MAINTENANCE_ROUTES,
  poolCordonRoute,
  releaseRoute,
  reloadRoute,
  resizeRoute,
  RETIRE_ACTIONS,
  retireRoute,
  stopVmRoute,
  WISH_VERBS,
  wishRoute,
} from "./maintenance_routes.ts";
import { PROBLEM_TYPE, problemBody, type ProblemCode, PROBLEMS } from "./problem.ts";
import { byOf } from "./source.ts";

/** The problem of each refusal. */
const REFUSED = {
  not_found: "not_found",
  conflict: "conflict",
  invalid: "invalid_request",
} as const satisfies Record<Extract<MaintenanceAnswer, { ok: false }>["code"], ProblemCode>;

/** Adds the routes of pools, machines and the configuration. */
export function addMaintenanceRoutes(
  app: OpenAPIHono,
  operations: Pick<Operations, "maintain" | "reload">,
): void {
  for (const { path } of MAINTENANCE_ROUTES) {
    app.use(path.replaceAll(/\{(\w+)\}/g, ":$1"), smallBody, jsonBody);
  }

  for (const action of CORDON_ACTIONS) {
    app.openapi(hostCordonRoute(action), (c) => {
      return answer(c, { action, ...byOf(c, c.req.valid("json").reason) });
    });
    app.openapi(poolCordonRoute(action), (c) => {
      const { pool } = c.req.valid("param");
      return answer(c, { action, pool, ...byOf(c, c.req.valid("json").reason) });
    });
  }

  app.openapi(resizeRoute, (c) => {
    const { pool } = c.req.valid("param");
    const { size, reason } = c.req.valid("json");
    const wanted = size === undefined ? {} : { size };
    return answer(c, { action: "resize", pool, ...wanted, ...byOf(c, reason) });
  });

  for (const action of RETIRE_ACTIONS) {
    app.openapi(retireRoute(action), (c) => {
      const { vm } = c.req.valid("param");
      const { force = false, reason } = c.req.valid("json");
      return answer(c, { action, vm, force, ...byOf(c, reason) });
    });
  }

  for (const verb of WISH_VERBS) {
    app.openapi(wishRoute(verb), (c) => {
      const { vm } = c.req.valid("param");
      const action = verb === "resume" ? "wake" : verb;
      return answer(c, { action, vm, ...byOf(c, c.req.valid("json").reason) });
    });
  }

  app.openapi(stopVmRoute, (c) => {
    const { vm } = c.req.valid("param");
    const { force = false, reason } = c.req.valid("json");
    return answer(c, { action: "stop", vm, force, ...byOf(c, reason) });
  });

  app.openapi(holdRoute, (c) => {
    const { vm } = c.req.valid("param");
    const { seconds, reason } = c.req.valid("json");
    return answer(c, { action: "hold", vm, forMs: seconds * 1000, ...byOf(c, reason) });
  });

  app.openapi(releaseRoute, (c) => {
    const { vm } = c.req.valid("param");
    return answer(c, { action: "release", vm, ...byOf(c, c.req.valid("json").reason) });
  });

  app.openapi(reloadRoute, async (c) => {
    const { apply, reason } = c.req.valid("json");
    const read = await operations.reload({ apply, ...byOf(c, reason) });
    if (read.ok) {
      return c.json({ applied: apply, changes: [...read.changes], restart: [...read.restart] }, 200);
    }
    const problems = [...read.problems];
    const detail = ["The configuration cannot be used, nothing was changed:", ...problems].join("\n");
    return c.json({ ...problemBody("invalid_configuration", detail), problems }, 409, PROBLEM_TYPE);
  });

  function answer(c: Context, request: MaintenanceRequest) {
    const taken = operations.maintain(request);
    if (taken.ok) {
      const { message, changed, cycle } = taken;
      return c.json({ message, changed, ...(cycle === undefined ? {} : { cycle }) }, 202);
    }
    const code = REFUSED[taken.code];
    return c.json(problemBody(code, taken.message), PROBLEMS[code].status, PROBLEM_TYPE);
  }
}
