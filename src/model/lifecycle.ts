/**
 * The life of a cycle: one table, phase × power → rule. Reading it tells all that the controller can ever do to
 * a VM. A rule is a pure function over what is known of one cycle; it answers with one step, and `plan` takes it.
 *
 * The laws that the rules keep are in `docs/architecture.md`.
 */
import type { OperationName } from "./calls.ts";
import type { Ms } from "./ids.ts";
import type { Phase, Power } from "./phases.ts";
import { REAP_SHARE, REAP_WINDOW_MS, SILENT_MS } from "./settings.ts";
import type { Cycle, Pool, State } from "./state.ts";
import {
  beatMoved,
  guestOf,
  type GuestSeen,
  registrationListed,
  type RunnerNow,
  runnerOf,
  type View,
} from "./view.ts";

/** What is done next with a cycle. */
export type Step =
  | { readonly step: "open"; readonly call: OperationName }
  /** A new registration under the next use; the old one, if any, gets a record of its own. */
  | { readonly step: "register" }
  | { readonly step: "enter"; readonly phase: Phase }
  | { readonly step: "retire"; readonly cause: string; readonly reap?: true }
  | { readonly step: "fail"; readonly cause: string; readonly message: string }
  /** The VM is gone for good. */
  | { readonly step: "gone" }
  /** The registration counts as gone, by a complete list. */
  | { readonly step: "missing" }
  | { readonly step: "end" }
  | Wait;

/** Nothing is done. A wait names a future time, a reading, or both. */
export interface Wait {
  readonly step: "wait";
  readonly why: string;
  readonly until?: Ms;
  /** Which reading may change it; `guest` readings come by themselves. */
  readonly reading?: "vm" | "guest" | "runners";
}

/** What is known of one cycle. */
export interface Facts {
  readonly s: State;
  readonly v: View;
  readonly cycle: Cycle;
  readonly now: Ms;
  /** Absent when the pool is no longer configured. */
  readonly pool: Pool | undefined;
}

/** A named way to the next step. */
export type Rule = (facts: Facts) => Step;

function wait(why: string, rest: { until?: Ms; reading?: "vm" | "guest" | "runners" } = {}): Wait {
  return { step: "wait", why, ...rest };
}

function retire(cause: string): Step {
  return { step: "retire", cause };
}

function failed(cause: string, message: string): Step {
  return { step: "fail", cause, message };
}

function open(call: OperationName): Step {
  return { step: "open", call };
}

/** Why a cycle is not wanted any more, if it is not. A machine with a job is always wanted. */
export function unwanted({ s, cycle, pool }: Facts): string | undefined {
  if (pool === undefined) return "its pool is not configured any more";
  if (cycle.slot > pool.settings.size) return "the pool was made smaller";
  if (s.stopping?.drain === true) return "the pool is drained";
  return cycle.generation === pool.generation ? undefined : "the pool's settings changed";
}

function runnerNow({ v, cycle, pool }: Facts): RunnerNow {
  const scope = cycle.runner?.scope ?? pool?.settings.scope;
  return scope === undefined ? { answering: false } : runnerOf(v, cycle, scope);
}

const GITHUB_SILENT = "waiting for GitHub to answer";

function make(facts: Facts): Step {
  const { cycle } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (cycle.vmId !== undefined) return failed("vm-gone", "The VM disappeared before it was started");
  return open(cycle.disk ? "vm.create" : "disk.createChild");
}

function start(facts: Facts): Step {
  const reason = unwanted(facts);
  return reason === undefined ? open("vm.start") : retire(reason);
}

function booted(): Step {
  return { step: "enter", phase: "booting" };
}

/** A machine that is not on its way any more. */
function broken({ cycle }: Facts): Step {
  return failed(`${cycle.phase}-power`, `The VM was not running any more while ${cycle.phase}`);
}

function awaitGuest(facts: Facts): Step {
  const { s, v, cycle, now } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  const guest = guestOf(v, cycle);
  if (guest?.phase === "waiting" && beatMoved(guest, cycle)) return { step: "enter", phase: "waiting" };
  const until = Math.max(cycle.since, s.startedAt) + s.settings.times.bootMs;
  if (now >= until) {
    return failed("boot-timeout", "The guest did not ask for its introduction in time");
  }
  const bringAt = bringLoaderAt(facts, guest);
  if (now >= bringAt) return open("guest.prepare");
  return wait("waiting for the guest to boot", { until: Math.min(until, bringAt), reading: "guest" });
}

/** When the loader is brought into an image that has none; tried again until the guest's deadline. */
function bringLoaderAt({ cycle, pool }: Facts, guest: GuestSeen | undefined): Ms {
  const delivery = pool?.settings.delivery;
  if (cycle.prepared === true || delivery === "iso" || pool === undefined) return Infinity;
  if (delivery === "direct") return cycle.since;
  return guest === undefined ? cycle.since + SILENT_MS : Infinity;
}

