/** `fold`: what each event changes. In place, in order, without a decision. */
import { by } from "./by.ts";
import { LANES, OPERATIONS } from "./calls.ts";
import type { Event } from "./events.ts";
import { configure, foldCreated, foldRollout, forgetGone, resize, setDisk } from "./fold_pool.ts";
import { foldPreparation, foldTemplate, foldUnprepared, forgetRefreshed } from "./fold_templates.ts";
import { type CycleId, type Ms, type Seq, slotId } from "./ids.ts";
import type { Phase } from "./phases.ts";
import { checkpointMade, foldLease, leasesNotInTheFuture, startClosed } from "./leases/fold_leases.ts";
import { stepDone } from "./leases/steps.ts";
import { WHOLE_HOST } from "./maintenance.ts";
import { preparationOf } from "./preparation.ts";
import { present } from "./rollout.ts";
import { SHUT_DOWN } from "./rules/causes.ts";
import { REAP_WINDOW_MS } from "./settings.ts";
import {
  type Cycle,
  GUEST_PHASES_READ,
  holds,
  isBooting,
  isHot,
  isWatched,
  type Runner,
  type Slot,
  type State,
} from "./state.ts";
import { type Preparation, PREPARE_POOL } from "./templates.ts";

function slotOf(s: State, cycle: { pool: string; slot: number }): Slot {
  const id = slotId(cycle.pool, cycle.slot);
  let slot = s.slots.get(id);
  if (slot === undefined) {
    slot = { id, retiring: 0, failures: 0, notBefore: 0 };
    s.slots.set(id, slot);
  }
  return slot;
}

/** Keeps the count of retiring cycles that hold something right around a change of `cycle`. */
function changing(s: State, cycle: Cycle, change: () => void): void {
  const counted = () => cycle.phase === "retiring" && holds(cycle) ? 1 : 0;
  const before = counted();
  change();
  const after = counted();
  if (before !== after) slotOf(s, cycle).retiring += after - before;
}

/** Runner programs that are remembered: one comes out in a month or so. */
const RELEASES_KEPT = 50;

/** Answers to a registration that say that none was made; anything else may have left one. */
const REFUSED: ReadonlySet<string> = new Set([
  "unauthorized",
  "forbidden",
  "suspended",
  "not_found",
  "invalid",
  "rate_limited",
]);

/** Nothing is being retried. */
function settled(cycle: Cycle): void {
  cycle.attempts = 0;
  cycle.notBefore = 0;
  delete cycle.retrying;
  delete cycle.retryingCode;
  delete cycle.retryingSince;
}

/** Takes a cycle into the counts of its phase, or out of them. */
function count(s: State, cycle: Cycle, by: 1 | -1): void {
  if (isBooting(cycle)) s.booting += by;
  const pool = s.pools.get(cycle.pool);
  if (pool === undefined) return;
  if (cycle.phase === "quarantined" && cycle.hold === undefined) pool.quarantined += by;
  if (isHot(cycle)) pool.hot += by;
}

/** Somebody has it, or nobody will; and what is done once is done. */
function forgetWish(cycle: Cycle): void {
  const { phase, wish } = cycle;
  const over = phase === "claimed" || phase === "retiring" || phase === "quarantined";
  const done = wish?.what === "reset" && (phase === "resuming" || phase === "standby");
  if (over || done) delete cycle.wish;
}

function enter(s: State, cycle: Cycle, phase: Phase, at: Ms): void {
  count(s, cycle, -1);
  changing(s, cycle, () => cycle.phase = phase);
  cycle.resumed = false;
  forgetWish(cycle);
  if (phase !== "claimed") {
    delete cycle.doing;
    delete cycle.parked;
  }
  count(s, cycle, 1);
  cycle.since = at;
  if (phase === "standby" || phase === "online") cycle.availableSince ??= at;
  else if (phase !== "resuming" && phase !== "waiting") delete cycle.availableSince;
  settled(cycle);
  if (GUEST_PHASES_READ.has(phase)) s.guests.add(cycle.id);
  else s.guests.delete(cycle.id);
  if (isWatched(cycle)) s.claimed.add(cycle.id);
  else s.claimed.delete(cycle.id);
  if (phase === "retiring" || phase === "quarantined") {
    const slot = slotOf(s, cycle);
    if (slot.live === cycle.id) delete slot.live;
  }
  if (phase === "online" || phase === "claimed") {
    cycle.seenOnline = true;
    isGood(s, cycle);
    succeededSlot(s, cycle);
  }
  if (phase === "online" || phase === "standby") countRollout(s, cycle, "came");
}

