/** When the steps of a lease were done until its holder had the machine, for people: nothing is decided by them. */
import type { Ms } from "../ids.ts";
import type { Cycle, State } from "../state.ts";
import { type Lease, leaseOf, type Origin } from "./lease.ts";

/** A machine was chosen: of one that was not there before, how long of the wait went into it. */
export function chosen(
  lease: Lease,
  origin: Origin,
  { begunAt = lease.requestedAt, availableSince }: Pick<Cycle, "begunAt" | "availableSince">,
): void {
  if (origin !== "cold" || availableSince === undefined) return;
  lease.madeMs = Math.max(0, availableSince - Math.max(begunAt, lease.requestedAt));
}

/** Its machine was started, or its network renewed. Of a step that is done again the last one counts. */
export function stepDone(s: State, machine: Cycle, step: "startedAt" | "networkAt", at: Ms): void {
  const lease = leaseOf(s, machine);
  if (lease?.state === "starting") lease[step] = at;
}

/** It waits for another machine. */
export function forgetSteps(lease: Lease): void {
  delete lease.madeMs;
  delete lease.startedAt;
  delete lease.networkAt;
}
