/** Who asks, for the journal. */
import type { Context } from "hono";
import type { By } from "../ports/operations.ts";
import { ACTOR_HEADER, actorOf } from "./schemas.ts";

/** An administrator who does not say who they are. */
export const ADMINISTRATOR = "administrator";

/**
 * Who asks, through what (`api (hvpool stop)`: the API, and what the client calls itself), and why.
 *
 * @param holder of the lease whose token came with the request: no header makes them somebody else
 */
export function byOf(c: Context, reason?: string, holder?: string): By {
  return {
    source: `api (${c.req.header("user-agent")?.slice(0, 80) ?? "unnamed client"})`,
    actor: holder ?? actorOf(c.req.header(ACTOR_HEADER)) ?? ADMINISTRATOR,
    ...(reason === undefined ? {} : { reason }),
  };
}
