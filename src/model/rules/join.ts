/** Rules for the introduction: a guest gets its runner, and the runner comes online. */
import type { Cycle } from "../state.ts";
import { beatMoved, guestOf, type GuestSeen } from "../view.ts";
import { deliver, hasConfiguration } from "./deliver.ts";
import { sayBye } from "./exit.ts";
import {
  type Facts,
  failed,
  GITHUB_SILENT,
  open,
  retire,
  runnerNow,
  type Step,
  unwanted,
  wait,
} from "./step.ts";

/** The guest waits for its introduction. */
export function introduce(facts: Facts): Step {
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  // Nobody is introduced to a machine that is leased: it is ready.
  if (facts.pool?.settings.kind === "agent") return { step: "enter", phase: "online" };
  if (!runnerNow(facts).answering) return wait(GITHUB_SILENT, { reading: "runners" });
  return hasConfiguration(facts) ? { step: "enter", phase: "joining" } : { step: "register" };
}

/** Whether the guest says that it has read the introduction with the present use number. */
export function hasGot(guest: GuestSeen | undefined, cycle: Cycle): boolean {
  if (guest === undefined || cycle.runner === undefined || guest.use !== cycle.runner.use) return false;
  return guest.phase === "got" || guest.phase === "running" || guest.phase === "done";
}

/** It is introduced, and its runner comes online. */
export function join(facts: Facts): Step {
  const { s, v, cycle, now } = facts;
  const { row } = runnerNow(facts);
  if (row?.busy === true) return { step: "enter", phase: "claimed" };
  if (row?.online === true) return { step: "enter", phase: "online" };
  const forge = cycle.runner === undefined ? undefined : v.forges.get(cycle.runner.scope);
  const until = Math.max(cycle.since, s.startedAt, forge?.okSince ?? 0) + s.settings.times.joinMs;
  // What waits for GitHub is not charged.
  if (forge?.failing === undefined && now >= until) {
    return failed("join-timeout", "The runner did not come online in time");
  }
  const guest = guestOf(v, cycle);
  const got = hasGot(guest, cycle);
  if (got && cycle.media) return open("media.take");
  if (!cycle.put && !got) {
    // One that was given something and waits all the same has not read it; until it says so, nothing is known.
    const unread = guest?.phase === "waiting" && beatMoved(guest, cycle);
    if (hasConfiguration(facts) || !cycle.used || unread) return deliver(facts, "media.put");
  }
  const bye = sayBye(facts, guest);
  if (bye !== undefined) return bye;
  if (forge?.failing !== undefined) return wait(GITHUB_SILENT, { reading: "runners" });
  const why = got
    ? "waiting for the runner to come online"
    : "waiting for the guest to read its introduction";
  return wait(why, { until, reading: "guest" });
}

/** Off before it was ever seen online: whole jobs fit between two lists, so GitHub is asked first. */
export function askWhetherServed(facts: Facts): Step {
  const { cycle, pool } = facts;
  const { answering, row } = runnerNow(facts);
  if (cycle.runner?.gone === true) {
    return failed("never-online", "The guest ended before its runner came online");
  }
  if (cycle.runner?.id === undefined && row === undefined) {
    if (pool?.settings.registration !== "token") return retire("off with an unknown registration");
    // It was to register by itself, and no list ever showed that it did.
    return failed("never-online", "The guest ended before GitHub's lists showed its runner");
  }
  if (!answering) return wait(GITHUB_SILENT, { reading: "runners" });
  return open("runner.remove");
}