/** Machines of its generation come online. While another one is tried, it has to do more than that. */
function isGood(s: State, { pool: name, generation }: Cycle): void {
  const pool = s.pools.get(name);
  if (pool === undefined || pool.rollout !== undefined || generation !== pool.generation) return;
  pool.good = present(pool);
}

/** A machine of a new generation served, or came to nothing. */
function countRollout(s: State, { pool, generation }: Cycle, what: "served" | "failures" | "came"): void {
  const rollout = s.pools.get(pool)?.rollout;
  if (rollout?.to === generation) rollout[what]++;
}

/** Its slot works: what failed there before is over. */
function succeededSlot(s: State, cycle: Cycle): void {
  const slot = slotOf(s, cycle);
  slot.failures = 0;
  slot.notBefore = 0;
  delete slot.cause;
}

function add(s: State, cycle: Cycle): void {
  s.cycles.set(cycle.id, cycle);
  s.stores.set(cycle.storage, (s.stores.get(cycle.storage) ?? 0) + 1);
  if (!cycle.orphan || !s.byNumber.has(cycle.n)) s.byNumber.set(cycle.n, cycle.id);
  if (cycle.vmId !== undefined) s.byVm.set(cycle.vmId, cycle.id);
}

function dropVm(s: State, cycle: Cycle): void {
  if (cycle.vmId !== undefined && s.byVm.get(cycle.vmId) === cycle.id) s.byVm.delete(cycle.vmId);
  delete cycle.vmId;
  changing(s, cycle, () => cycle.vm = "none");
  stay(s, cycle);
}

function setRunner(s: State, cycle: Cycle, runner: Runner): void {
  dropRunner(s, cycle);
  cycle.runner = runner;
  s.byRunner.set(runner.name, cycle.id);
  s.scopes.set(runner.scope, (s.scopes.get(runner.scope) ?? 0) + 1);
}

function dropRunner(s: State, cycle: Cycle): void {
  const { runner } = cycle;
  if (runner === undefined) return;
  if (s.byRunner.get(runner.name) === cycle.id) s.byRunner.delete(runner.name);
  const left = (s.scopes.get(runner.scope) ?? 0) - 1;
  if (left > 0) s.scopes.set(runner.scope, left);
  else s.scopes.delete(runner.scope);
  delete cycle.runner;
}

/** A machine that somebody gave up counts against its slot as long as a job may be on it. */
function leave(s: State, cycle: Cycle, { source, force }: { source?: string; force?: true }): void {
  const slot = slotOf(s, cycle);
  if (force === true) stay(s, cycle);
  else if (
    source !== undefined && cycle.runner !== undefined && cycle.vm !== "none" && slot.live === cycle.id
  ) {
    slot.leaving = cycle.id;
  }
}

/** It does not count against its slot any more. */
function stay(s: State, cycle: Cycle): void {
  const slot = s.slots.get(slotId(cycle.pool, cycle.slot));
  if (slot?.leaving === cycle.id) delete slot.leaving;
}

function end(s: State, cycle: Cycle): void {
  dropVm(s, cycle);
  changing(s, cycle, () => cycle.directory = false);
  count(s, cycle, -1);
  s.cycles.delete(cycle.id);
  const left = (s.stores.get(cycle.storage) ?? 0) - 1;
  if (left > 0) s.stores.set(cycle.storage, left);
  else s.stores.delete(cycle.storage);
  s.guests.delete(cycle.id);
  s.claimed.delete(cycle.id);
  if (s.byNumber.get(cycle.n) === cycle.id) {
    s.byNumber.delete(cycle.n);
    // A record of the same number that is still open takes its place, as after a restart.
    const heir = s.cycles.values().find((other) => other.n === cycle.n);
    if (heir !== undefined) s.byNumber.set(cycle.n, heir.id);
  }
  dropRunner(s, cycle);
  const slot = s.slots.get(slotId(cycle.pool, cycle.slot));
  if (slot !== undefined && slot.live === undefined && slot.retiring === 0 && slot.failures === 0) {
    s.slots.delete(slot.id);
  }
  forgetGone(s, cycle.pool);
}