function introduce(facts: Facts): Step {
  const { v, cycle } = facts;
  const reason = unwanted(facts);
  if (reason !== undefined) return retire(reason);
  if (!runnerNow(facts).answering) return wait(GITHUB_SILENT, { reading: "runners" });
  const { runner } = cycle;
  const secret = v.secrets.get(cycle.id);
  const usable = runner?.id !== undefined && secret?.use === runner.use;
  return usable ? { step: "enter", phase: "joining" } : { step: "register" };
}

/** Whether the guest says that it has read the introduction with the present use number. */
function hasGot(guest: GuestSeen | undefined, cycle: Cycle): boolean {
  if (guest === undefined || cycle.runner === undefined || guest.use !== cycle.runner.use) return false;
  return guest.phase === "got" || guest.phase === "running" || guest.phase === "done";
}

function join(facts: Facts): Step {
  const { s, v, cycle, now } = facts;
  const { row, answering } = runnerNow(facts);
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
    const secret = v.secrets.get(cycle.id);
    if (secret !== undefined && secret.use === cycle.runner?.use) return open("media.put");
    // A restart lost the configuration: before it may have been delivered there is another one, afterwards not.
    if (!cycle.used) return answering ? { step: "register" } : wait(GITHUB_SILENT, { reading: "runners" });
    if (guest?.phase === "waiting" && beatMoved(guest, cycle)) {
      return retire("its configuration was lost in a restart");
    }
  }
  if (forge?.failing !== undefined) return wait(GITHUB_SILENT, { reading: "runners" });
  const why = got
    ? "waiting for the runner to come online"
    : "waiting for the guest to read its introduction";
  return wait(why, { until, reading: "guest" });
}

/** Off before it was ever seen online: whole jobs fit between two lists, so GitHub is asked first. */
function askWhetherServed(facts: Facts): Step {
  const { cycle } = facts;
  if (cycle.runner?.id === undefined) return retire("off with an unknown registration");
  if (cycle.runner.gone === true) {
    return failed("never-online", "The guest ended before its runner came online");
  }
  if (!runnerNow(facts).answering) return wait(GITHUB_SILENT, { reading: "runners" });
  return open("runner.remove");
}

function serve(facts: Facts): Step {
  const { cycle } = facts;
  const { row } = runnerNow(facts);
  if (cycle.phase === "online" && row?.busy === true) return { step: "enter", phase: "claimed" };
  if (cycle.phase === "online") {
    const reason = unwanted(facts);
    if (reason !== undefined) return retire(reason);
  }
  const step = watchRunner(facts, cycle.phase === "online" ? "waiting for a job" : "running a job");
  return step.step === "wait" && cycle.media ? open("media.take") : step;
}

/** Waits, unless its runner has been offline for too long. */
function watchRunner(facts: Facts, why: string): Step {
  const { v, cycle } = facts;
  const offlineSince = cycle.runner === undefined
    ? undefined
    : v.forges.get(cycle.runner.scope)?.offlineSince.get(cycle.runner.name);
  if (offlineSince === undefined || !runnerNow(facts).answering) return wait(why, { reading: "runners" });
  return reap(facts, offlineSince, why);
}

/** One reading never condemns a runner, and an outage must not look like the death of a pool: capped. */
function reap({ s, cycle, pool, now }: Facts, offlineSince: Ms, why: string): Step {
  const until = offlineSince + s.settings.times.offlineMs;
  if (now < until) return wait(`${why}; its runner is offline`, { until, reading: "runners" });
  const recent = (pool?.reaped ?? []).filter((at) => at > now - REAP_WINDOW_MS);
  const allowed = Math.max(1, Math.floor((pool?.settings.size ?? 1) * REAP_SHARE));
  if (recent.length < allowed) {
    return { step: "retire", cause: `the ${cycle.phase} runner was offline too long`, reap: true };
  }
  return wait(`${why}; its runner is offline`, { until: (recent[0] ?? now) + REAP_WINDOW_MS });
}

function finished({ cycle }: Facts): Step {
  return retire(cycle.phase === "claimed" ? "its job ended" : "it was shut down");
}

/** A machine with a job that is saved or paused by somebody is left alone: it may go on. */
function leaveClaimed(facts: Facts): Step {
  return serve(facts);
}

function lost({ cycle }: Facts): Step {
  return retire(`the VM was not running any more while ${cycle.phase}`);
}

