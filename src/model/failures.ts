/** What a failed cycle costs: back-off of its slot, and the third in a row goes into quarantine. */
import type { NewEvent } from "./events.ts";
import { hash32, type Ms, slotId } from "./ids.ts";
import { keptInstead } from "./maintenance.ts";
import { FAILURES_TO_QUARANTINE, QUARANTINED_PER_POOL, RESUMES_TO_GIVE_UP } from "./settings.ts";
import type { Cycle, State } from "./state.ts";

/** Codes that no repetition mends. */
export const PERMANENT: ReadonlySet<string> = new Set([
  "broken_chain",
  "invalid",
  "access_denied",
  "saved_state_corrupt",
]);

/** Reasons for which a saved machine does not start that say nothing of its saved state. */
export const PASSING: ReadonlySet<string> = new Set(["busy", "unavailable", "access_denied", "timeout"]);

/** The host has no room: that passes, and everything else waits for it, too. */
export const NO_ROOM: ReadonlySet<string> = new Set(["out_of_memory", "no_space"]);

/** Wait of a slot before its next cycle: doubles with each failure, up to a fifth longer by the cycle's hash. */
export function slotBackoffMs(s: State, cycle: Cycle, failures: number): Ms {
  const { slotBackoffMinMs, slotBackoffMaxMs } = s.settings.times;
  const delay = Math.min(slotBackoffMaxMs, slotBackoffMinMs * 2 ** Math.min(failures - 1, 16));
  return Math.round(delay * (1 + (hash32(cycle.id) % 200) / 1000));
}

/** The event of a cycle that ended before it was ready. */
export function failure(s: State, cycle: Cycle, cause: string, message: string, now: Ms): NewEvent {
  const kept = keptInstead(cycle, cause);
  if (kept !== undefined) return kept;
  const failures = (s.slots.get(slotId(cycle.pool, cycle.slot))?.failures ?? 0) + 1;
  const notBefore = now + slotBackoffMs(s, cycle, failures);
  const pool = s.pools.get(cycle.pool);
  const keep = failures >= FAILURES_TO_QUARANTINE && cycle.vm === "known" && pool !== undefined &&
    pool.quarantined < QUARANTINED_PER_POOL;
  const data = { cycle: cycle.id, cause, message, notBefore };
  return keep
    ? { type: "cycle.quarantined", data: { ...data, until: now + s.settings.times.quarantineMs } }
    : { type: "cycle.failed", data };
}

/** A machine that was resumed and did not go on: it is restored once more, then made anew. */
export function resumeFailed(s: State, cycle: Cycle, cause: string, message: string, now: Ms): NewEvent {
  const rung = cycle.rung + 1;
  if (rung >= RESUMES_TO_GIVE_UP) return failure(s, cycle, cause, message, now);
  return { type: "cycle.resume_failed", data: { cycle: cycle.id, rung, cause, message } };
}
