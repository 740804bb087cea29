/**
 * Rules for a machine that somebody had: while something is done with it under a lease, while it is parked for its
 * holder, and when it is free again. Which rule it is follows from the power of its VM.
 */
import { noRoomForCheckpoint } from "../admission.ts";
import { changeOf } from "../leases/change.ts";
import { type LeaseChange, leaseOf } from "../leases/lease.ts";
import { isSaved, quotaAllows } from "../leases/quotas.ts";
import type { Cycle } from "../state.ts";
import { beatMoved, guestOf } from "../view.ts";
import { isReady, lackNow, tooLate, waitUntilReady } from "./ready.ts";
import { type Facts, type LeaseStep, open, retire, type Step, unwanted, wait } from "./step.ts";

const SILENT = "its guest said nothing in time";
/** A holder's quota is looked at again after this. */
const ASK_QUOTA_MS = 5_000;

/** Whether a machine is one of leases. One without a registration is, also when its pool is gone. */
export function isLeaseMachine({ cycle, pool }: Facts): boolean {
  return pool === undefined ? cycle.runner === undefined : pool.settings.kind === "agent";
}

/** Its lease has ended: back to its clean checkpoint, or made anew. */
export function afterLease({ s, cycle, pool }: Facts, cause = "its lease ended"): Step {
  const release = cycle.release ?? leaseOf(s, cycle)?.release;
  // Merging a holder's checkpoints away takes longer than making it anew.
  const reset = release !== "destroy" && cycle.checkpoint !== undefined && cycle.branched !== true &&
    pool?.settings.recycle === "restore" && unwanted({ s, cycle, pool }) === undefined;
  return reset ? { step: "recycle", cause } : retire(cause);
}

/** Why a parked machine waits for its holder no longer. */
function abandoned(facts: Facts): string | undefined {
  const { cycle: { parked }, now } = facts;
  if (parked === undefined) return "its lease ended";
  if (now >= parked.until) return "its holder did not come back in time";
  // Its pool may come back, too: until its time is over nothing in it is lost.
  return facts.pool?.goneUpTo === undefined ? unwanted(facts) : undefined;
}

function waitForHolder({ parked }: Cycle): Step {
  return wait(`parked for ${parked?.holder}`, parked === undefined ? {} : { until: parked.until });
}

/** It runs, or is halted. */
export function heldRunning(facts: Facts): Step {
  const { s, cycle } = facts;
  const lease = leaseOf(s, cycle);
  switch (lease?.state) {
    case undefined: {
      const over = abandoned(facts);
      if (over !== undefined) return afterLease(facts, over);
      return cycle.parked?.how === "save" ? open("vm.save") : waitForHolder(cycle);
    }
    case "starting":
      return onceReady(facts, { step: "granted" });
    case "paused":
      // Somebody resumed it; or the answer to its saving did not come.
      return open("vm.save");
    case "changing":
      return changeRunning(facts, changeOf(s, cycle));
    default:
      return wait("leased");
  }
}

function changeRunning(facts: Facts, change: LeaseChange | undefined): Step {
  const { doing } = facts.cycle;
  switch (change?.kind) {
    case "pause":
      return open("vm.save");
    case "checkpoint":
      return doing?.made === undefined ? checkpoint(facts) : { step: "changed", checkpoint: doing.made };
    case "reset":
    case "restore":
      return doing?.restored === true ? onceStarted(facts) : open("vm.turnOff");
    default:
      return onceStarted(facts);
  }
}

/** Where somebody else started it while it waited, this start changes nothing, and its guest is given time from here on. */
function onceStarted(facts: Facts): Step {
  const lease = leaseOf(facts.s, facts.cycle);
  const waited = lease !== undefined && isSaved(lease, facts.cycle);
  return waited ? open("vm.start") : onceReady(facts, { step: "changed" });
}

/** One that was begun is made: its space is taken already. */
function checkpoint({ s, v, cycle }: Facts): Step {
  const message = cycle.retrying === "checkpoint.create" ? undefined : noRoomForCheckpoint(s, v, cycle);
  return message === undefined ? open("checkpoint.create") : { step: "unchanged", message };
}

/** It was resumed: a fresh address, then its guest has to go on and be ready. */
function onceReady(facts: Facts, then: Extract<LeaseStep, { step: "granted" | "changed" }>): Step {
  const { s, v, cycle, now } = facts;
  const began = cycle.doing?.startedAt ?? cycle.doing?.since ?? cycle.since;
  const until = Math.max(began, s.startedAt) + s.settings.times.bootMs;
  const guest = guestOf(v, cycle);
  const lives = guest?.phase === "waiting" && beatMoved(guest, cycle);
  if (now >= until) {
    // What its holder did in it, such as locking its desktop, is no reason to take it away. It is told what is lacking.
    if (lives && changeOf(s, cycle)?.kind !== "reset") {
      const lack = lackNow(facts);
      return lack === undefined ? then : { ...then, lacks: lack.what };
    }
    return { step: "lost", cause: `its machine was resumed and did not go on: ${tooLate(facts, SILENT)}` };
  }
  if (!cycle.renewed) return open("nic.reconnect");
  return lives && isReady(facts) ? then : waitUntilReady(facts, until);
}

/** It is saved. */
export function heldSaved(facts: Facts): Step {
  const { s, cycle } = facts;
  const lease = leaseOf(s, cycle);
  switch (lease?.state) {
    case undefined: {
      const over = abandoned(facts);
      return over === undefined ? waitForHolder(cycle) : afterLease(facts, over);
    }
    case "starting":
      return open("vm.start");
    case "paused":
      return wait("paused");
    case "changing":
      break;
    default:
      // Its holder cannot use it: it counts as paused, and can be resumed.
      return { step: "found", change: { kind: "pause" } };
  }
  switch (lease?.change?.kind) {
    case "pause":
      return { step: "changed" };
    case "resume":
      return startWithinQuota(facts);
    case "checkpoint":
      return cycle.doing?.made === undefined
        ? {
          step: "unchanged",
          message: "The machine is saved: a checkpoint is made of one that runs.",
          paused: true,
        }
        : { step: "changed", checkpoint: cycle.doing.made };
    default:
      return cycle.doing?.restored === true ? startWithinQuota(facts) : open("checkpoint.restore");
  }
}

/** One that was paused had given up its memory: it is started again once its holder's quota has room for it. */
function startWithinQuota({ s, cycle, now }: Facts): Step {
  const lease = leaseOf(s, cycle);
  const asks = lease !== undefined && isSaved(lease, cycle);
  const over = asks ? quotaAllows(s, lease) : undefined;
  return over === undefined ? open("vm.start") : wait(over, { until: now + ASK_QUOTA_MS });
}

/** It is off. What was in its memory is gone, which is what a change wants, or is the end of its lease. */
export function heldOff(facts: Facts): Step {
  const { s, cycle } = facts;
  const { doing } = cycle;
  const kind = changeOf(s, cycle)?.kind;
  if (kind !== "reset" && kind !== "restore") return afterLease(facts);
  if (doing?.restored !== true) return open("checkpoint.restore");
  // A checkpoint without memory; one that was started and is off again is lost.
  return doing.startedAt === undefined ? startWithinQuota(facts) : afterLease(facts);
}

/** Hyper-V is at work on it: where nobody waits for it any more, it is given up in time. */
export function heldBetween(facts: Facts): Step | undefined {
  const { phase, lease } = facts.cycle;
  if (phase !== "claimed" || lease !== undefined || !isLeaseMachine(facts)) return undefined;
  const over = abandoned(facts);
  return over === undefined ? undefined : afterLease(facts, over);
}
