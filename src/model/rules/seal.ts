/**
 * Rules for machines that go back to a checkpoint: it is made once, while the guest waits and nobody has used it;
 * after each job the machine is put back to it, saved, and resumed when it is wanted. A resume is proven before
 * anybody counts on it, and again after each start of the host.
 */
import { waitForMemory } from "../admission.ts";
import { slotId } from "../ids.ts";
import type { Phase } from "../phases.ts";
import { isCanary, isReplaced } from "../rollout.ts";
import type { Pool } from "../state.ts";
import { beatMoved, guestOf } from "../view.ts";
import { introduce } from "./join.ts";
import { hotWanted } from "./lease.ts";
import { isReady, tooLate, waitUntilReady } from "./ready.ts";
import { stopSafely } from "./retire.ts";
import { type Facts, failed, open, retire, type Step, unwanted, wait } from "./step.ts";

/** Whether a machine can be put back instead of being made anew. */
export function canRecycle(facts: Pick<Facts, "s" | "cycle" | "pool">): boolean {
  const { cycle, pool } = facts;
  return pool?.settings.recycle === "restore" && cycle.checkpoint !== undefined &&
    !isReplaced(cycle, pool) && unwanted(facts) === undefined;
}

/** After its use: back to its checkpoint, or given up. */
export function recycle(facts: Facts, cause: string): Step {
  return canRecycle(facts) ? { step: "recycle", cause } : retire(cause);
}

/** Whether it was resumed well since the host started; saved states do not outlive every change of a host. */
export function isProven({ v, cycle }: Facts): boolean {
  return cycle.proven !== undefined && cycle.proven === v.vms?.bootId;
}

/** Phases of a machine whose guest goes on and that has no job. */
const AWAKE: ReadonlySet<Phase> = new Set(["waiting", "joining", "online"]);

/** How many machines of a pool are awake, itself included; those whose resume is only to be proven do not count. */
function awake({ s }: Facts, { settings }: Pool): number {
  let count = 0;
  for (let slot = 1; slot <= settings.size; slot++) {
    const live = s.slots.get(slotId(settings.name, slot))?.live;
    const phase = live === undefined ? undefined : s.cycles.get(live)?.phase;
    if (phase !== undefined && AWAKE.has(phase)) count++;
  }
  return count;
}

/** A guest waits: it is sealed first where its pool keeps checkpoints, else introduced. */
export function sealOrIntroduce(facts: Facts): Step {
  const { cycle, pool } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (pool?.settings.recycle !== "restore") return introduce(facts);
  const ready = cycle.checkpoint !== undefined && isProven(facts);
  const wanted = awake(facts, pool) <= hotWanted(pool.settings) || isCanary(cycle, pool) ||
    cycle.lease !== undefined;
  return ready && wanted ? introduce(facts) : { step: "enter", phase: "sealing" };
}

/** It runs: the checkpoint is made of it, or it is stopped to be put back. */
export function seal(facts: Facts): Step {
  const { cycle } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (cycle.checkpoint === undefined && !cycle.used) return open("checkpoint.create");
  return stopSafely(facts);
}

/** It is off: put back. */
export function putBack(facts: Facts): Step {
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (facts.cycle.checkpoint !== undefined) return open("checkpoint.restore");
  return failed("no-checkpoint", "The VM was off before its checkpoint was made");
}

/** It is saved: by the restore, or by somebody. */
export function sealed(facts: Facts): Step {
  const { cycle, v } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (cycle.checkpoint === undefined) {
    return failed("no-checkpoint", "The VM was saved by somebody before its checkpoint was made");
  }
  if (!cycle.clean) return open(cycle.rung > 0 ? "savedState.remove" : "checkpoint.restore");
  if (v.vms === undefined) return wait("waiting for a list of VMs", { reading: "vm" });
  return { step: "enter", phase: isProven(facts) ? "standby" : "resuming" };
}

/** Saved and ready. */
export function standBy(facts: Facts): Step {
  const { cycle, pool, v } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (v.vms === undefined) return wait("waiting for a list of VMs", { reading: "vm" });
  if (!cycle.clean || !isProven(facts)) return reseal();
  if (cycle.lease !== undefined) return { step: "enter", phase: "resuming" };
  const wanted = pool !== undefined && (pool.hot < hotWanted(pool.settings) || isCanary(cycle, pool));
  if (!wanted) return wait("saved, ready to be resumed");
  const room = waitForMemory(facts.s, v, cycle, "hot");
  return room === undefined ? { step: "enter", phase: "resuming" } : wait(room, { reading: "host" });
}

/** Somebody did something with it: it is put back. */
export function reseal(): Step {
  return { step: "enter", phase: "sealing" };
}

/** It is gone although nobody used it. */
export function goneStandby(): Step {
  return retire("its VM disappeared");
}

/** It was resumed: a fresh address, then its guest has to go on. */
export function goOn(facts: Facts): Step {
  const { s, v, cycle, now } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  const until = Math.max(cycle.since, s.startedAt) + s.settings.times.bootMs;
  if (now >= until) {
    const message = tooLate(facts, "The guest did not go on in time");
    return { step: "resumeFailed", cause: "resume-timeout", message };
  }
  if (!cycle.renewed) return open("nic.reconnect");
  const guest = guestOf(v, cycle);
  const bootId = v.vms?.bootId;
  if (bootId !== undefined && guest?.phase === "waiting" && beatMoved(guest, cycle) && isReady(facts)) {
    return { step: "enter", phase: "waiting", proven: bootId };
  }
  return waitUntilReady(facts, until);
}

/** It is saved and to be resumed. */
export function resume(facts: Facts): Step {
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  // What was saved by anybody but the restore is not resumed.
  return facts.cycle.clean ? open("vm.start") : stillClean(facts);
}

/** A start that was not answered may be on its way; one that was refused left the saved state as it was. */
function stillClean({ cycle }: Facts): Step {
  return cycle.retrying === "vm.start" ? open("vm.start") : reseal();
}
