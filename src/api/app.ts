/** The HTTP API as a function from request to response; `server.ts` puts it on a port. */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { Log } from "../ports/log.ts";
import type { MetricsPage } from "../ports/metrics.ts";
import type { EventFilter, Operations } from "../ports/operations.ts";
import { bearerCheck, hostAllowed } from "./access.ts";
import { unknownInEvents } from "./event_names.ts";
import { eventFilter, eventPage } from "./event_page.ts";
import { eventStream } from "./event_stream.ts";
import { addEvidenceRoutes } from "./evidence.ts";
import { addJobRoutes } from "./jobs.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import { addInventoryRoutes } from "./inventory.ts";
import { closedToHolder, leaseTokenOf } from "./lease_access.ts";
import { addLeaseRoutes } from "./leases.ts";
import { addMaintenanceRoutes } from "./maintenance.ts";
import { methodsOf } from "./methods.ts";
import type { Mutable } from "./mutable.ts";
import { addPoolRoutes } from "./pools.ts";
import { problem, PROBLEM_TYPE, problemBody, PROBLEMS } from "./problem.ts";
import {
  eventsRoute,
  healthRoute,
  METRICS_TYPE,
  metricsRoute,
  OPENAPI_PATH,
  rolloutRoute,
  statusRoute,
  stopRoute,
} from "./routes.ts";
import { byOf } from "./source.ts";
import { addTemplateRoutes } from "./templates.ts";

/** What the API needs. */
export interface ApiOptions {
  readonly operations: Operations;
  /** What `GET /metrics` answers. */
  readonly metrics: MetricsPage;
  /** Bearer token; secret. */
  readonly token: string;
  /** What the tokens of leases are made from; secret. Absent: leases are refused. */
  readonly leaseKey?: Uint8Array;
  /** Version of hvpool, for the OpenAPI document. */
  readonly version: string;
  readonly log: Log;
  /** Address that is listened on, without brackets. */
  readonly hostname: string;
  /** Ends every stream. */
  readonly signal: AbortSignal;
  /** Between two comments on a silent event stream. */
  readonly heartbeatMs: number;
  /** Between two lines of an answer that takes long and has nothing to say. */
  readonly slowHeartbeatMs: number;
}

const MAX_STREAMS = 64;

