/**
 * One turn of the loop, without anything that waits: answers, readings and commands go in; one commit, and then
 * effects and readings to start, come out. The loop drives it in real time, the simulation in its own.
 */
import { conclude, type Result } from "../model/conclude.ts";
import { fileSettings } from "../model/created_pools.ts";
import { type Command, decide } from "../model/decide.ts";
import { isLeaseCommand, type LeaseCommand } from "../model/leases/decide_leases.ts";
import { turnBegins } from "../model/leases/last_sign.ts";
import type { Effect } from "../model/effects.ts";
import type { Event, NewEvent } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import { jobEnded } from "../model/jobs.ts";
import type { ControllerId, CycleId, Ms, OpId } from "../model/ids.ts";
import { lookAtEverything, observe, type Reading } from "../model/observe.ts";
import { plan } from "../model/plan.ts";
import { rolloutsAfter } from "../model/rollout.ts";
import { dueReads, type Read, readEnded, type Readers } from "../model/readings.ts";
import type { Settings } from "../model/settings.ts";
import type { State } from "../model/state.ts";
import { emptyView, type View } from "../model/view.ts";
import { emptyWork, type Work } from "../model/work.ts";
import { Wakes } from "./wakes.ts";

/** What may come into a turn. */
export type Input =
  | { readonly type: "answer"; readonly cycle: CycleId; readonly op: OpId; readonly result: Result }
  | { readonly type: "reading"; readonly of: Read; readonly reading: Reading }
  | { readonly type: "unread"; readonly of: Read; readonly notBefore?: Ms }
  | { readonly type: "command"; readonly command: Command }
  /** Something on the host changed: a reason to read, not a reading. */
  | { readonly type: "hint" }
  /** Everything is to be looked at. */
  | { readonly type: "look" };

/** How a run of the program begins. */
export interface Beginning {
  readonly controller: ControllerId;
  readonly version: string;
  readonly settings: Settings;
  /** Highest number that `controller.json` allows. */
  readonly reserved: number;
  /** What was journaled before is gone, although numbers were issued: the journal is new, or an older copy. */
  readonly journalLost: boolean;
  /**
   * It is an older copy: it is not known what became of the machines in it.
   * @default false
   */
  readonly olderCopy?: boolean;
  /**
   * All numbers up to `reserved` may have been given out, whatever the journal says.
   * @default false
   */
  readonly numbersInDoubt?: boolean;
  /**
   * Number of this run: above all before, also those of lost journals.
   * @default the journal's next one
   */
  readonly run?: number;
}

/** What comes out of a turn. */
export interface Turn {
  readonly events: readonly Event[];
  readonly effects: readonly Effect[];
  /** Readings to begin, each with the journal's position at its beginning. */
  readonly reads: readonly Read[];
  /** The next turn is due then, even if nothing comes in. */
  readonly wakeAt: Ms;
}

/** What a turn needs from outside. */
export interface Durability {
  /** One durable commit; throws when it cannot, and the program ends. */
  commit(events: readonly Event[]): void;
  /** Raises the highest number that may be issued, durably, before it is used. */
  reserve(upTo: number): void;
}

/** Fewer free numbers than this, and the next block is reserved. */
const NUMBERS_LOW = 1_000;
const NUMBERS_BLOCK = 5_000;

/** Everything is looked at this often, whether something came in or not: nothing may wait for ever unseen. */
const LOOK_EVERY_MS: Ms = 60_000;

/** Events after which what was checked of pools says nothing any more. */
const CHECKED_ANEW: ReadonlySet<string> = new Set([
  "settings.applied",
  "pool.created",
  "template.registered",
  "template.deleted",
]);

/** Events after which a pool is looked at. */
const POOL_CHANGES: ReadonlySet<string> = new Set([
  "cycle.recycled",
  "cycle.resume_failed",
  "cycle.retired",
  "cycle.failed",
  "cycle.quarantined",
  "cycle.ended",
  "pool.recovered",
]);