function blank(
  data: { cycle: CycleId; pool: string; slot: number; n: number; storage: string },
  rest: { orphan: boolean; generation: string; phase: Phase; at: Ms; seq: Seq },
): Cycle {
  return {
    id: data.cycle,
    pool: data.pool,
    slot: data.slot,
    n: data.n,
    orphan: rest.orphan,
    generation: rest.generation,
    storage: data.storage,
    phase: rest.phase,
    since: rest.at,
    begunAt: rest.at,
    directory: false,
    disk: false,
    vm: "none",
    maybeSince: 0,
    used: false,
    clean: false,
    rung: 0,
    resumed: false,
    renewed: false,
    put: false,
    media: false,
    seenOnline: false,
    uses: 0,
    closed: rest.seq,
    attempts: 0,
    notBefore: 0,
  };
}

type Opened = Extract<Event, { type: "op.opened" }>["data"];
type Closed = Extract<Event, { type: "op.closed" }>["data"];

function opened(s: State, cycle: Cycle, data: Opened, at: Ms): void {
  cycle.op = { id: data.op, call: data.call, openedAt: at };
  s.nextOp = Math.max(s.nextOp, data.op + 1);
  const row = OPERATIONS[data.call];
  s.lanes[row.lane]++;
  if (row.uses) {
    cycle.used = true;
    cycle.clean = false;
  }
  switch (data.call) {
    case "disk.createChild":
      changing(s, cycle, () => cycle.directory = true);
      if (data.parent !== undefined) cycle.parent = data.parent;
      break;
    case "vm.create":
      changing(s, cycle, () => {
        cycle.vm = "maybe";
        cycle.directory = true;
      });
      break;
    case "vm.start":
      delete cycle.prepared;
      cycle.clean = false;
      cycle.renewed = false;
      // Its guest is given time from here on, however long it waited for a place.
      if (cycle.phase === "resuming") cycle.since = at;
      if (cycle.doing !== undefined) cycle.doing.startedAt = at;
      setResumed(s, cycle, false);
      prepare(s, cycle, (preparation) => preparation.bootedAt ??= at);
      break;
    case "file.copy":
      changing(s, cycle, () => cycle.directory = true);
      break;
    case "checkpoint.restore":
      cycle.clean = false;
      break;
    case "checkpoint.create":
      // From here on it may be there, whatever the answer is.
      if (cycle.phase === "claimed") cycle.branched = true;
      break;
    case "media.put":
      cycle.media = true;
      break;
    case "guest.bye":
      if (cycle.exit !== undefined) cycle.exit.bye = true;
      break;
    case "runner.register":
      if (data.runner === undefined) break;
      cycle.uses = data.runner.use;
      setRunner(s, cycle, { ...data.runner, registeredAt: at });
      break;
    default:
      break;
  }
}

function prepare(s: State, cycle: Cycle, change: (preparation: Preparation) => void): void {
  const preparation = preparationOf(s, cycle);
  if (preparation !== undefined) change(preparation);
}

/** A resume takes a place among those that boot from its answer on. */
function setResumed(s: State, cycle: Cycle, resumed: boolean): void {
  count(s, cycle, -1);
  cycle.resumed = resumed;
  count(s, cycle, 1);
}

/** Disk, memory, settings and drive are those of the time when nobody had used it yet. */
function restored(cycle: Cycle): void {
  cycle.clean = true;
  cycle.used = false;
  cycle.put = false;
  cycle.media = false;
  cycle.seenOnline = false;
  delete cycle.release;
  delete cycle.exit;
}

