/** Rules for a guest that boots: until it waits for its introduction, or has what was written for it before. */
import type { Ms } from "../ids.ts";
import { SILENT_MS } from "../settings.ts";
import type { Pool } from "../state.ts";
import { beatMoved, guestOf, type GuestSeen } from "../view.ts";
import { deliver } from "./deliver.ts";
import { askWhetherServed, hasGot } from "./join.ts";
import { broken } from "./make.ts";
import { isReady, lackNow, tooLate } from "./ready.ts";
import { type Facts, failed, open, retire, runnerNow, type Step, unwanted, wait } from "./step.ts";

/** The guest registers its runner by itself: it says nothing, and is given its file by PowerShell Direct. */
function configuresItself(pool: Pool | undefined): boolean {
  return pool?.settings.registration === "token";
}

/** The guest boots. */
export function awaitGuest(facts: Facts): Step {
  const { s, v, cycle, pool, now } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  const guest = guestOf(v, cycle);
  if (cycle.put && hasCome(facts, guest)) return { step: "enter", phase: "joining" };
  if (!cycle.used && guest?.phase === "waiting" && beatMoved(guest, cycle) && isReady(facts)) {
    return { step: "enter", phase: "waiting" };
  }
  const until = Math.max(cycle.since, s.startedAt) + s.settings.times.bootMs;
  if (now >= until) {
    return failed("boot-timeout", tooLate(facts, "The guest did not ask for its introduction in time"));
  }
  if (configuresItself(pool) && !cycle.put) return deliver(facts, "guest.deliver");
  const bringAt = bringLoaderAt(facts, guest);
  if (now >= bringAt) return open("guest.prepare");
  const lack = lackNow(facts);
  const why = lack?.why ?? "waiting for the guest to boot";
  return wait(why, { until: Math.min(until, bringAt), reading: lack?.reading ?? "guest" });
}

/** Whether a guest that has its configuration from the beginning says so, or GitHub says it. */
function hasCome(facts: Facts, guest: GuestSeen | undefined): boolean {
  const { row } = runnerNow(facts);
  return row?.online === true || row?.busy === true || hasGot(guest, facts.cycle);
}

/** When the loader is brought into an image that has none; tried again until the guest's deadline. */
function bringLoaderAt({ cycle, pool }: Facts, guest: GuestSeen | undefined): Ms {
  if (cycle.prepared === true || cycle.put || pool === undefined) return Infinity;
  switch (pool.settings.delivery) {
    case "direct":
      return cycle.since;
    case undefined:
      return guest === undefined ? cycle.since + SILENT_MS : Infinity;
    default:
      return Infinity;
  }
}

/** Off, or gone, while it booted: one that had its configuration may have served. */
export function endedEarly(facts: Facts): Step {
  return facts.cycle.used ? askWhetherServed(facts) : broken(facts);
}
