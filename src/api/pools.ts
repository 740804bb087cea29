/** Answers what is asked about pools, and makes and deletes those that are in no configuration. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { PoolStatus } from "../model/status.ts";
import type { By, CreatePool, Operations, PoolAnswer } from "../ports/operations.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import type { Mutable } from "./mutable.ts";
import { nearNames } from "./near_names.ts";
import { createPoolRoute, deletePoolRoute, poolRoute, poolsRoute } from "./pool_routes.ts";
import { PROBLEM_TYPE, problemBody, type ProblemCode, PROBLEMS } from "./problem.ts";
import type { CreatePoolRequest } from "./schemas.ts";
import { byOf } from "./source.ts";

/** The problem of each refusal. */
const REFUSED = {
  not_found: "not_found",
  conflict: "conflict",
  invalid: "invalid_request",
} as const satisfies Record<Extract<PoolAnswer, { ok: false }>["code"], ProblemCode>;

/** Adds the routes of pools. */
export function addPoolRoutes(app: OpenAPIHono, operations: Pick<Operations, "pools" | "status">): void {
  app.use(createPoolRoute.getRoutingPath(), smallBody, jsonBody);

  app.openapi(poolsRoute, (c) => {
    return c.json({ pools: operations.status().pools as Mutable<PoolStatus>[] }, 200);
  });

  app.openapi(poolRoute, (c) => {
    const { pool: name } = c.req.valid("param");
    const { pools } = operations.status();
    const pool = pools.find((one) => one.name === name);
    if (pool !== undefined) return c.json(pool as Mutable<PoolStatus>, 200);
    const near = nearNames(name, pools.map((one) => one.name));
    return c.json(problemBody("not_found", `There is no pool "${name}". ${near}`), 404, PROBLEM_TYPE);
  });

  app.openapi(createPoolRoute, async (c) => {
    const asked = c.req.valid("json");
    const answer = await operations.pools.create({ ...requestOf(asked), ...byOf(c, asked.reason) });
    if (!answer.ok) return refuse(c, answer);
    return c.json(answer.pool as Mutable<PoolStatus>, answer.changed ? 201 : 200);
  });

  app.openapi(deletePoolRoute, async (c) => {
    const { pool } = c.req.valid("param");
    const { force, reason } = c.req.valid("query");
    const answer = await operations.pools.delete(pool, { force: force === "true", ...byOf(c, reason) });
    return answer.ok ? c.body(null, 204) : refuse(c, answer);
  });
}

function refuse(c: Context, { code, message }: Extract<PoolAnswer, { ok: false }>) {
  const named = REFUSED[code];
  return c.json(problemBody(named, message), PROBLEMS[named].status, PROBLEM_TYPE);
}

/** In the port's words, for contracts where an absent field and `undefined` differ. */
function requestOf(asked: CreatePoolRequest): Omit<CreatePool, keyof By> {
  const { name, template, size, hot, warm, max, desktop, idle_seconds, total_seconds, on_idle } = asked;
  return {
    name,
    template,
    size,
    ...(hot === undefined ? {} : { hot }),
    ...(warm === undefined ? {} : { warm }),
    ...(max === undefined ? {} : { max }),
    ...(desktop === undefined ? {} : { desktop }),
    ...(idle_seconds === undefined ? {} : { idleMs: idle_seconds * 1000 }),
    ...(total_seconds === undefined ? {} : { totalMs: total_seconds * 1000 }),
    ...(on_idle === undefined ? {} : { onIdle: on_idle }),
    ...(asked.switch === undefined ? {} : { switchName: asked.switch }),
  };
}
