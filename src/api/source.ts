/** Who asks, for the journal. */
import type { Context } from "hono";

/** `api (hvpool stop)`: the API, and what the client calls itself. */
export function sourceOf(c: Context): string {
  return `api (${c.req.header("user-agent")?.slice(0, 80) ?? "unnamed client"})`;
}
