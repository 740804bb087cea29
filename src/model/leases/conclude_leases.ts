/** What it means for a lease that a call on its machine did not succeed. */
import type { NewEvent } from "../events.ts";
import { NO_ROOM, PASSING, PERMANENT } from "../failures.ts";
import type { Ms } from "../ids.ts";
import type { LeaseStep } from "../rules/step.ts";
import type { Cycle, Op, State } from "../state.ts";
import { changeText } from "./change.ts";
import { leaseOf } from "./lease.ts";
import { leaseEvents } from "./lease_events.ts";

interface Failed {
  readonly code: string;
  readonly message: string;
  readonly now: Ms;
}

/** The events beside the closing of a refused call; none: it is tried again, or it was for no lease. */
export function leaseFailed(s: State, cycle: Cycle, op: Op, failed: Failed): NewEvent[] {
  const step = cycle.phase === "claimed" ? stepAfter(s, cycle, op, failed) : undefined;
  return step === undefined ? [] : leaseEvents(s, cycle, step);
}

function stepAfter(s: State, cycle: Cycle, op: Op, { code, message, now }: Failed): LeaseStep | undefined {
  const lease = leaseOf(s, cycle);
  if (lease?.state !== "changing" && lease?.state !== "starting") return undefined;
  const { change } = lease;
  const since = cycle.retrying === op.call ? cycle.retryingSince : undefined;
  const late = since !== undefined && now - since >= s.settings.times.retryForMs;
  const unchanged: LeaseStep = { step: "unchanged", message };
  switch (op.call) {
    case "vm.save":
      // Begun while it was paused, or before it was parked.
      if (change?.kind !== "pause") return undefined;
      return !late && (PASSING.has(code) || code === "wrong_state") ? undefined : unchanged;
    case "checkpoint.create":
      // What is tried again must not have been done: there would be two.
      return !late && (code === "busy" || code === "unavailable") ? undefined : unchanged;
    case "vm.turnOff":
      return late || PERMANENT.has(code) ? unchanged : undefined;
    case "checkpoint.restore": {
      const saved = cycle.doing?.stopped !== true;
      if (!late && (PASSING.has(code) || (!saved && NO_ROOM.has(code)))) return undefined;
      if (saved) return { ...unchanged, paused: true };
      return { step: "lost", cause: `its machine could not be put back: ${message}` };
    }
    case "vm.start": {
      if (NO_ROOM.has(code) || (!late && PASSING.has(code))) return undefined;
      const kept = change?.kind === "resume" && PASSING.has(code);
      if (kept) return { ...unchanged, paused: true };
      return { step: "lost", cause: `its machine could not be resumed: ${message}` };
    }
    default:
      // The guest has to go on in time, whatever else fails.
      return undefined;
  }
}

/** A call that was not answered: what is there is read; a checkpoint is not made twice. */
export function leaseUnanswered(s: State, cycle: Cycle, op: Op): NewEvent[] {
  const lease = leaseOf(s, cycle);
  if (op.call !== "checkpoint.create" || lease?.state !== "changing" || lease.change === undefined) return [];
  const message =
    `Hyper-V did not answer the ${changeText(lease.change)}: whether it was made is not known. If it was, ` +
    "it cannot be gone back to, and goes with the machine after the lease. The machine is as it was.";
  return leaseEvents(s, cycle, { step: "unchanged", message });
}
