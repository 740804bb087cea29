/** Answers what is asked to be done with leased machines. */
import type { OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { LeaseChange } from "../model/leases/lease.ts";
import type { LeaseOperations } from "../ports/operations.ts";
import { changed, refuse } from "./lease_answer.ts";
import {
  checkpointLeaseRoute,
  pauseLeaseRoute,
  resetLeaseRoute,
  restoreLeaseRoute,
  resumeLeaseRoute,
} from "./lease_change_routes.ts";
import { ANSWER_WITHIN_SECONDS, type answerWithinSchema } from "./schemas.ts";
import { sourceOf } from "./source.ts";

/** What they need. */
export interface LeaseChangesOptions {
  readonly leases: LeaseOperations;
  /** Whether a request came with the lease's own token: then it is a heartbeat, too. */
  readonly isHolder: (c: Context) => boolean;
  /** hvpool stops: requests are held no longer. */
  readonly signal: AbortSignal;
}

/** Adds the routes. */
export function addLeaseChanges(app: OpenAPIHono, { leases, isHolder, signal }: LeaseChangesOptions): void {
  app.openapi(
    pauseLeaseRoute,
    (c) => change(c, c.req.valid("param").lease, { kind: "pause" }, c.req.valid("query")),
  );
  app.openapi(
    resumeLeaseRoute,
    (c) => change(c, c.req.valid("param").lease, { kind: "resume" }, c.req.valid("query")),
  );
  app.openapi(
    resetLeaseRoute,
    (c) => change(c, c.req.valid("param").lease, { kind: "reset" }, c.req.valid("query")),
  );
  app.openapi(checkpointLeaseRoute, (c) => {
    const { name } = c.req.valid("json");
    return change(c, c.req.valid("param").lease, { kind: "checkpoint", name }, c.req.valid("query"));
  });
  app.openapi(restoreLeaseRoute, (c) => {
    const { lease, name } = c.req.valid("param");
    return change(c, lease, { kind: "restore", name }, c.req.valid("query"));
  });

  async function change(
    c: Context,
    id: string,
    wanted: LeaseChange,
    query: z.infer<typeof answerWithinSchema>,
  ) {
    const { answer_within = ANSWER_WITHIN_SECONDS } = query;
    if (isHolder(c)) {
      const alive = leases.heartbeat(id);
      if (!alive.ok) return refuse(c, alive);
    }
    const answer = await leases.change(id, wanted, {
      source: sourceOf(c),
      answerWithinMs: answer_within * 1000,
      signal: AbortSignal.any([c.req.raw.signal, signal]),
    });
    return changed(c, answer);
  }
}
