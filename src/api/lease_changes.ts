/** Answers what is asked to be done with leased machines. */
import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { LeaseChange } from "../model/leases/lease.ts";
import type { By, LeaseOperations } from "../ports/operations.ts";
import { changed, refuse } from "./lease_answer.ts";
import {
  checkpointLeaseRoute,
  LEASE_VERBS,
  leaseVerbRoute,
  restoreLeaseRoute,
} from "./lease_change_routes.ts";
import { ANSWER_WITHIN_SECONDS, type answerWithinSchema, type ReasonRequest } from "./schemas.ts";

/** What they need. */
export interface LeaseChangesOptions {
  readonly leases: LeaseOperations;
  /** Who asks for something of a lease, and why. */
  readonly by: (c: Context, lease: string, reason: string | undefined) => By;
  /** Whether a request came with the lease's own token: then it is a heartbeat, too. */
  readonly isHolder: (c: Context) => boolean;
  /** hvpool stops: requests are held no longer. */
  readonly signal: AbortSignal;
}

/** Adds the routes. */
export function addLeaseChanges(
  app: OpenAPIHono,
  { leases, by, isHolder, signal }: LeaseChangesOptions,
): void {
  for (const kind of LEASE_VERBS) {
    app.openapi(leaseVerbRoute(kind), (c) => {
      const { lease } = c.req.valid("param");
      return change(c, lease, { kind }, { ...c.req.valid("query"), ...c.req.valid("json") });
    });
  }

  app.openapi(checkpointLeaseRoute, (c) => {
    const { name, reason } = c.req.valid("json");
    return change(c, c.req.valid("param").lease, { kind: "checkpoint", name }, {
      ...c.req.valid("query"),
      reason,
    });
  });
  app.openapi(restoreLeaseRoute, (c) => {
    const { lease, name } = c.req.valid("param");
    return change(c, lease, { kind: "restore", name }, { ...c.req.valid("query"), ...c.req.valid("json") });
  });

  async function change(
    c: Context,
    id: string,
    wanted: LeaseChange,
    { answer_within: answerWithin = ANSWER_WITHIN_SECONDS, reason }:
      & z.infer<typeof answerWithinSchema>
      & ReasonRequest,
  ) {
    if (isHolder(c)) {
      const alive = leases.heartbeat(id);
      if (!alive.ok) return refuse(c, alive);
    }
    const answer = await leases.change(id, wanted, {
      ...by(c, id, reason),
      answerWithinMs: answerWithin * 1000,
      signal: AbortSignal.any([c.req.raw.signal, signal]),
    });
    return changed(c, answer);
  }
}
