/** Answers what is asked about leases, by administrators and by holders. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { LeaseStatus } from "../model/status.ts";
import type { AcquireRequest, By, LeaseOperations } from "../ports/operations.ts";
import { jsonBody, smallBody } from "./json_body.ts";
import { NO_LEASES } from "./lease_access.ts";
import { answered, refuse } from "./lease_answer.ts";
import { LEASE_ROUTES } from "./lease_change_routes.ts";
import { addLeaseChanges } from "./lease_changes.ts";
import {
  acquireRoute,
  extendRoute,
  forceReleaseRoute,
  heartbeatRoute,
  LEASE_TOKEN,
  leaseRoute,
  leasesRoute,
  releaseLeaseRoute,
} from "./lease_routes.ts";
import { leaseToken } from "./lease_token.ts";
import type { Mutable } from "./mutable.ts";
import { problem, PROBLEM_TYPE, problemBody } from "./problem.ts";
import { type AcquireLeaseRequest, ANSWER_WITHIN_SECONDS, type ReleaseLeaseRequest } from "./schemas.ts";
import { byOf } from "./source.ts";

/** What leases need. */
export interface LeaseRoutesOptions {
  readonly leases: LeaseOperations;
  /** What tokens are made from; secret. Absent: every request about leases is refused. */
  readonly leaseKey?: Uint8Array;
  /** Whether an `Authorization` header has the administrator's token. Every other that comes here is a holder's. */
  readonly isAdministrator: (authorization: string | undefined) => boolean;
  /** hvpool stops: requests are held no longer. */
  readonly signal: AbortSignal;
}

/** The owner of the administrator's token. */
const ADMINISTRATOR = "admin";

/** Adds the routes of leases. */
export function addLeaseRoutes(app: OpenAPIHono, options: LeaseRoutesOptions): void {
  const { leases, leaseKey } = options;
  const isHolder = (c: Context) => !options.isAdministrator(c.req.header("authorization"));

  // Only the token of this very lease comes so far, besides the administrator's.
  const by = (c: Context, lease: string, reason: string | undefined): By =>
    byOf(c, reason, isHolder(c) ? leases.holder(lease) ?? `the holder of ${lease}` : undefined);

  if (leaseKey === undefined) {
    app.use("/v1/leases/*", () => Promise.resolve(problem("leases_unavailable", NO_LEASES)));
  }
  for (const path of new Set(LEASE_ROUTES.map(({ path }) => path))) {
    app.use(path.replaceAll(/\{(\w+)\}/g, ":$1"), smallBody, jsonBody);
  }

  app.openapi(acquireRoute, async (c) => {
    if (leaseKey === undefined) {
      return c.json(problemBody("leases_unavailable", NO_LEASES), 503, PROBLEM_TYPE);
    }
    const { answer_within = ANSWER_WITHIN_SECONDS } = c.req.valid("query");
    const { "idempotency-key": key } = c.req.valid("header");
    const request = {
      ...requestOf(c.req.valid("json")),
      ...(key === undefined ? {} : { key }),
      ...byOf(c),
    };
    const until = AbortSignal.any([c.req.raw.signal, options.signal]);
    const answer = await leases.acquire(request, answer_within * 1000, until);
    if (!answer.ok) return refuse(c, answer);
    const { lease } = answer;
    const token = leaseToken(leaseKey, lease.id);
    return c.json({ lease: lease as Mutable<LeaseStatus>, token }, lease.state === "active" ? 201 : 202);
  });

  app.openapi(leasesRoute, (c) => c.json({ leases: leases.list() as Mutable<LeaseStatus>[] }, 200));

  app.openapi(leaseRoute, (c) => {
    const { lease: id } = c.req.valid("param");
    const found = leases.find(id);
    // Looking at what is paused is no use of it.
    const keeps = isHolder(c) && !(found.ok && found.lease.state === "paused");
    return answered(c, keeps ? leases.heartbeat(id) : found);
  });

  app.openapi(heartbeatRoute, (c) => answered(c, leases.heartbeat(c.req.valid("param").lease)));

  app.openapi(extendRoute, (c) => {
    const { lease: id } = c.req.valid("param");
    const { total_seconds, reason } = c.req.valid("json");
    if (isHolder(c)) {
      const alive = leases.heartbeat(id);
      if (!alive.ok) return refuse(c, alive);
    }
    return answered(c, leases.extend(id, total_seconds * 1000, by(c, id, reason)));
  });

  app.openapi(releaseLeaseRoute, (c) => {
    const asked = c.req.valid("json");
    const cause = isHolder(c) ? "its holder released it" : "an administrator released it";
    return ended(c, c.req.valid("param").lease, { asked, cause, reason: asked.reason });
  });

  app.openapi(forceReleaseRoute, (c) => {
    const { reason } = c.req.valid("json");
    const cause = `an administrator took it away${reason === undefined ? "" : `: ${reason}`}`;
    const { lease: id } = c.req.valid("param");
    const found = leases.find(id);
    // Nothing is kept for whom it is taken from; what is to be made anew is.
    const parks = found.ok && (found.lease.release === "save" || found.lease.release === "keep");
    return ended(c, id, { asked: parks ? { release: "reset" } : {}, cause, reason });
  });

  addLeaseChanges(app, { leases, by, isHolder, signal: options.signal });

  app.openAPIRegistry.registerComponent("securitySchemes", LEASE_TOKEN, {
    type: "http",
    scheme: "bearer",
    description: "The token that came with a lease. It opens this lease only, and every call is a heartbeat.",
  });

  function ended(
    c: Context,
    id: string,
    { asked = {}, cause, reason }: {
      readonly asked?: ReleaseLeaseRequest;
      readonly cause: string;
      readonly reason: string | undefined;
    },
  ) {
    const { release, keep_seconds } = asked;
    const answer = leases.release(id, {
      ...(release === undefined ? {} : { release }),
      ...(keep_seconds === undefined ? {} : { keepMs: keep_seconds * 1000 }),
      cause,
      ...by(c, id, reason),
    });
    return answer.ok ? c.body(null, 204) : refuse(c, answer);
  }
}

/** In the port's words, for contracts where an absent field and `undefined` differ. */
function requestOf(asked: AcquireLeaseRequest): Omit<AcquireRequest, keyof By> {
  const { pool, holder = ADMINISTRATOR, priority, labels, purpose, release, on_idle } = asked;
  const { wait_seconds, idle_seconds, total_seconds, keep_seconds } = asked;
  return {
    pool,
    holder,
    ...(priority === undefined ? {} : { priority }),
    ...(labels === undefined ? {} : { labels }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(wait_seconds === undefined ? {} : { waitMs: wait_seconds * 1000 }),
    ...(idle_seconds === undefined ? {} : { idleMs: idle_seconds * 1000 }),
    ...(total_seconds === undefined ? {} : { totalMs: total_seconds * 1000 }),
    ...(release === undefined ? {} : { release }),
    ...(on_idle === undefined ? {} : { onIdle: on_idle }),
    ...(keep_seconds === undefined ? {} : { keepMs: keep_seconds * 1000 }),
  };
}
