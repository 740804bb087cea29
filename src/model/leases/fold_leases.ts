/** `fold`, the part about leases. */
import type { Event, LeaseEvent } from "../events.ts";
import type { Cycle, State } from "../state.ts";
import { KEYS_FOR_MS, type LeaseId } from "./lease.ts";

type Placed<T> = Extract<Event, { type: T }>;

function requested(s: State, { data, at }: Placed<"lease.requested">): void {
  const { lease: id, waitMs, source: _, key, hash, ...rest } = data;
  s.leases.set(id, { id, ...rest, requestedAt: at, waitUntil: at + waitMs, state: "queued", touchedAt: at });
  for (const [known, { at: since }] of s.leaseKeys) if (since <= at - KEYS_FOR_MS) s.leaseKeys.delete(known);
  if (key !== undefined && hash !== undefined) {
    s.leaseKeys.set(`${rest.holder}\n${key}`, { lease: id, hash, at });
  }
}

function cycleOf(s: State, lease: LeaseId): Cycle | undefined {
  const id = s.leases.get(lease)?.cycle;
  return id === undefined ? undefined : s.cycles.get(id);
}

/** What happens to leases. A machine is used from the moment at which its holder has it. */
export function foldLease(s: State, event: Event & LeaseEvent): void {
  const lease = s.leases.get(event.data.lease);
  if (event.type === "lease.requested") return requested(s, event);
  if (lease === undefined) return;
  switch (event.type) {
    case "lease.assigned": {
      const { cycle, origin } = event.data;
      Object.assign(lease, { state: "starting", cycle, origin, assignedAt: event.at });
      const machine = s.cycles.get(cycle);
      if (machine !== undefined) machine.lease = lease.id;
      return;
    }
    case "lease.moved": {
      const machine = cycleOf(s, lease.id);
      if (machine?.lease === lease.id) delete machine.lease;
      lease.state = "queued";
      delete lease.cycle;
      delete lease.origin;
      delete lease.assignedAt;
      return;
    }
    case "lease.granted": {
      Object.assign(lease, { state: "active", grantedAt: event.at, touchedAt: event.at });
      const machine = cycleOf(s, lease.id);
      if (machine === undefined) return;
      machine.used = true;
      machine.clean = false;
      return;
    }
    case "lease.touched":
      lease.touchedAt = event.at;
      return;
    case "lease.extended":
      lease.totalMs = event.data.totalMs;
      return;
    case "lease.ended": {
      const machine = cycleOf(s, lease.id);
      if (machine?.lease === lease.id) {
        delete machine.lease;
        if (lease.state === "active") machine.release = event.data.release;
      }
      s.leases.delete(lease.id);
      return;
    }
    default:
      return event satisfies never;
  }
}
