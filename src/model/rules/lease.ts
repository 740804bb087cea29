/** Rules for machines of agent pools: ready for a lease, or held under one. */
import { isHot } from "../state.ts";
import type { PoolSettings } from "../settings.ts";
import { heldRunning } from "./held.ts";
import { lackOf, waitUntilReady } from "./ready.ts";
import type { LeaseId } from "../leases/lease.ts";
import { type Facts, retire, type Step, unwanted, wait } from "./step.ts";

/** How many machines of a pool are to be running and ready. */
export function hotWanted({ size, hot = size }: PoolSettings): number {
  return Math.min(size, hot);
}

/** What was seen of its guest is forgotten in a restart: then its holder waits until that is seen again. */
function handOver(facts: Facts, lease: LeaseId): Step {
  const { s, cycle, now } = facts;
  const lack = lackOf(facts);
  if (lack === undefined) return { step: "enter", phase: "claimed" };
  const until = Math.max(s.leases.get(lease)?.assignedAt ?? cycle.since, s.startedAt) +
    s.settings.times.bootMs;
  return now >= until
    ? { step: "resumeFailed", cause: "resume-timeout", message: lack.late }
    : waitUntilReady(facts, until);
}

/** It runs and nobody has it, or somebody does. */
export function serveLease(facts: Facts): Step {
  const { cycle, pool } = facts;
  if (cycle.phase === "claimed") return heldRunning(facts);
  if (cycle.lease !== undefined) return handOver(facts, cycle.lease);
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  // More are running than are wanted: one goes back to its saved state.
  const surplus = pool !== undefined && cycle.checkpoint !== undefined && isHot(cycle) &&
    pool.hot > hotWanted(pool.settings);
  return surplus ? { step: "enter", phase: "sealing" } : wait("ready for a lease");
}
