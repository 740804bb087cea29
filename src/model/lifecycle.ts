/**
 * The life of a cycle: one table, phase × power → rule. Reading it tells all that the controller can ever do to
 * a VM. A rule is a pure function over what is known of one cycle; it answers with one step, and `plan` takes it.
 *
 * The laws that the rules keep are in `docs/architecture.md`.
 */
import type { Phase, Power } from "./phases.ts";
import { awaitGuest, endedEarly } from "./rules/boot.ts";
import { heldBetween } from "./rules/held.ts";
import { askWhetherServed, join } from "./rules/join.ts";
import { booted, broken, make, start } from "./rules/make.ts";
import { betweenStates, copyDisk, install, startOrKeep } from "./rules/prepare.ts";
import { cleanUp, keep, keepRunning, quarantineEmpty, removeVm, stopSafely } from "./rules/retire.ts";
import {
  goneStandby,
  goOn,
  putBack,
  reseal,
  resume,
  seal,
  sealed,
  sealOrIntroduce,
  standBy,
} from "./rules/seal.ts";
import { finished, leaveClaimed, lost, savedClaimed, serve, watchRunner } from "./rules/serve.ts";
import { wished } from "./rules/wishes.ts";
import { type Facts, failed, type Rule, type Step, wait } from "./rules/step.ts";

/** Hyper-V is at work on it: the next reading tells. A machine that stays so does not hold its slot for ever. */
function transitional(facts: Facts): Step {
  const { s, cycle, now } = facts;
  const why = "waiting for Hyper-V to finish";
  switch (cycle.phase) {
    case "online":
    case "claimed": {
      const over = heldBetween(facts);
      if (over !== undefined) return over;
      const step = watchRunner(facts, why);
      return step.step === "wait" ? { ...step, reading: "vm" } : step;
    }
    case "retiring":
    case "quarantined":
      return wait(why, { reading: "vm" });
    case "preparing":
      return betweenStates(facts, why);
    case "standby":
      // Somebody does something with it; from here on it is given time.
      return reseal();
    default: {
      const { bootMs, joinMs } = s.settings.times;
      const deadline = Math.max(cycle.since, s.startedAt) + (cycle.phase === "joining" ? joinMs : bootMs);
      if (now < deadline) return wait(why, { until: deadline, reading: "vm" });
      return failed("power-timeout", `Hyper-V was still changing the VM's state while ${cycle.phase}`);
    }
  }
}

/** Unreachable is not absent. */
function unseen(): Step {
  return wait("waiting for a reading of its VM", { reading: "vm" });
}

/** Every rule by its name. */
export const RULES = {
  make,
  start,
  booted,
  broken,
  awaitGuest,
  endedEarly,
  sealOrIntroduce,
  seal,
  putBack,
  sealed,
  standBy,
  reseal,
  goneStandby,
  goOn,
  resume,
  join,
  askWhetherServed,
  serve,
  finished,
  savedClaimed,
  leaveClaimed,
  lost,
  copyDisk,
  startOrKeep,
  install,
  stopSafely,
  removeVm,
  cleanUp,
  keep,
  keepRunning,
  quarantineEmpty,
  transitional,
  unseen,
} as const satisfies Record<string, Rule>;

/** Name of a rule. */
export type RuleName = keyof typeof RULES;

const WAITS = {
  starting: "transitional",
  saving: "transitional",
  stopping: "transitional",
  unseen: "unseen",
} as const satisfies Partial<Record<Power, RuleName>>;

/** The table. */
export const LIFECYCLE: Readonly<Record<Phase, Readonly<Record<Power, RuleName>>>> = {
  provisioning: {
    ...WAITS,
    running: "booted",
    off: "start",
    saved: "broken",
    absent: "make",
    critical: "broken",
    paused: "broken",
  },
  booting: {
    ...WAITS,
    running: "awaitGuest",
    off: "endedEarly",
    saved: "broken",
    absent: "endedEarly",
    critical: "broken",
    paused: "broken",
  },
  waiting: {
    ...WAITS,
    running: "sealOrIntroduce",
    off: "broken",
    saved: "broken",
    absent: "broken",
    critical: "broken",
    paused: "broken",
  },
  sealing: {
    ...WAITS,
    running: "seal",
    off: "putBack",
    saved: "sealed",
    absent: "broken",
    critical: "broken",
    paused: "broken",
  },
  standby: {
    ...WAITS,
    running: "reseal",
    off: "reseal",
    saved: "standBy",
    absent: "goneStandby",
    critical: "reseal",
    paused: "reseal",
  },
  resuming: {
    ...WAITS,
    running: "goOn",
    off: "reseal",
    saved: "resume",
    absent: "broken",
    critical: "reseal",
    paused: "reseal",
  },
  joining: {
    ...WAITS,
    running: "join",
    off: "askWhetherServed",
    saved: "lost",
    absent: "askWhetherServed",
    critical: "lost",
    paused: "lost",
  },
  online: {
    ...WAITS,
    running: "serve",
    off: "finished",
    saved: "lost",
    absent: "lost",
    critical: "lost",
    paused: "lost",
  },
  claimed: {
    ...WAITS,
    running: "serve",
    off: "finished",
    saved: "savedClaimed",
    absent: "lost",
    critical: "lost",
    paused: "leaveClaimed",
  },
  preparing: {
    ...WAITS,
    running: "install",
    off: "startOrKeep",
    saved: "broken",
    absent: "copyDisk",
    critical: "broken",
    paused: "broken",
  },
  retiring: {
    ...WAITS,
    running: "stopSafely",
    off: "removeVm",
    saved: "removeVm",
    absent: "cleanUp",
    critical: "stopSafely",
    paused: "stopSafely",
  },
  quarantined: {
    ...WAITS,
    running: "keepRunning",
    off: "keep",
    saved: "keep",
    absent: "quarantineEmpty",
    critical: "stopSafely",
    paused: "stopSafely",
  },
};

/** The next step of a cycle whose machine has this power. What an operator wishes of an idle one comes before the table. */
export function nextStep(power: Power, facts: Facts): Step {
  return wished(power, facts) ?? RULES[LIFECYCLE[facts.cycle.phase][power]](facts);
}