/** What a good answer changes. */
function succeeded(s: State, cycle: Cycle, data: Closed, at: Ms): void {
  const { learnt } = data;
  switch (data.call) {
    case "disk.createChild":
      cycle.disk = true;
      break;
    case "vm.create":
      cycle.vm = "known";
      if (learnt?.vmId !== undefined) {
        cycle.vmId = learnt.vmId;
        s.byVm.set(learnt.vmId, cycle.id);
      }
      break;
    case "vm.start":
      cycle.startedAt = at;
      stepDone(s, cycle, "startedAt", at);
      s.pauses = 0;
      setResumed(s, cycle, cycle.phase === "resuming" || cycle.doing !== undefined);
      break;
    case "guest.prepare":
      cycle.prepared = true;
      break;
    case "media.put":
    case "disk.inject":
    case "guest.deliver":
      cycle.put = true;
      break;
    case "media.take":
      cycle.media = false;
      break;
    case "dir.remove":
      changing(s, cycle, () => cycle.directory = false);
      cycle.disk = false;
      break;
    case "runner.register":
      if (cycle.runner !== undefined && learnt?.runnerId !== undefined) {
        cycle.runner.id = learnt.runnerId;
        cycle.runner.registeredAt = at;
      }
      break;
    case "runner.remove":
      if (cycle.runner !== undefined) cycle.runner.gone = true;
      break;
    case "checkpoint.create":
      if (learnt?.checkpointId === undefined) break;
      if (cycle.phase === "claimed") checkpointMade(cycle, learnt.checkpointId);
      else cycle.checkpoint = learnt.checkpointId;
      break;
    case "checkpoint.restore":
      // Under a lease, or by a checkpoint of its holder's: what it is then is theirs.
      if (cycle.phase !== "claimed") restored(cycle);
      else if (cycle.doing !== undefined) cycle.doing.restored = true;
      break;
    case "vm.turnOff":
      if (cycle.doing !== undefined) cycle.doing.stopped = true;
      break;
    case "nic.reconnect":
      cycle.renewed = true;
      stepDone(s, cycle, "networkAt", at);
      break;
    case "gpu.add":
      cycle.gpu = true;
      break;
    case "net.isolate":
      cycle.walls = cycle.hold === undefined ? "pool" : "held";
      break;
    case "runner.fetch":
      prepare(s, cycle, (preparation) => preparation.fetched = true);
      break;
    case "file.copy":
      prepare(s, cycle, (preparation) => {
        preparation.copied = learnt?.copied ?? preparation.copied;
        if (learnt?.size !== undefined) preparation.size = learnt.size;
      });
      break;
    case "guest.install":
      prepare(s, cycle, (preparation) => preparation.installed = true);
      break;
    case "vm.save":
    case "vm.remove":
    case "savedState.remove":
    case "guest.bye":
    case "template.publish":
    case "evidence.keep":
      break;
    default:
      data.call satisfies never;
  }
}

/** Operations after which a guest may have another address. */
const MOVES: ReadonlySet<string> = new Set([
  "vm.start",
  "vm.save",
  "vm.turnOff",
  "checkpoint.restore",
  "savedState.remove",
  "nic.reconnect",
]);

function closed(s: State, cycle: Cycle, data: Closed, seq: Seq, at: Ms): void {
  const row = OPERATIONS[data.call];
  s.lanes[row.lane]--;
  delete cycle.op;
  if (data.call === "vm.start") startClosed(s, cycle, data.outcome === "failed" ? data.code : undefined, at);
  if (row.lane !== "forge") {
    cycle.closed = seq;
    if (MOVES.has(data.call)) cycle.moved = seq;
    delete cycle.answer;
    if (data.learnt?.power !== undefined) cycle.answer = { power: data.learnt.power, at };
  }
  if (data.call === "evidence.keep" && cycle.failure !== undefined) cycle.failure.kept = true;
  if (data.missing === true && cycle.runner !== undefined) {
    cycle.runner.missingAt = at;
    // It went off while nobody saw it busy, and GitHub removed it by itself: it had a job between two lists.
    const unseen = cycle.phase === "retiring" && cycle.cause === SHUT_DOWN && cycle.job === undefined;
    if (unseen) countRollout(s, cycle, "served");
  }
  if (data.outcome === "ok") {
    settled(cycle);
    succeeded(s, cycle, data, at);
    return;
  }
  if (data.call === "vm.create") {
    // A refusal says that there is no VM; silence says nothing.
    changing(s, cycle, () => cycle.vm = data.outcome === "failed" ? "none" : "maybe");
    cycle.maybeSince = at;
  }
  // It may have been put back: what was in it may be gone.
  if (data.call === "checkpoint.restore" && data.outcome === "unknown" && cycle.doing !== undefined) {
    cycle.doing.stopped = true;
  }
  if (cycle.retrying !== data.call) settled(cycle);
  cycle.retrying = data.call;
  if (data.code === undefined) delete cycle.retryingCode;
  else cycle.retryingCode = data.code;
  cycle.attempts++;
  cycle.retryingSince ??= at;
  cycle.notBefore = data.notBefore ?? 0;
  if (data.call === "runner.register" && data.code !== undefined && REFUSED.has(data.code)) {
    dropRunner(s, cycle);
  }
}

