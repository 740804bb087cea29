/** `conclude`: what the answer to an operation means. Secrets in the answer are dropped here. */
import { by } from "./by.ts";
import { type ForgeErrorClass, type HostErrorClass, type OperationName, OPERATIONS } from "./calls.ts";
import type { Learnt, NewEvent } from "./events.ts";
import { failure, PASSING, PERMANENT, resumeFailed } from "./failures.ts";
import { handOver } from "./hand_over.ts";
import { hash32, type Ms, type VmId } from "./ids.ts";
import type { Power } from "./phases.ts";
import { jobServed } from "./jobs.ts";
import { leaseFailed, leaseUnanswered } from "./leases/conclude_leases.ts";
import { keptInstead } from "./maintenance.ts";
import { preparationOf } from "./preparation.ts";
import { poolFor, type TemplateDisk } from "./rollout.ts";
import { canRecycle } from "./rules/seal.ts";
import { ASK_BUSY_MS } from "./settings.ts";
import { type Cycle, isLive, type Op, type State } from "./state.ts";
import type { Credentials } from "./view.ts";

/** The answer to an operation as the executor gives it. */
export type Result =
  | {
    readonly outcome: "ok";
    readonly value: {
      readonly power?: Power;
      readonly vmId?: VmId;
      readonly runnerId?: number;
      readonly checkpointId?: string;
      /** Of a copy: bytes that are there now, and of the whole. */
      readonly copied?: number;
      readonly size?: number;
      /** Of a prepared image. */
      readonly disk?: TemplateDisk;
      /** Secret: never in an event. */
      readonly credentials?: Credentials;
    };
  }
  | {
    readonly outcome: "failed";
    readonly code: HostErrorClass | ForgeErrorClass;
    readonly message: string;
    readonly retryAt?: Ms;
  }
  | { readonly outcome: "unknown"; readonly message: string };

/** Doubling waits between `retryMinMs` and `retryMaxMs`, up to a fifth longer by the cycle's own hash. */
export function retryDelayMs(s: State, cycle: Cycle): Ms {
  const { retryMinMs, retryMaxMs } = s.settings.times;
  const delay = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(cycle.attempts, 16));
  return Math.round(delay * (1 + (hash32(`${cycle.id}#${cycle.attempts}`) % 200) / 1000));
}

/** Messages are kept short: they are for people, and a guest or a host must not fill the journal. */
const MESSAGE_LENGTH = 500;

/** Memory or space ran out: no start and no creation on the whole host for a while. */
function pause(s: State, code: string, message: string, now: Ms): { event: NewEvent; until: Ms } {
  if (s.pausedUntil > now) {
    const until = s.pausedUntil;
    return { event: { type: "starts.paused", data: { until, code, message } }, until };
  }
  const { slotBackoffMinMs, slotBackoffMaxMs } = s.settings.times;
  const until = now + Math.min(slotBackoffMaxMs, 2 * slotBackoffMinMs * 2 ** Math.min(s.pauses, 16));
  return { event: { type: "starts.paused", data: { until, code, message } }, until };
}

function learntFrom(call: OperationName, result: Extract<Result, { outcome: "ok" }>): Learnt | undefined {
  const { power, vmId, runnerId, checkpointId, copied, size, disk } = result.value;
  switch (call) {
    case "vm.create":
      return { ...(vmId === undefined ? {} : { vmId }), power: power ?? "off" };
    case "checkpoint.create":
      return checkpointId === undefined ? undefined : { checkpointId };
    case "vm.start":
    case "vm.save":
    case "vm.turnOff":
    case "checkpoint.restore":
    case "savedState.remove":
      return power === undefined ? undefined : { power };
    case "vm.remove":
      return { power: "absent" };
    case "file.copy":
      return copied === undefined || size === undefined ? undefined : { copied, size };
    case "template.publish":
      return disk === undefined ? undefined : { disk };
    case "runner.register":
      return runnerId === undefined ? undefined : { runnerId };
    default:
      return undefined;
  }
}

