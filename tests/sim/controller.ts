/** A controller in simulated time: the real turn over a simulated host and GitHub, with every kind of death. */
import { deliveryCall } from "../../src/controller/executor.ts";
import { type Input, type Turn, Turns } from "../../src/controller/turn.ts";
import { type OperationName, OPERATIONS } from "../../src/model/calls.ts";
import type { Result } from "../../src/model/conclude.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { Event } from "../../src/model/events.ts";
import { fold } from "../../src/model/fold.ts";
import type { ControllerId, Ms, ScopeKey, VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { Read } from "../../src/model/readings.ts";
import type { Settings } from "../../src/model/settings.ts";
import { readSnapshot, writeSnapshot } from "../../src/model/snapshot.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import type { Answer } from "../../src/ports/engine.ts";
import { classifyError } from "../../src/ports/errors.ts";
import type { ForgeResult } from "../../src/ports/forge.ts";
import { HOST_KEYS } from "../../src/ports/guest.ts";
import type { ForgeDoor, RegisterRequest } from "../../src/simulator/forge_door.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";
import type { Timeline } from "../../src/simulator/timeline.ts";
import { beginPreparing, isPreparing } from "./preparing_calls.ts";
import { LawBroken } from "./law_broken.ts";
import { beginReading, type Tampering } from "./read_calls.ts";

/** Hears of everything that a controller does; for the laws. */
export interface Watch {
  /** A reading came in, before the turn that takes it in. */
  onReading(reading: Reading): void;
  /** A turn was committed. */
  onTurn(turn: Turn, state: State): void;
  /** An effect is about to start. */
  onEffect(effect: Effect, state: State): void;
  /** It was answered, or its limit passed. */
  onSettled(effect: Effect): void;
  /** The program died: what was in flight concerns it no more. */
  onDeath(): void;
  /** What it had written is gone: operations are counted anew. */
  onJournalLost(): void;
}

/** What a simulated controller works on. */
export interface Site {
  readonly timeline: Timeline;
  readonly host: SimulatedHost;
  readonly door: ForgeDoor;
  readonly id: ControllerId;
  readonly watch: Watch;
  /** Whether the host tells of changes. */
  readonly hints: boolean;
}

/** Events between two snapshots. */
const SNAPSHOT_EVERY = 400;

/** The disk is full. */
class CommitFailed extends Error {
  override readonly name = "CommitFailed";
}

/** The controller. */
export class SimulatedController {
  readonly #site: Site;
  /** What the next start is configured with. */
  settings: Settings;
  #events: Event[] = [];
  #snapshot = "";
  #since = 0;
  #reserved = 0;
  #turns: Turns | undefined;
  /** Counts lives: what an earlier life asked for is not heard by a later one. */
  #life = 0;
  #wake: () => void = () => {};
  #stopWatching: () => void = () => {};
  #lastWords: string | undefined;
  #journalLost = false;
  /** What the journal was when it was copied. */
  #copy: { readonly events: readonly Event[]; readonly snapshot: string; readonly since: number } | undefined;
  #olderCopy = false;
  /** Until then it hears nothing: what comes in waits. */
  #asleepUntil: Ms = 0;
  /** Dies at the next turn that has effects, after its commit and before they start. */
  dieAfterCommit = false;
  /** The next commit fails, and the program with it. */
  failCommit = false;
  /** How much later than it was given an answer arrives. */
  lateness: (call: OperationName) => Ms = () => 0;
  readonly tampering: Tampering = {};
  turnsTaken = 0;
  eventsWritten = 0;
  lateAnswers = 0;

  constructor(site: Site, settings: Settings) {
    this.#site = site;
    this.settings = settings;
  }

  /** State of the present life, if it lives. */
  get state(): State | undefined {
    return this.#turns?.state;
  }

  get view(): Turns["view"] | undefined {
    return this.#turns?.view;
  }

  /** Starts, from what was committed. */
  start(): void {
    if (this.#turns !== undefined) return;
    const { settings } = this;
    const { id, timeline, host, hints } = this.#site;
    const state = this.#snapshot === "" ? emptyState(settings) : readSnapshot(this.#snapshot);
    for (const event of this.#events) fold(state, event);
    if (this.#lastWords !== undefined && writeSnapshot(state) !== this.#lastWords) {
      throw new LawBroken(
        `The journal tells another state than the one that died: ${this.#lastWords}\n${writeSnapshot(state)}`,
      );
    }
    const turns = new Turns(state, {
      commit: (events) => this.#commit(events, state),
      reserve: (upTo) => this.#reserved = upTo,
    });
    this.#turns = turns;
    if (hints) {
      this.#stopWatching = host.watch(() => timeline.at(timeline.now, () => this.push({ type: "hint" })));
    }
    const reserved = this.#reserved;
    const journalLost = this.#journalLost;
    const olderCopy = this.#olderCopy;
    this.#journalLost = false;
    this.#olderCopy = false;
    const beginning = { controller: id, version: "simulated", settings, reserved, journalLost, olderCopy };
    this.#take(() => turns.begin(beginning, timeline.now));
  }

  /** Dies, as by `kill -9`. */
  crash(): void {
    const turns = this.#turns;
    if (turns === undefined) return;
    this.#lastWords = writeSnapshot(turns.state);
    this.#die(turns);
  }

  /** Dies, and what it had written is gone; `controller.json` is still there. */
  loseJournal(): void {
    this.crash();
    this.#events = [];
    this.#snapshot = "";
    this.#lastWords = undefined;
    this.#journalLost = true;
    this.#site.watch.onJournalLost();
  }

  /** Somebody makes a copy of its journal. */
  copyJournal(): void {
    this.#copy = { events: [...this.#events], snapshot: this.#snapshot, since: this.#since };
  }

  /** Dies, and the copy is put back; `controller.json` is the newer one, and tells. */
  putBackCopy(): void {
    if (this.#copy === undefined) throw new Error("There is no copy of the journal");
    const { events, snapshot, since } = this.#copy;
    this.loseJournal();
    this.#events = [...events];
    this.#snapshot = snapshot;
    this.#since = since;
    this.#olderCopy = true;
  }

  /** Its computer sleeps: nothing is done and nothing heard, and then the clock has jumped. */
  sleep(forMs: Ms): void {
    this.#asleepUntil = this.#site.timeline.now + forMs;
  }

  /** Whether it sleeps; then `later` is called when it wakes, should it still be the same life. */
  #asleep(later: () => void): boolean {
    if (this.#site.timeline.now >= this.#asleepUntil) return false;
    const life = this.#life;
    this.#site.timeline.at(this.#asleepUntil, () => {
      if (this.#life === life) later();
    });
    return true;
  }

  /** Takes a turn with one input. */
  push(input: Input): void {
    const turns = this.#turns;
    if (turns === undefined || this.#asleep(() => this.push(input))) return;
    if (input.type === "reading") this.#site.watch.onReading(input.reading);
    this.#take(() => turns.turn([input], this.#site.timeline.now));
  }

  #die(turns: Turns): void {
    this.lateAnswers += turns.lateAnswers;
    this.#turns = undefined;
    this.#life++;
    this.#wake();
    this.#wake = () => {};
    this.#stopWatching();
    this.#site.watch.onDeath();
  }

  #commit(events: readonly Event[], state: State): void {
    if (this.failCommit) {
      this.failCommit = false;
      throw new CommitFailed("No space left on device");
    }
    this.#events.push(...events);
    this.eventsWritten += events.length;
    this.#since += events.length;
    if (this.#since < SNAPSHOT_EVERY) return;
    this.#snapshot = writeSnapshot(state);
    this.#events = [];
    this.#since = 0;
  }

  #take(turn: () => Turn): void {
    const { timeline, watch } = this.#site;
    const turns = this.#turns;
    if (turns === undefined || this.#asleep(() => this.#take(turn))) return;
    let taken: Turn;
    try {
      taken = turn();
    } catch (error) {
      if (!(error instanceof CommitFailed)) throw error;
      this.#lastWords = undefined;
      return this.#die(turns);
    }
    this.turnsTaken++;
    watch.onTurn(taken, turns.state);
    if (this.dieAfterCommit && taken.effects.length > 0) {
      this.dieAfterCommit = false;
      return this.crash();
    }
    for (const effect of taken.effects) {
      watch.onEffect(effect, turns.state);
      this.#start(effect);
    }
    for (const read of taken.reads) this.#read(read, turns.state);
    this.#wake();
    this.#wake = taken.wakeAt === Infinity ? () => {} : timeline.at(taken.wakeAt, () => {
      if (this.#turns === turns) this.#take(() => turns.turn([], timeline.now));
    });
  }

  /** Runs `give` once, with what came first: the answer, or that none came within the limit. */
  #once<T>(
    limitMs: Ms,
    give: (value: T | undefined) => void,
    late: (value: T) => void = () => {},
  ): (value: T) => void {
    const { timeline } = this.#site;
    const life = this.#life;
    let open = true;
    const settle = (value: T | undefined) => {
      if (this.#life !== life) return;
      if (!open) {
        if (value !== undefined) late(value);
        return;
      }
      open = false;
      cancel();
      give(value);
    };
    const cancel = timeline.at(timeline.now + limitMs, () => settle(undefined));
    return settle;
  }

  #start(effect: Effect): void {
    const { host, door, timeline, watch } = this.#site;
    const { op, cycle, call, args } = effect;
    const answer = (result: Result) => this.push({ type: "answer", cycle, op, result });
    // A late answer is handed in all the same: the turn must know that it is too late.
    const hear = <T>(read: (raw: T) => Result): (raw: T) => void => {
      const settle = this.#once<T>(OPERATIONS[call].limitMs, (raw) => {
        watch.onSettled(effect);
        answer(raw === undefined ? { outcome: "unknown", message: "no answer came" } : read(raw));
      }, (raw) => answer(read(raw)));
      const lateMs = this.lateness(call);
      return lateMs === 0 ? settle : (raw) => {
        timeline.at(timeline.now + lateMs, () => settle(raw));
      };
    };
    if (call === "runner.register") {
      door.register(
        args as unknown as RegisterRequest,
        hear<ForgeResult<{ runnerId: number; jitConfig: string }>>((result) => {
          if (result.outcome !== "ok") return result;
          const { runnerId, jitConfig } = result.value;
          return { outcome: "ok", value: { runnerId, credentials: { kind: "jit", jitConfig } } };
        }),
      );
      return;
    }
    if (call === "runner.remove") {
      const { scope, runnerId } = args as { scope: ScopeKey; runnerId: number };
      const heard = hear<ForgeResult<unknown>>((result) => {
        return result.outcome === "ok" ? { outcome: "ok", value: {} } : result;
      });
      door.remove(scope, runnerId, heard);
      return;
    }
    const heard = hear<Answer>((raw) => {
      if (raw.ok) return { outcome: "ok", value: raw.value as Extract<Result, { outcome: "ok" }>["value"] };
      return { outcome: "failed", code: classifyError(raw.error), message: raw.error.message };
    });
    if (call === "guest.prepare") {
      // Every image here has the loader; a guest that is silent all the same does not let anybody in either.
      const notReady = { message: "not ready", category: "", fqid: "", hresult: "", command: "", target: "" };
      timeline.at(timeline.now + 2_000, () => heard({ ok: false, error: notReady }));
      return;
    }
    if (isPreparing(call)) return beginPreparing(call, args, { host, timeline, heard });
    if (call === "guest.bye") {
      const { vmId, use } = args as { vmId: VmId; use: number };
      host.handle("kvp.push", { vmId, items: { [HOST_KEYS.bye]: String(use) } }, heard);
      return;
    }
    if (call === "media.put" || call === "disk.inject") {
      const sent = deliveryCall(effect, timeline.now);
      host.handle(sent.call, sent.args, heard);
      return;
    }
    host.handle(call, args, heard);
  }

  #read(of: Read, state: State): void {
    const { host, door, timeline, id } = this.#site;
    beginReading(of, { asOf: state.seq, at: timeline.now }, {
      host,
      door,
      controller: id,
      tampering: this.tampering,
      once: (limitMs, give) => this.#once(limitMs, give),
      give: (reading) => this.push({ type: "reading", of, reading }),
      unread: () => this.push({ type: "unread", of }),
    });
  }
}