function fail(s: State, cycle: Cycle, data: { cause: string; message: string; notBefore: Ms }): void {
  const { cause, message } = data;
  cycle.cause = cause;
  cycle.failure = { cause, message, kept: false };
  if (cycle.pool === PREPARE_POOL) return;
  // A call that was not answered says nothing of what the machine is made from.
  if (!data.cause.endsWith("-unknown")) countRollout(s, cycle, "failures");
  const slot = slotOf(s, cycle);
  slot.failures++;
  slot.cause = data.cause;
  slot.notBefore = data.notBefore;
}

function reaped(s: State, cycle: Cycle, at: Ms): void {
  const pool = s.pools.get(cycle.pool);
  if (pool !== undefined) pool.reaped = [...pool.reaped.filter((past) => past > at - REAP_WINDOW_MS), at];
}

function foldCycle(s: State, cycle: Cycle, event: Event): void {
  switch (event.type) {
    case "cycle.phase":
      if (event.data.proven !== undefined) {
        cycle.proven = event.data.proven;
        cycle.rung = 0;
      }
      return enter(s, cycle, event.data.phase, event.at);
    case "cycle.recycled":
      succeededSlot(s, cycle);
      if (cycle.phase !== "online") countRollout(s, cycle, "served");
      cycle.begunAt = event.at;
      return enter(s, cycle, "sealing", event.at);
    case "cycle.resume_failed":
      cycle.rung = event.data.rung;
      delete cycle.proven;
      return enter(s, cycle, "sealing", event.at);
    case "cycle.retired":
      cycle.cause = event.data.cause;
      foldUnprepared(s, cycle, { cause: event.data.cause, message: event.data.cause, at: event.at });
      if (event.data.force === true) cycle.forced = true;
      leave(s, cycle, event.data);
      if (event.data.reap === true) reaped(s, cycle, event.at);
      if (event.data.served === true) succeededSlot(s, cycle);
      if (event.data.served === true || (cycle.phase === "claimed" && event.data.reap !== true)) {
        countRollout(s, cycle, "served");
      }
      return enter(s, cycle, "retiring", event.at);
    case "cycle.failed":
      fail(s, cycle, event.data);
      foldUnprepared(s, cycle, { ...event.data, at: event.at });
      return enter(s, cycle, "retiring", event.at);
    case "cycle.quarantined":
      fail(s, cycle, event.data);
      cycle.until = event.data.until;
      return enter(s, cycle, "quarantined", event.at);
    case "preparation.started":
      foldPreparation(s, event);
      return enter(s, cycle, "preparing", event.at);
    case "cycle.hold": {
      const { cycle: _, ...held } = event.data;
      count(s, cycle, -1);
      cycle.hold = held;
      count(s, cycle, 1);
      if (cycle.phase === "quarantined") cycle.until = held.until;
      return;
    }
    case "cycle.kept":
      cycle.cause = event.data.cause;
      cycle.until = event.data.until;
      if (cycle.phase === "claimed") {
        succeededSlot(s, cycle);
        countRollout(s, cycle, "served");
      }
      return enter(s, cycle, "quarantined", event.at);
    case "cycle.wished": {
      const { wish: what } = event.data;
      cycle.wish = { what, ...by(event.data) };
      if (what !== "reset") return;
      // It counts neither as put back nor as proven: both are done again.
      cycle.clean = false;
      delete cycle.proven;
      return;
    }
    case "cycle.released":
      if (cycle.phase === "quarantined") cycle.until = event.at;
      else delete cycle.hold;
      return;
    case "cycle.ended":
      return end(s, cycle);
    case "vm.found":
      changing(s, cycle, () => {
        cycle.vm = "known";
        // Where the machine is, its directory is.
        cycle.directory = true;
      });
      cycle.vmId = event.data.vmId;
      s.byVm.set(event.data.vmId, cycle.id);
      return;
    case "vm.gone":
      return dropVm(s, cycle);
    case "runner.dropped":
      return dropRunner(s, cycle);
    case "runner.exited": {
      const { use, exit, version } = event.data;
      const pool = s.pools.get(cycle.pool);
      if (version !== undefined && pool?.generation === cycle.generation) pool.seenRunner = version;
      cycle.exit = { use, bye: false, ...(exit === undefined ? {} : { code: exit }) };
      return;
    }
    case "job.started":
      cycle.job = { name: event.data.job, startedAt: event.at };
      return;
    case "job.named": {
      const { job: _, cycle: _c, ...said } = event.data;
      if (cycle.job !== undefined) cycle.job.said = said;
      return;
    }
    case "job.ended": {
      const said = cycle.job?.said;
      const scope = cycle.runner?.scope;
      if (said !== undefined && scope !== undefined) {
        s.unresolved.set(event.data.job, { cycle: cycle.id, scope, said, endedAt: event.at });
      }
      delete cycle.job;
      return;
    }
    case "runner.missing":
      if (cycle.runner !== undefined) cycle.runner.missingAt = event.at;
      return;
    case "op.opened":
      return opened(s, cycle, event.data, event.at);
    case "op.closed":
      return closed(s, cycle, event.data, event.seq, event.at);
    default:
      return;
  }
}