/** Law 7: a running VM that was given credentials is not stopped until GitHub confirms the removal. */
function stopSafely(facts: Facts): Step {
  const { s, cycle, now } = facts;
  const { runner } = cycle;
  if (!cycle.used || runner?.gone === true) return open("vm.turnOff");
  if (runner === undefined) return stopUnregistered(facts);
  if (runner.missingAt !== undefined) {
    const until = runner.missingAt + s.settings.times.graceMs;
    return now >= until ? open("vm.turnOff") : wait("giving the guest time to end by itself", { until });
  }
  const { answering, row } = runnerNow(facts);
  if (!answering) return wait(GITHUB_SILENT, { reading: "runners" });
  if (runner.id === undefined && row === undefined) return removeUnknown(facts);
  return open("runner.remove");
}

/** A used machine whose registration is not known: it runs on while any list shows one of its number. */
function stopUnregistered({ s, v, cycle }: Facts): Step {
  const old = cycle.since + s.settings.times.youngMs;
  const scopes = new Set([...s.scopes.keys(), ...s.settings.pools.map(({ scope }) => scope)]);
  const settled = [...scopes].every((scope) => {
    const forge = v.forges.get(scope);
    return forge?.failing === undefined && (forge?.list?.at ?? 0) >= old;
  });
  if (settled && !registrationListed(s, v, cycle.n)) return open("vm.turnOff");
  return wait("waiting for GitHub's lists to show that it has no registration", { reading: "runners" });
}

function removeVm(): Step {
  return open("vm.remove");
}

/** The machine is gone: its directory, then its registration, then the record. */
function cleanUp(facts: Facts): Step {
  const { cycle } = facts;
  if (cycle.vm !== "none") return { step: "gone" };
  if (cycle.directory) return open("dir.remove");
  const { runner } = cycle;
  if (runner === undefined || runner.gone === true || runner.missingAt !== undefined) return { step: "end" };
  const { answering, row } = runnerNow(facts);
  if (!answering) return wait(GITHUB_SILENT, { reading: "runners" });
  // An older list may still show what GitHub removed by itself after the job.
  const fresh = (facts.v.forges.get(runner.scope)?.list?.at ?? 0) >= cycle.since;
  if (!fresh) return wait("waiting for GitHub's next list", { reading: "runners" });
  return row === undefined ? removeUnknown(facts) : open("runner.remove");
}

/** A registration that no list shows is gone once a complete list began long enough after all that made it. */
function removeUnknown({ s, v, cycle, now }: Facts): Step {
  const { runner } = cycle;
  const list = runner === undefined ? undefined : v.forges.get(runner.scope)?.list;
  const old = Math.max(runner?.registeredAt ?? 0, cycle.since) + s.settings.times.youngMs;
  if (list !== undefined && list.at >= old) return { step: "missing" };
  const why = "waiting for GitHub's lists to show that its registration is gone";
  return now < old ? wait(why, { until: old, reading: "runners" }) : wait(why, { reading: "runners" });
}

function keep(facts: Facts): Step {
  const { cycle, now } = facts;
  if (cycle.until === undefined || now >= cycle.until) return retire(cycle.cause ?? "its quarantine ended");
  const runner = cycle.runner;
  const settled = runner === undefined || runner.gone === true || runner.missingAt !== undefined;
  if (!settled && runnerNow(facts).answering && runner.id !== undefined) return open("runner.remove");
  return wait("kept for inspection", { until: cycle.until });
}

function quarantineEmpty(): Step {
  return retire("nothing is left of it");
}

/** Hyper-V is at work on it: the next reading tells. A machine that stays so does not hold its slot for ever. */
function transitional(facts: Facts): Step {
  const { s, cycle, now } = facts;
  const why = "waiting for Hyper-V to finish";
  switch (cycle.phase) {
    case "online":
    case "claimed": {
      const step = watchRunner(facts, why);
      return step.step === "wait" ? { ...step, reading: "vm" } : step;
    }
    case "retiring":
    case "quarantined":
      return wait(why, { reading: "vm" });
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
  introduce,
  join,
  askWhetherServed,
  serve,
  finished,
  leaveClaimed,
  lost,
  stopSafely,
  removeVm,
  cleanUp,
  keep,
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
    off: "broken",
    saved: "broken",
    absent: "broken",
    critical: "broken",
    paused: "broken",
  },
  waiting: {
    ...WAITS,
    running: "introduce",
    off: "broken",
    saved: "broken",
    absent: "broken",
    critical: "broken",
    paused: "broken",
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
    saved: "leaveClaimed",
    absent: "lost",
    critical: "lost",
    paused: "leaveClaimed",
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
    running: "stopSafely",
    off: "keep",
    saved: "keep",
    absent: "quarantineEmpty",
    critical: "stopSafely",
    paused: "stopSafely",
  },
};

/** The next step of a cycle whose machine has this power. */
export function nextStep(power: Power, facts: Facts): Step {
  return RULES[LIFECYCLE[facts.cycle.phase][power]](facts);
}
