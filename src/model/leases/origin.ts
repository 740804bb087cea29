/** Where a lease's machine came from. */
import type { Cycle } from "../state.ts";
import type { Lease, Origin } from "./lease.ts";

/** What could be leased only after the lease was asked for had to be made, or put back, first. */
export function originOf(
  { requestedAt }: Pick<Lease, "requestedAt">,
  { phase, availableSince, since }: Pick<Cycle, "phase" | "availableSince" | "since">,
): Origin {
  if ((availableSince ?? since) > requestedAt) return "cold";
  return phase === "online" ? "hot" : "standby";
}