/**
 * An older copy of the journal was put back: machines in it may have jobs now that it knows nothing of, so none of
 * its records may be acted on. What was asked for, templates and the history stay.
 */
function forgetMachines(s: State): void {
  const machines = [
    s.cycles,
    s.slots,
    s.gone,
    s.byNumber,
    s.byVm,
    s.byRunner,
    s.stores,
    s.scopes,
    s.guests,
    s.claimed,
  ];
  for (const known of [...machines, s.leases, s.leaseKeys]) known.clear();
  for (const lane of LANES) s.lanes[lane] = 0;
  s.booting = 0;
  for (const pool of s.pools.values()) {
    pool.quarantined = 0;
    pool.hot = 0;
    pool.reaped = [];
    delete pool.degraded;
    // Their disks may be gone from the store.
    delete pool.good;
    delete pool.rollout;
  }
  delete s.preparation;
}

/** A clock that was set back must not make anything wait for the time that it lost. */
function notInTheFuture(s: State, now: Ms): void {
  s.pausedUntil = Math.min(s.pausedUntil, now);
  if (s.preparation?.bootedAt !== undefined) {
    s.preparation.bootedAt = Math.min(s.preparation.bootedAt, now);
  }
  for (const slot of s.slots.values()) slot.notBefore = Math.min(slot.notBefore, now);
  leasesNotInTheFuture(s, now);
  for (const cycle of s.cycles.values()) {
    cycle.since = Math.min(cycle.since, now);
    cycle.notBefore = Math.min(cycle.notBefore, now);
    cycle.maybeSince = Math.min(cycle.maybeSince, now);
    if (cycle.retryingSince !== undefined) cycle.retryingSince = Math.min(cycle.retryingSince, now);
    const { runner } = cycle;
    if (runner === undefined) continue;
    runner.registeredAt = Math.min(runner.registeredAt, now);
    if (runner.missingAt !== undefined) runner.missingAt = Math.min(runner.missingAt, now);
  }
}