/** Phases in which a machine is made ready. */
const MADE_READY: ReadonlySet<string> = new Set(["provisioning", "sealing", "resuming"]);

function isOnItsWay({ phase }: Cycle, { call }: Op): boolean {
  return MADE_READY.has(phase) || (phase === "joining" && call === "media.put");
}

/** GitHub says that there is no such runner. A young registration may only be missing from its replicas. */
function notFound(s: State, cycle: Cycle, now: Ms): { missing: true } | { notBefore: Ms } {
  const old = (cycle.runner?.registeredAt ?? 0) + s.settings.times.youngMs;
  return now >= old ? { missing: true } : { notBefore: old };
}

/** The machine was off before its runner was seen online: the answer to its removal tells whether it served. */
function askedWhetherServed({ phase }: Cycle): boolean {
  return phase === "joining" || phase === "booting";
}

/** A prepared image is a golden disk from now on, and its machine is not needed any more. */
function keptImage(s: State, cycle: Cycle, published: TemplateDisk): NewEvent[] {
  const preparation = preparationOf(s, cycle);
  if (preparation === undefined) return [];
  const { template: { name, ...hardware }, from, purpose, origin, runner } = preparation;
  // Where the image cannot be asked, it holds what was installed.
  const image = runner === undefined ? published.image : { runner, ...published.image };
  const disk = image === undefined ? published : { ...published, image };
  const kept: NewEvent = purpose === "refresh"
    ? { type: "template.refreshed", data: { template: name, disk: { ...disk, from } } }
    : {
      type: "template.registered",
      data: {
        template: name,
        settings: { name, ...hardware, path: disk.path },
        disk,
        origin,
        ...by(preparation),
      },
    };
  return [kept, { type: "cycle.retired", data: { cycle: cycle.id, cause: "its image is prepared" } }];
}

/** A guest that is not ready for it yet is asked again, until its deadline. */
const INSTALL_TRIES = 3;

/** Whether no repetition mends what an image was prepared with. */
function spoilt({ call }: Op, code: string, cycle: Cycle): boolean {
  if (call !== "guest.install") return PERMANENT.has(code) || code === "no_space";
  // Before Windows has set itself up the account may be missing.
  if (code === "access_denied") return false;
  return PERMANENT.has(code) || (code === "unknown" && cycle.attempts + 1 >= INSTALL_TRIES);
}

/** What did not succeed while an image was prepared. Its guest has a deadline of its own. */
function concludePreparing(
  s: State,
  cycle: Cycle,
  op: Op,
  { code, message, now }: { code: string; message: string; now: Ms },
): NewEvent[] {
  const since = cycle.retrying === op.call ? cycle.retryingSince : undefined;
  const late = op.call !== "guest.install" && since !== undefined &&
    now - since >= s.settings.times.retryForMs;
  if (!late && !spoilt(op, code, cycle)) return [];
  return [failure(s, cycle, `${op.call}-${code}`, message, now)];
}

