/**
 * The loop in real time: an inbox, one turn at a time, effects and readings started after the turn's commit, one
 * timer for the next wake-up. Everything that is decided is decided in the turn.
 */
import { type Effect, storeDirectory } from "../model/effects.ts";
import type { Event } from "../model/events.ts";
import { poolScopes, type Read } from "../model/readings.ts";
import { disksInUse } from "../model/rollout.ts";
import { StoreKeeper } from "./template_store_keeper.ts";
import type { State } from "../model/state.ts";
import type { Log } from "../ports/log.ts";
import { describeEvent } from "./event_log.ts";
import { execute, type Ports } from "./executor.ts";
import { take } from "./reader.ts";
import { type Beginning, type Durability, type Input, type Turn, Turns } from "./turn.ts";

/** What a loop is made of. */
export interface LoopOptions {
  readonly state: State;
  readonly ports: Ports;
  readonly durability: Durability;
  readonly log: Log;
  /** Hears of each commit, after it. */
  readonly onCommit?: (events: readonly Event[]) => void;
  /** Hears of each turn, also of one that only learnt something and committed nothing. */
  readonly onTurn?: () => void;
  /** Disks in the store of templates that are being copied, or copied from. */
  readonly disksInWork?: () => ReadonlySet<string>;
}

/** One running controller. */
export class Loop {
  readonly turns: Turns;
  readonly #options: LoopOptions;
  readonly #keeper: StoreKeeper;
  readonly #channel = new MessageChannel();
  readonly #ended = Promise.withResolvers<void>();
  #inbox: Input[] = [];
  #scheduled = false;
  #closed = false;
  #timer: { at: number; cancel: () => void } | undefined;
  #unwatch: () => void = () => {};
  #inFlight = 0;
  #idle: (() => void)[] = [];

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#keeper = new StoreKeeper(options.ports.host);
    this.turns = new Turns(options.state, options.durability);
    this.#channel.port1.onmessage = () => this.#run();
  }

  /** Resolves when the loop was closed; rejects when a turn could not be committed: then the process must end. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Effects whose answers are still awaited. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** The first turn. */
  begin(beginning: Beginning): void {
    const { ports } = this.#options;
    this.#unwatch = ports.host.watch(() => this.push({ type: "hint" }));
    this.#guard(() => this.#finish(this.turns.begin(beginning, ports.clock.now())));
  }

  /** Hands something in for the next turn. */
  push(input: Input): void {
    if (this.#closed) return;
    this.#inbox.push(input);
    this.#schedule();
  }

  /** Resolves once no effect is in flight. */
  async settled(): Promise<void> {
    if (this.#inFlight === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Takes no further turn. Effects in flight go on; their answers are not heard any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    this.#timer?.cancel();
    this.#channel.port1.close();
    this.#channel.port2.close();
    this.#ended.resolve();
  }

  #schedule(): void {
    if (this.#scheduled || this.#closed) return;
    this.#scheduled = true;
    this.#channel.port2.postMessage(0);
  }

  #run(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    const inputs = this.#inbox;
    this.#inbox = [];
    this.#guard(() => this.#finish(this.turns.turn(inputs, this.#options.ports.clock.now())));
  }

  /** A turn that throws leaves a draft that was not committed: nothing may go on from it. */
  #guard(turn: () => void): void {
    try {
      turn();
    } catch (error) {
      this.#ended.reject(error);
      this.close();
    }
  }

  #finish(turn: Turn): void {
    const { log, onCommit, onTurn, ports } = this.#options;
    for (const event of turn.events) describeEvent(log, event);
    if (turn.events.length > 0) onCommit?.(turn.events);
    onTurn?.();
    for (const effect of turn.effects) this.#start(effect);
    for (const read of turn.reads) this.#read(read);
    if (this.#timer !== undefined && this.#timer.at <= turn.wakeAt && this.#timer.at > ports.clock.now()) {
      return;
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    if (turn.wakeAt === Infinity || this.#closed) return;
    const cancel = ports.clock.at(turn.wakeAt, () => {
      this.#timer = undefined;
      this.#schedule();
    });
    this.#timer = { at: turn.wakeAt, cancel };
  }

  async #start(effect: Effect): Promise<void> {
    this.#inFlight++;
    const result = await execute(effect, this.#options.ports, () => poolScopes(this.turns.state));
    this.#inFlight--;
    this.push({ type: "answer", cycle: effect.cycle, op: effect.op, result });
    if (this.#inFlight > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  /** What must not be swept from the store; nothing is, while an image is prepared. */
  #disksInUse(): ReadonlySet<string> | undefined {
    const { state } = this.turns;
    if (state.preparation !== undefined) return undefined;
    const inWork = this.#options.disksInWork?.();
    return inWork === undefined ? disksInUse(state) : disksInUse(state)?.union(inWork);
  }

  async #read(read: Read): Promise<void> {
    const { ports, log } = this.#options;
    const { state } = this.turns;
    const result = await take(read, ports, {
      asOf: state.seq,
      at: ports.clock.now(),
      storeOf: (storage) => storeDirectory(state, storage),
      settings: state.settings,
      poolOf: (name) => state.pools.get(name),
      disksInUse: () => this.#disksInUse(),
      keeper: this.#keeper,
    });
    if ("reading" in result) {
      this.push({ type: "reading", of: read, reading: result.reading });
      return;
    }
    log.warn("A reading failed; it is tried again", { read: read.read, message: result.message });
    const notBefore = result.notBefore === undefined ? {} : { notBefore: result.notBefore };
    this.push({ type: "unread", of: read, ...notBefore });
  }
}