/** Folds one event into the state, in place. Events of cycles that are not known are facts about the past. */
export function fold(s: State, event: Event): void {
  s.seq = event.seq;
  switch (event.type) {
    case "run.started":
      s.controller = event.data.controller;
      s.run = event.data.run ?? s.run + 1;
      s.startedAt = event.at;
      delete s.stopping;
      delete s.parentsUnknown;
      return notInTheFuture(s, event.at);
    case "numbers.reserved":
      s.reserved = event.data.upTo;
      s.issued = Math.max(s.issued, event.data.from ?? 0);
      return;
    case "journal.lost":
      if (event.data.olderCopy === true) forgetMachines(s);
      s.lostUpTo = event.data.upTo;
      s.issued = event.data.upTo;
      s.adoptUpTo = 0;
      return;
    case "journal.reconciled":
      s.lostUpTo = 0;
      s.parentsUnknown = true;
      if (event.data.adopt) s.adoptUpTo = event.data.upTo;
      return;
    case "settings.applied":
      configure(s, event.data.settings);
      return forgetRefreshed(s);
    case "controller.stopping":
      s.stopping = { drain: event.data.drain };
      return;
    case "starts.paused":
      s.pausedUntil = event.data.until;
      s.pauseCause = event.data.code;
      s.pauses++;
      return;
    case "starts.resumed":
      s.pausedUntil = 0;
      s.pauses = 0;
      delete s.pauseCause;
      return;
    case "pool.degraded": {
      const pool = s.pools.get(event.data.pool);
      if (pool !== undefined) pool.degraded = event.data.cause;
      return;
    }
    case "pool.recovered": {
      const pool = s.pools.get(event.data.pool);
      if (pool !== undefined) delete pool.degraded;
      for (const slot of s.slots.values()) {
        if (!slot.id.startsWith(`${event.data.pool}/`)) continue;
        slot.failures = 0;
        slot.notBefore = 0;
        delete slot.cause;
      }
      return;
    }
    case "template.changed": {
      const pool = s.pools.get(event.data.pool);
      if (pool === undefined) return;
      const { pool: _, ...disk } = event.data;
      setDisk(pool, disk);
      return;
    }
    case "host.cordoned":
      s.cordons.set(WHOLE_HOST, { ...event.data, since: event.at });
      return;
    case "host.uncordoned":
      s.cordons.delete(WHOLE_HOST);
      return;
    case "pool.cordoned": {
      const { pool, ...cordon } = event.data;
      s.cordons.set(pool, { ...cordon, since: event.at });
      return;
    }
    case "pool.uncordoned":
      s.cordons.delete(event.data.pool);
      return;
    case "pool.resized":
      return resize(s, event.data);
    case "pool.created":
    case "pool.deleted":
      return foldCreated(s, event);
    case "lease.requested":
    case "lease.assigned":
    case "lease.moved":
    case "lease.granted":
    case "lease.touched":
    case "lease.extended":
    case "lease.changing":
    case "lease.changed":
    case "lease.unchanged":
    case "lease.ended":
      return foldLease(s, event);
    case "job.result":
      s.unresolved.delete(event.data.job);
      return;
    case "template.spoilt": {
      const pool = s.pools.get(event.data.pool);
      if (pool?.good?.disk?.path !== event.data.path) return;
      delete pool.good;
      delete pool.rollout;
      return;
    }
    case "runner.released":
      s.releases = [...s.releases, { version: event.data.version, at: event.at }].slice(-RELEASES_KEPT);
      return;
    case "template.registered":
    case "template.refreshed":
    case "template.deleted":
      return foldTemplate(s, event);
    case "rollout.started":
    case "rollout.advanced":
    case "rollout.finished":
    case "rollout.reverted":
    case "rollout.paused":
    case "rollout.resumed": {
      const pool = s.pools.get(event.data.pool);
      if (pool !== undefined) foldRollout(pool, event);
      return;
    }
    case "cycle.opened": {
      const { data, at, seq } = event;
      const cycle = blank(data, {
        orphan: false,
        generation: data.generation,
        phase: "provisioning",
        at,
        seq,
      });
      s.issued = Math.max(s.issued, data.n);
      add(s, cycle);
      slotOf(s, cycle).live = cycle.id;
      return;
    }
    case "cycle.adopted": {
      const { data, at, seq } = event;
      const { generation, vmId, phase, runner } = data;
      const cycle = blank(data, { orphan: false, generation, phase: "provisioning", at, seq });
      Object.assign(cycle, { vm: "known", vmId, used: true, put: true, directory: true, disk: true });
      cycle.uses = runner.use;
      add(s, cycle);
      setRunner(s, cycle, { ...runner });
      slotOf(s, cycle).live ??= cycle.id;
      enter(s, cycle, phase, at);
      return;
    }
    case "cycle.found": {
      const { data, at, seq } = event;
      const cycle = blank(data, { orphan: true, generation: "", phase: "provisioning", at, seq });
      cycle.cause = data.cause;
      cycle.used = data.used === true;
      if (data.vmId !== undefined) {
        cycle.vm = "known";
        cycle.vmId = data.vmId;
      }
      cycle.directory = data.directory === true;
      s.nextOrphan++;
      add(s, cycle);
      if (data.runner !== undefined) setRunner(s, cycle, { ...data.runner });
      enter(s, cycle, "retiring", at);
      return;
    }
    default: {
      const cycle = s.cycles.get(event.data.cycle);
      if (cycle !== undefined) foldCycle(s, cycle, event);
    }
  }
}