/** The events that close `op` of `cycle`. */
export function conclude(s: State, cycle: Cycle, op: Op, result: Result, now: Ms): NewEvent[] {
  const base = { cycle: cycle.id, op: op.id, call: op.call, outcome: result.outcome };
  const close = (rest: Partial<Extract<NewEvent, { type: "op.closed" }>["data"]>): NewEvent => {
    return { type: "op.closed", data: { ...base, ...rest } };
  };
  if (result.outcome === "ok") {
    const learnt = learntFrom(op.call, result);
    const events = [close(learnt === undefined ? {} : { learnt })];
    if (op.call === "template.publish" && learnt?.disk !== undefined) {
      events.push(...keptImage(s, cycle, learnt.disk));
    }
    if (op.call === "runner.remove" && askedWhetherServed(cycle)) {
      const message =
        "The VM was off before its runner was ever seen online, and GitHub still had the runner";
      events.push(failure(s, cycle, "never-online", message, now));
    }
    return events;
  }
  const message = result.message.slice(0, MESSAGE_LENGTH);
  const retryAt = now + retryDelayMs(s, cycle);
  if (result.outcome === "unknown") {
    const events = [close({ message, notBefore: retryAt })];
    if (cycle.phase === "claimed") events.push(...leaseUnanswered(s, cycle, op));
    else if (OPERATIONS[op.call].unknown === "end-cycle" && isLive(cycle)) {
      events.push(failure(s, cycle, `${op.call}-unknown`, message, now));
    }
    return events;
  }
  const { code } = result;
  if (cycle.phase === "preparing") {
    const notBefore = Math.max(retryAt, result.retryAt ?? 0);
    return [close({ code, message, notBefore }), ...concludePreparing(s, cycle, op, { code, message, now })];
  }
  if (OPERATIONS[op.call].lane === "forge") {
    return concludeForge({ s, cycle, op, code, message, now, close, retryAt: result.retryAt ?? retryAt });
  }
  const forLease = leaseFailed(s, cycle, op, { code, message, now });
  if (forLease.length > 0) return [close({ code, message, notBefore: retryAt }), ...forLease];
  // One under a lease that cannot be saved runs on: that takes nothing from anybody.
  const runsOn = cycle.phase === "claimed" && op.call === "vm.save";
  if ((code === "out_of_memory" || code === "no_space") && !runsOn) {
    const { event, until } = pause(s, code, message, now);
    return [event, close({ code, message, notBefore: until })];
  }
  const events = [close({ code, message, notBefore: retryAt })];
  // Only what is on its way to serve can fail; everything else goes on until it is done.
  if (!isOnItsWay(cycle, op)) return events;
  const resumes = op.call === "vm.start" && cycle.phase === "resuming";
  if (resumes && !PASSING.has(code)) {
    return [...events, resumeFailed(s, cycle, `resume-${code}`, message, now)];
  }
  const late = cycle.retryingSince !== undefined &&
    now - cycle.retryingSince >= s.settings.times.retryForMs;
  if ((PERMANENT.has(code) && !resumes) || late) {
    events.push(failure(s, cycle, `${op.call}-${code}`, message, now));
  }
  return events;
}

/** It had its job: back to its checkpoint where it has one, else given up. */
function served(s: State, cycle: Cycle, cause: string): NewEvent[] {
  const job = jobServed(s, cycle, cause);
  const kept = keptInstead(cycle, cause);
  if (kept !== undefined) return [...job, kept];
  if (!canRecycle({ s, cycle, pool: poolFor(s, cycle) })) {
    return [...job, { type: "cycle.retired", data: { cycle: cycle.id, cause, served: true } }];
  }
  const { events } = handOver(s, cycle, cause);
  return [...job, ...events, { type: "cycle.recycled", data: { cycle: cycle.id, cause } }];
}

function concludeForge(
  { s, cycle, op, code, message, now, close, retryAt }: {
    s: State;
    cycle: Cycle;
    op: Op;
    code: string;
    message: string;
    now: Ms;
    close: (rest: Partial<Extract<NewEvent, { type: "op.closed" }>["data"]>) => NewEvent;
    retryAt: Ms;
  },
): NewEvent[] {
  if (op.call === "runner.register") return [close({ code, message, notBefore: retryAt })];
  if (code === "busy" || code === "not_found") {
    // Off before it was seen online: a runner that is busy, or that GitHub removed by itself, was given a job.
    if (askedWhetherServed(cycle)) {
      const closing = close({ code, message, ...(code === "busy" ? {} : notFound(s, cycle, now)) });
      const events = [closing, ...served(s, cycle, "it ran a job between two lists")];
      if (s.pools.get(cycle.pool)?.degraded === undefined) return events;
      return [...events, { type: "pool.recovered", data: { pool: cycle.pool } }];
    }
    const rest = code === "busy" ? { notBefore: now + ASK_BUSY_MS } : notFound(s, cycle, now);
    return [close({ code, message, ...rest })];
  }
  return [close({ code, message, notBefore: retryAt })];
}
