/** How long the steps of a lease took. */
import type { Ms } from "../model/ids.ts";
import type { Lease } from "../model/leases/lease.ts";
import type { LeaseStatus } from "../model/status.ts";

/** In milliseconds; `null` of what is not over, or was not needed. The last three are the parts of `startingMs`. */
export function stepsOf(
  { requestedAt, assignedAt, madeMs, startedAt, networkAt, grantedAt }: Lease,
): LeaseStatus["steps"] {
  return {
    queuedMs: between(requestedAt, assignedAt),
    madeMs: madeMs ?? null,
    startingMs: between(assignedAt, grantedAt),
    startMs: between(assignedAt, startedAt),
    networkMs: between(startedAt ?? assignedAt, networkAt),
    readyMs: between(networkAt ?? startedAt ?? assignedAt, grantedAt),
  };
}

/** The host's clock may have been set back meanwhile. */
function between(from: Ms | undefined, to: Ms | undefined): number | null {
  return from === undefined || to === undefined ? null : Math.max(0, to - from);
}
