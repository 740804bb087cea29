/** Rules for machines of agent pools: ready for a lease, or held under one. */
import { isHot } from "../state.ts";
import type { PoolSettings } from "../settings.ts";
import { guestOf } from "../view.ts";
import { type Facts, retire, type Step, unwanted, wait } from "./step.ts";

/** How many machines of a pool are to be running and ready. */
export function hotWanted({ size, hot = size }: PoolSettings): number {
  return Math.min(size, hot);
}

/** Whether a guest is ready for a holder: it lives, and its desktop is unlocked where that is asked for. */
export function isReady({ v, cycle, pool }: Facts): boolean {
  if (pool?.settings.agent?.desktop !== true) return true;
  return guestOf(v, cycle)?.desktop?.locked === false;
}

/** It runs and nobody has it, or somebody does. */
export function serveLease(facts: Facts): Step {
  const { cycle, pool } = facts;
  if (cycle.phase === "claimed") {
    return cycle.lease === undefined ? afterLease(facts) : wait("leased");
  }
  if (cycle.lease !== undefined) return { step: "enter", phase: "claimed" };
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  // More are running than are wanted: one goes back to its saved state.
  const surplus = pool !== undefined && cycle.checkpoint !== undefined && isHot(cycle) &&
    pool.hot > hotWanted(pool.settings);
  return surplus ? { step: "enter", phase: "sealing" } : wait("ready for a lease");
}

/** Its lease has ended: back to its clean checkpoint, or made anew. */
export function afterLease({ s, cycle, pool }: Facts): Step {
  const cause = "its lease ended";
  const reset = cycle.release !== "destroy" && cycle.checkpoint !== undefined &&
    pool?.settings.recycle === "restore" && unwanted({ s, cycle, pool }) === undefined;
  return reset ? { step: "recycle", cause } : retire(cause);
}
