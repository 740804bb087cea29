/** `fold`, the part about leases. */
import type { Event, LeaseEvent } from "../events.ts";
import type { Ms } from "../ids.ts";
import { isSaved } from "./quotas.ts";
import { type Cycle, isBooting, type State } from "../state.ts";
import { NO_ROOM } from "../failures.ts";
import { completed, ENDED_KEPT, KEYS_FOR_MS, type Lease, leaseOf } from "./lease.ts";
import { chosen, forgetSteps } from "./steps.ts";

type Placed<T> = Extract<Event, { type: T }>;

function requested(s: State, { data, at }: Placed<"lease.requested">): void {
  const { lease: id, waitMs, source: _, actor: _a, reason: _r, key, hash, ...rest } = data;
  const lease = {
    id,
    ...rest,
    requestedAt: at,
    waitUntil: at + waitMs,
    state: "queued",
    touchedAt: at,
  } as const;
  s.leases.set(id, completed(lease));
  for (const [known, { at: since }] of s.leaseKeys) if (since <= at - KEYS_FOR_MS) s.leaseKeys.delete(known);
  if (key !== undefined && hash !== undefined) {
    s.leaseKeys.set(`${rest.holder}\n${key}`, { lease: id, hash, at });
  }
}

/** The machine that is this lease's now. */
function machineOf(s: State, { id, cycle }: Lease): Cycle | undefined {
  const machine = cycle === undefined ? undefined : s.cycles.get(cycle);
  return machine?.lease === id ? machine : undefined;
}

/** Nothing is done with a machine any more. */
function finish(s: State, machine: Cycle | undefined): void {
  if (machine?.phase !== "claimed") return;
  if (isBooting(machine)) s.booting--;
  machine.resumed = false;
  delete machine.doing;
}

/** What it was paused until now is not charged to it. */
function pausedUntil(lease: Lease, at: Ms): void {
  if (lease.pausedAt !== undefined) lease.pausedMs += Math.max(0, at - lease.pausedAt);
  delete lease.pausedAt;
}

/** Its holder has it as it is: the idle clock begins anew, and paused time is not charged. */
function goOn(lease: Lease, at: Ms): void {
  pausedUntil(lease, at);
  delete lease.pausedFrom;
  lease.state = "active";
  lease.touchedAt = at;
  delete lease.silent;
}

/** It counts as paused from now on; how long it may be counts from when its holder last had its machine. */
function countsAsPaused(lease: Lease, at: Ms): void {
  lease.pausedFrom ??= lease.pausedAt ?? at;
  pausedUntil(lease, at);
  lease.pausedAt = at;
}

function pause(lease: Lease, at: Ms): void {
  countsAsPaused(lease, at);
  lease.state = "paused";
}

function changing(s: State, lease: Lease, { data: { change, source }, at }: Placed<"lease.changing">): void {
  const saved = lease.pausedAt === undefined ? {} : { saved: true as const };
  // As long as it waits to be started it counts as paused.
  if (lease.pausedAt !== undefined) countsAsPaused(lease, at);
  delete lease.failed;
  delete lease.lacks;
  delete lease.silent;
  if (change.kind === "pause" && source === undefined) lease.silent = true;
  lease.state = "changing";
  lease.change = change;
  const machine = machineOf(s, lease);
  if (machine === undefined) return;
  machine.doing = { since: at, ...saved };
  // Somebody else may have started it meanwhile.
  if (change.kind !== "pause" && change.kind !== "checkpoint") machine.renewed = false;
}

/** A start was answered, or not: its time goes on. Where the host had no room for it, it waits as before. */
export function startClosed(s: State, machine: Cycle, code: string | undefined, at: Ms): void {
  if (machine.doing === undefined) return;
  const lease = leaseOf(s, machine);
  if (code === undefined || !NO_ROOM.has(code)) {
    if (lease !== undefined) pausedUntil(lease, at);
    return;
  }
  delete machine.doing.startedAt;
  // An earlier start was not answered, and had not happened.
  if (lease !== undefined && isSaved(lease, machine) && lease.pausedAt === undefined) {
    countsAsPaused(lease, at);
  }
}