/** Builds the API. */
export function createApi(options: ApiOptions): OpenAPIHono {
  const { operations, log } = options;
  const mayAsk = bearerCheck(options.token);
  let streams = 0;

  const app = new OpenAPIHono({
    defaultHook: (result) => result.success ? undefined : problem("invalid_request", describe(result.error)),
  });

  app.use(async (c, next) => {
    if (!hostAllowed(c.req.header("host"), options.hostname)) {
      return problem(
        "host_not_allowed",
        "The Host header must be 127.0.0.1, localhost or [::1]: ask through one of these names.",
      );
    }
    const authorization = c.req.header("authorization");
    if (c.req.path !== healthRoute.path && !mayAsk(authorization)) {
      const holders = leaseTokenOf(authorization);
      const closed = holders === undefined
        ? problem(
          "unauthorized",
          "Send `Authorization: Bearer <token>` with the token in the file that endpoint.json names.",
          { "www-authenticate": "Bearer" },
        )
        : closedToHolder(holders, c.req.path, options.leaseKey);
      if (closed !== undefined) return closed;
    }
    await next();
    c.res.headers.set("cache-control", "no-store");
    c.res.headers.set("x-content-type-options", "nosniff");
    return undefined;
  });

  app.openapi(healthRoute, (c) => c.text("ok\n", 200));
  app.openapi(
    statusRoute,
    (c) => c.json(operations.status() as Mutable<ReturnType<typeof operations.status>>, 200),
  );

  app.openapi(metricsRoute, (c) => c.text(options.metrics.text(), 200, { "content-type": METRICS_TYPE }));

  const presentNames = () => {
    const { pools, vms } = operations.status();
    return { pools: pools.map(({ name }) => name), vms };
  };
  app.openapi(eventsRoute, (c) => {
    const query = c.req.valid("query");
    if (wantsStream(c)) return openStream(c, eventFilter(query));
    const page = eventPage(operations, query);
    // Whoever goes on from a page has been told before.
    const isFirst = query.after === undefined && page.events.length === 0;
    const unknown = isFirst ? unknownInEvents(operations, query, presentNames) : undefined;
    if (unknown !== undefined) return c.json(problemBody("not_found", unknown), 404, PROBLEM_TYPE);
    return c.json(page, 200);
  });

  for (const route of [stopRoute, rolloutRoute]) app.use(route.getRoutingPath(), smallBody, jsonBody);
  app.openapi(stopRoute, (c) => {
    const { drain = false, reason } = c.req.valid("json");
    operations.stop({ drain, ...byOf(c, reason) });
    return c.json({ state: drain ? "draining" as const : "stopping" as const }, 202);
  });
  app.openapi(rolloutRoute, (c) => {
    const { pool } = c.req.valid("param");
    const { action, reason } = c.req.valid("json");
    const answer = operations.rollout({ pool, action, ...byOf(c, reason) });
    if (answer.ok) return c.json({ pool, rollout: answer.rollout }, 202);
    const { code, message } = answer;
    return c.json(problemBody(code, message), PROBLEMS[code].status, PROBLEM_TYPE);
  });

  addMaintenanceRoutes(app, operations);
  addPoolRoutes(app, operations);
  addInventoryRoutes(app, operations);
  addJobRoutes(app, operations);
  addEvidenceRoutes(app, operations);
  addLeaseRoutes(app, { ...options, leases: operations.leases, isAdministrator: mayAsk });
  addTemplateRoutes(app, {
    ...options,
    templates: operations.templates,
    heartbeatMs: options.slowHeartbeatMs,
  });

  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  app.doc31(OPENAPI_PATH, {
    openapi: "3.1.0",
    info: {
      title: "hvpool",
      version: options.version,
      description:
        "The contract only grows: take fields that you do not know without complaint. With the administrator's " +
        "token, the header X-Hvpool-Actor says who asks, for the journal: up to 120 characters, percent-encoded " +
        "where they are not printable ASCII. Of a request with a lease's token it is the holder.",
    },
  });

  app.notFound((c) => {
    const methods = methodsOf(c.req.path);
    if (methods === undefined) {
      return problem("not_found", `There is no ${c.req.path}. ${OPENAPI_PATH} lists what there is.`);
    }
    const allow = methods.join(", ");
    return problem("method_not_allowed", `${c.req.path} takes ${allow}.`, { allow });
  });
  app.onError((error, c) => {
    const { status } = error as { status?: unknown };
    if (status === 400) return problem("invalid_request", "The body is not valid JSON.");
    log.error("A request failed", { method: c.req.method, path: c.req.path, error });
    return problem("internal", "hvpool could not answer. Its log says why.");
  });
  return app;

  function openStream(c: Context, filter: EventFilter): Response {
    if (streams >= MAX_STREAMS) {
      return problem(
        "too_many_streams",
        `${MAX_STREAMS} event streams are open. Close some, or ask for pages as JSON.`,
      );
    }
    const last = c.req.header("last-event-id");
    if (last !== undefined && !/^\d{1,15}$/.test(last)) {
      return problem("invalid_request", "Last-Event-ID must be the seq of an event.");
    }
    streams++;
    const body = eventStream({
      operations,
      filter: last === undefined ? filter : { ...filter, after: Number(last) },
      signal: options.signal,
      heartbeatMs: options.heartbeatMs,
      onEnd: () => streams--,
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}

function wantsStream(c: Context): boolean {
  // The answer to HEAD has no body: a stream behind it would never end.
  return c.req.method !== "HEAD" && /\btext\/event-stream\b/i.test(c.req.header("accept") ?? "");
}

function describe(error: { issues: readonly { path: readonly PropertyKey[]; message: string }[] }): string {
  return error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.map(nameOf).join(".")}: ${message}`
  )
    .join("; ");
}

/** A field as it is told: whoever sent it may have named it anything. */
function nameOf(key: PropertyKey): string {
  return String(key).replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, "?");
}