/** State, view and agenda of one run, and the turn over them. */
export class Turns {
  readonly state: State;
  readonly view: View = emptyView();
  readonly #work: Work = emptyWork();
  readonly #readers: Readers = new Map();
  readonly #wakes = new Wakes();
  readonly #durability: Durability;
  #lookedAt: Ms = 0;
  /** Answers that came after their operation was closed. */
  lateAnswers = 0;

  constructor(state: State, durability: Durability) {
    this.state = state;
    this.#durability = durability;
  }

  /** The first turn of a run: what was in flight closes as unknown. Commits at once. */
  begin(beginning: Beginning, now: Ms): Turn {
    const { controller, version, settings, journalLost, olderCopy = false, numbersInDoubt = false } =
      beginning;
    const before = fileSettings(this.state);
    const isNew = this.state.seq === 0;
    const reserved = Math.max(beginning.reserved, this.state.reserved);
    const run = beginning.run ?? this.state.run + 1;
    return this.#turn(now, (emit) => {
      emit({ type: "run.started", data: { controller, version, run } });
      if (journalLost) this.#lose(reserved, olderCopy, emit);
      const from = numbersInDoubt && this.state.issued < reserved ? { from: reserved } : {};
      if (reserved > this.state.reserved || "from" in from) {
        emit({ type: "numbers.reserved", data: { upTo: reserved, ...from } });
      }
      if (isNew || JSON.stringify(before) !== JSON.stringify(settings)) {
        emit({ type: "settings.applied", data: { settings } });
        for (const event of rolloutsAfter(this.state)) emit(event);
      }
      const message = "The program ended before the answer came";
      for (const cycle of [...this.state.cycles.values()]) {
        if (cycle.op === undefined) continue;
        for (const event of conclude(this.state, cycle, cycle.op, { outcome: "unknown", message }, now)) {
          emit(event);
        }
      }
    });
  }

  /** Jobs of an older copy get an end in the history: what really became of them is GitHub's to tell. */
  #lose(upTo: number, olderCopy: boolean, emit: (event: NewEvent) => Event): void {
    for (const cycle of olderCopy ? [...this.state.cycles.values()] : []) {
      const ended = jobEnded(cycle, "not known: an older copy of the journal was put back");
      if (ended !== undefined) emit(ended);
    }
    emit({ type: "journal.lost", data: { upTo, ...(olderCopy ? { olderCopy } : {}) } });
  }

  /** One turn: takes everything in, plans, commits once. */
  turn(inputs: readonly Input[], now: Ms): Turn {
    return this.#turn(now, (emit) => {
      for (const input of inputs) this.#takeIn(input, now, emit);
    });
  }

  #turn(now: Ms, takeIn: (emit: (event: NewEvent) => Event) => void): Turn {
    turnBegins(this.view, now);
    const events: Event[] = [];
    const emit = (event: NewEvent): Event => {
      const placed: Event = { ...event, seq: this.state.seq + 1, at: now };
      events.push(placed);
      this.#note(placed);
      fold(this.state, placed);
      return placed;
    };
    takeIn(emit);
    this.#reserve(emit);
    if (now - this.#lookedAt >= LOOK_EVERY_MS) {
      this.#lookedAt = now;
      lookAtEverything({ s: this.state, work: this.#work });
    }
    for (const key of this.#wakes.due(now)) {
      if (key.startsWith("pool/")) this.#work.pools.add(key.slice("pool/".length));
      else this.#work.cycles.add(key as CycleId);
    }
    const { effects, wakes } = plan(this.state, this.view, now, this.#work, emit);
    for (const [key, at] of wakes) this.#wakes.set(key, at);
    if (events.length > 0) this.#durability.commit(events);
    const { reads, next } = dueReads(this.state, this.view, this.#readers, now);
    return {
      events,
      effects,
      reads,
      wakeAt: Math.min(next, this.#wakes.next(), this.#lookedAt + LOOK_EVERY_MS),
    };
  }

  #takeIn(input: Input, now: Ms, emit: (event: NewEvent) => Event): void {
    switch (input.type) {
      case "answer":
        return this.#answer(input, now, emit);
      case "reading":
        readEnded(this.#readers, input.of, input.reading.read !== "runners" || input.reading.list.ok);
        return observe({ s: this.state, v: this.view, work: this.#work, emit }, input.reading);
      case "unread":
        if (input.of.read === "vms") this.view.wantVms = true;
        if (input.of.read === "vm") this.view.wantReads.add(input.of.vmId);
        return readEnded(this.#readers, input.of, false, input.notBefore);
      case "command":
        if (isLeaseCommand(input.command)) return this.#lease(input.command, emit);
        for (const event of decide(this.state, input.command)) emit(event);
        for (const event of rolloutsAfter(this.state)) emit(event);
        return lookAtEverything({ s: this.state, work: this.#work });
      case "hint":
        this.view.wantVms = true;
        return;
      case "look":
        return lookAtEverything({ s: this.state, work: this.#work });
      default:
        return input satisfies never;
    }
  }

  /** Leases come and go often: only what one is about is looked at. */
  #lease(command: LeaseCommand, emit: (event: NewEvent) => Event): void {
    const { lease: id } = command;
    const { leases } = this.state;
    const { cycle } = leases.get(id) ?? {};
    if (command.type === "lease.touch" && leases.has(id)) this.view.touches.set(id, command.at);
    const pool = command.type === "lease.acquire" ? command.pool : leases.get(id)?.pool;
    for (const event of decide(this.state, command)) emit(event);
    if (pool !== undefined) this.#work.pools.add(pool);
    if (cycle !== undefined) this.#work.cycles.add(cycle);
  }

  #answer(
    { cycle: id, op, result }: Extract<Input, { type: "answer" }>,
    now: Ms,
    emit: (event: NewEvent) => Event,
  ): void {
    const cycle = this.state.cycles.get(id);
    if (cycle?.op?.id !== op) {
      this.lateAnswers++;
      return;
    }
    if (result.outcome === "ok" && result.value.credentials !== undefined && cycle.runner !== undefined) {
      this.view.secrets.set(id, { use: cycle.runner.use, ...result.value.credentials });
    }
    const { call } = cycle.op;
    for (const event of conclude(this.state, cycle, cycle.op, result, now)) emit(event);
    if (call === "template.publish") { for (const event of rolloutsAfter(this.state)) emit(event); }
  }

  /** What an event gives `plan` to look at. Called before it is folded, while an ended cycle is still known. */
  #note(event: Event): void {
    if (CHECKED_ANEW.has(event.type)) {
      this.view.checks.clear();
      this.view.checksSince = event.seq;
    }
    if (!("cycle" in event.data)) return;
    const { cycle } = event.data;
    if (event.type === "op.closed") {
      this.#work.cycles.add(cycle);
      const { outcome, message, call, code } = event.data;
      const isBusy = call === "runner.remove" && code === "busy";
      if (outcome === "ok" || isBusy) this.view.failures.delete(cycle);
      else this.view.failures.set(cycle, message ?? `${call} was not answered`);
    }
    // A slot whose old machines are all gone takes a new one, although their registrations are still watched.
    const freed = event.type === "op.closed" && event.data.call === "dir.remove";
    const pool = freed || POOL_CHANGES.has(event.type) ? this.state.cycles.get(cycle)?.pool : undefined;
    if (pool !== undefined) this.#work.pools.add(pool);
  }

  #reserve(emit: (event: NewEvent) => Event): void {
    const { issued, reserved } = this.state;
    if (reserved - issued >= NUMBERS_LOW) return;
    const upTo = issued + NUMBERS_BLOCK;
    this.#durability.reserve(upTo);
    emit({ type: "numbers.reserved", data: { upTo } });
    for (const name of this.state.pools.keys()) this.#work.pools.add(name);
  }
}
