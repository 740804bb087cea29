/**
 * Rules for idle machines of agent pools of which an operator wishes something: they come before the table. Where a
 * wish asks for nothing else than the table does, they leave it to the table.
 */
import { whoOf } from "../by.ts";
import type { Power } from "../phases.ts";
import type { Wish } from "../wish.ts";
import { introduce } from "./join.ts";
import { afterLease } from "./held.ts";
import { stopSafely } from "./retire.ts";
import { isProven } from "./seal.ts";
import { type Facts, open, type Step, unwanted, wait } from "./step.ts";

/** What a wish asks for; `undefined`: nothing is wished, or the table does it. */
export function wished(power: Power, facts: Facts): Step | undefined {
  const { cycle: { wish, lease, phase }, pool } = facts;
  if (wish === undefined || lease !== undefined || pool?.settings.kind !== "agent") return undefined;
  // What is not wanted any more goes, whatever was wished of it; also one whose lease has ended is put back first.
  if (unwanted(facts) !== undefined || (phase === "claimed" && wish.what !== "off")) return undefined;
  switch (wish.what) {
    case "off":
      return keepOff(power, facts, wish);
    case "awake":
      return keepAwake(power, facts, wish);
    case "saved":
      return keepSaved(power, facts, wish);
    case "reset":
      return phase === "online" && power === "running" ? putAway(facts) : undefined;
    case "ready":
      // One that would be left off is started by the table: see `isWantedOn`.
      return undefined;
    default:
      return wish.what satisfies never;
  }
}

/** To where a machine is put back from; one without a checkpoint was never used, and boots again. */
function putAway({ cycle }: Facts): Step {
  return { step: "enter", phase: cycle.checkpoint === undefined ? "provisioning" : "sealing" };
}

function keepOff(power: Power, facts: Facts, wish: Wish): Step | undefined {
  const { cycle } = facts;
  const on = power === "running" || power === "saved";
  const off = wait(`off, as asked for by ${whoOf(wish)}`);
  switch (cycle.phase) {
    case "provisioning":
      return power === "running" ? open("vm.turnOff") : power === "off" ? off : undefined;
    case "sealing":
      if (cycle.checkpoint === undefined) return on || power === "off" ? putAway(facts) : undefined;
      if (power === "running") return stopSafely(facts);
      return power === "saved" ? open("vm.turnOff") : power === "off" ? off : undefined;
    case "booting":
    case "waiting":
    case "standby":
    case "resuming":
    case "online":
      return on ? putAway(facts) : undefined;
    case "claimed":
      // It was parked, and its last holder is not waited for any longer.
      return on || power === "off" ? afterLease(facts, `turned off by ${whoOf(wish)}`) : undefined;
    default:
      return undefined;
  }
}

function keepAwake(power: Power, facts: Facts, wish: Wish): Step | undefined {
  const { cycle } = facts;
  const clean = cycle.clean && isProven(facts);
  if (cycle.phase === "standby" && power === "saved" && clean) return { step: "enter", phase: "resuming" };
  if (power !== "running") return undefined;
  if (cycle.phase === "waiting" && cycle.checkpoint !== undefined && isProven(facts)) return introduce(facts);
  return cycle.phase === "online"
    ? wait(`ready for a lease; kept awake, as asked for by ${whoOf(wish)}`)
    : undefined;
}

function keepSaved(power: Power, facts: Facts, wish: Wish): Step | undefined {
  const { cycle } = facts;
  const sealed = cycle.checkpoint !== undefined;
  if (cycle.phase === "online" && power === "running" && sealed) return putAway(facts);
  if (cycle.phase === "waiting" && power === "running" && sealed && isProven(facts)) return putAway(facts);
  if (cycle.phase === "standby" && power === "saved" && cycle.clean && isProven(facts)) {
    return wait(`saved until it is leased, as asked for by ${whoOf(wish)}`);
  }
  return undefined;
}