/** The holder's checkpoint was made. */
export function checkpointMade({ doing }: Cycle, id: string): void {
  if (doing !== undefined) doing.made = id;
}

/** Why it ended, for whoever asks later. */
function remember({ endedLeases }: State, { id }: Lease, cause: string, at: Ms): void {
  endedLeases.set(id, { at, cause });
  for (const [known, { at: since }] of endedLeases) {
    if (endedLeases.size <= ENDED_KEPT && since > at - KEYS_FOR_MS) break;
    endedLeases.delete(known);
  }
}

function ended(s: State, lease: Lease, { data, at }: Placed<"lease.ended">): void {
  const machine = machineOf(s, lease);
  s.leases.delete(lease.id);
  remember(s, lease, data.cause, at);
  if (machine === undefined) return;
  const saved = isSaved(lease, machine);
  finish(s, machine);
  delete machine.lease;
  // Only a machine that its holder had is used.
  if (machine.phase !== "claimed") return;
  const { release, source, until = at + lease.keepMs } = data;
  // It never had the machine that was parked for its holder: that one waits on, unless somebody says otherwise.
  if (lease.state === "starting" && source === undefined) return;
  if (release === "save" || release === "keep") {
    const { holder, pool, checkpoints } = lease;
    machine.parked = { holder, pool, how: saved ? "save" : release, until, checkpoints };
    return;
  }
  delete machine.parked;
  machine.release = release;
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
      if (machine === undefined) return;
      machine.lease = lease.id;
      chosen(lease, origin, machine);
      if (machine.parked === undefined) return;
      machine.doing = { since: event.at };
      lease.checkpoints = machine.parked.checkpoints;
      return;
    }
    case "lease.moved": {
      const machine = machineOf(s, lease);
      if (machine?.phase === "claimed") {
        finish(s, machine);
        delete machine.parked;
        machine.release = "reset";
      }
      if (machine !== undefined) delete machine.lease;
      lease.state = "queued";
      lease.checkpoints = [];
      delete lease.cycle;
      delete lease.origin;
      delete lease.assignedAt;
      forgetSteps(lease);
      return;
    }
    case "lease.granted": {
      Object.assign(lease, { state: "active", grantedAt: event.at, touchedAt: event.at });
      if (event.data.lacks !== undefined) lease.lacks = event.data.lacks;
      const machine = machineOf(s, lease);
      if (machine === undefined) return;
      finish(s, machine);
      delete machine.parked;
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
    case "lease.changing":
      return changing(s, lease, event);
    case "lease.changed": {
      const { change, checkpoint: id, lacks } = event.data;
      delete lease.change;
      if (lacks !== undefined) lease.lacks = lacks;
      if (change.kind === "checkpoint" && id !== undefined) {
        lease.checkpoints = [...lease.checkpoints, { name: change.name, id, at: event.at }];
      }
      finish(s, machineOf(s, lease));
      return change.kind === "pause" ? pause(lease, event.at) : goOn(lease, event.at);
    }
    case "lease.unchanged": {
      const { change, message, paused } = event.data;
      delete lease.change;
      lease.failed = { change, message };
      finish(s, machineOf(s, lease));
      return paused === true ? pause(lease, event.at) : goOn(lease, event.at);
    }
    case "lease.ended":
      return ended(s, lease, event);
    default:
      return event satisfies never;
  }
}

/** A clock that was set back must not give anybody the time that it lost. */
export function leasesNotInTheFuture(s: State, now: Ms): void {
  for (const lease of s.leases.values()) {
    lease.touchedAt = Math.min(lease.touchedAt, now);
    if (lease.grantedAt !== undefined) lease.grantedAt = Math.min(lease.grantedAt, now);
    if (lease.pausedAt !== undefined) lease.pausedAt = Math.min(lease.pausedAt, now);
    if (lease.pausedFrom !== undefined) lease.pausedFrom = Math.min(lease.pausedFrom, now);
  }
  for (const id of s.claimed) {
    const doing = s.cycles.get(id)?.doing;
    if (doing === undefined) continue;
    doing.since = Math.min(doing.since, now);
    if (doing.startedAt !== undefined) doing.startedAt = Math.min(doing.startedAt, now);
  }
}
