/** What is said of a lease when something that was done with its machine is over. */
import type { NewEvent } from "../events.ts";
import type { LeaseStep } from "../rules/step.ts";
import type { Cycle, State } from "../state.ts";
import { leaseOf } from "./lease.ts";

/** The events of a step; none where the lease has ended meanwhile. */
export function leaseEvents(s: State, { id: cycle, lease: of }: Cycle, step: LeaseStep): NewEvent[] {
  const lease = leaseOf(s, { ...(of === undefined ? {} : { lease: of }) });
  if (lease === undefined) return [];
  const { id, change, state } = lease;
  const data = { lease: id, cycle };
  switch (step.step) {
    case "granted":
      return [{ type: "lease.granted", data: { ...data, ...lacking(step) } }];
    case "changed": {
      const { checkpoint } = step;
      if (change === undefined) return [];
      return [{
        type: "lease.changed",
        data: { ...data, change, ...(checkpoint === undefined ? {} : { checkpoint }), ...lacking(step) },
      }];
    }
    case "unchanged": {
      const { message, paused } = step;
      if (change === undefined) return [];
      return [{
        type: "lease.unchanged",
        data: { ...data, change, message, ...(paused === undefined ? {} : { paused }) },
      }];
    }
    case "found":
      return [{ type: "lease.changing", data: { ...data, change: step.change } }];
    case "lost": {
      const { cause } = step;
      // It never had the parked machine again: it waits for another one, with nothing of its own in it.
      if (state === "starting") return [{ type: "lease.moved", data: { ...data, cause } }];
      // Nothing is left to be kept.
      const release = lease.release === "destroy" ? "destroy" : "reset";
      return [{ type: "lease.ended", data: { ...data, cause, release } }];
    }
    default:
      return step satisfies never;
  }
}

function lacking({ lacks }: { readonly lacks?: string }): { lacks?: string } {
  return lacks === undefined ? {} : { lacks };
}
