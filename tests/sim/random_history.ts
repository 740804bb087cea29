/**
 * Random histories over `Turns` itself: answers, readings (true, lying, stale), commands, deaths and time, in any
 * order. The world here is only as true as a step makes it; whatever it says, the laws must hold.
 */
import * as fc from "fast-check";
import { type Input, type Turn, Turns } from "../../src/controller/turn.ts";
import type { Result } from "../../src/model/conclude.ts";
import type { Command } from "../../src/model/decide.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { Event } from "../../src/model/events.ts";
import { fold } from "../../src/model/fold.ts";
import type { ControllerId, Ms } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { PoolSettings, Settings } from "../../src/model/settings.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import { type Begun, InventedWorld, pick } from "./invented_world.ts";
import { HOUR, MINUTE, POOL, simulatedSettings, START, withPool } from "./settings.ts";

/** Every kind of step, and how common it is. */
const KINDS = {
  settle: 12,
  wake: 12,
  answerWell: 8,
  readTruly: 8,
  guestsGoOn: 8,
  time: 5,
  fail: 5,
  noAnswer: 3,
  late: 2,
  lie: 5,
  unread: 2,
  die: 2,
  hint: 1,
  reboot: 1,
  drain: 1,
  stop: 1,
  maintain: 1,
} as const;

/** What an operator may ask for; ends are more common than beginnings, so that pools are not empty all the time. */
const MAINTENANCE = [
  "pause",
  "drain",
  "uncordon",
  "uncordon",
  "uncordon",
  "resize",
  "retire",
  "hold",
  "release",
] as const;

/** One step; what `a` and `b` choose depends on its kind. */
export interface HistoryStep {
  readonly kind: keyof typeof KINDS;
  readonly a: number;
  readonly b: number;
}

/** Arbitrary histories. */
export function histories(): fc.Arbitrary<HistoryStep[]> {
  const kind = fc.oneof(
    ...Object.entries(KINDS).map(([name, weight]) => ({
      arbitrary: fc.constant(name as keyof typeof KINDS),
      weight,
    })),
  );
  const step = fc.record({ kind, a: fc.nat(10_000), b: fc.nat(10_000) });
  return fc.array(step, { minLength: 20, maxLength: 160, size: "max" });
}

/** Hears of everything that happens in a history. */
export interface Listener {
  onInputs(inputs: readonly Input[], now: Ms): void;
  onTurn(turn: Turn, state: State, now: Ms): void;
  /** The program died, and begins again with the next turn. */
  onDeath(): void;
}

/** The controller of every history. */
export const CONTROLLER = "0123456789abcdef0123456789abcdef" as ControllerId;

const TIMES: readonly Ms[] = [100, 1_000, 5_000, 20_000, MINUTE, 2 * MINUTE, 3.5 * MINUTE, 11 * MINUTE];

/** One history, as it is played. */
export class RandomHistory {
  readonly events: Event[] = [];
  readonly #listener: Listener;
  readonly #before: Settings;
  #settings: Settings;
  #now: Ms = START;
  #turns: Turns;
  #reserved = 0;
  #wakeAt: Ms = START;
  #effects: Effect[] = [];
  #answered: Effect[] = [];
  #reads: Begun[] = [];
  readonly #world = new InventedWorld();

  /** @param pool what its pool is like, beside the ordinary */
  constructor(listener: Listener, pool: Partial<PoolSettings> = {}) {
    this.#listener = listener;
    this.#before = withPool(simulatedSettings(2), pool);
    this.#settings = this.#before;
    this.#turns = this.#begin(emptyState(this.#settings));
  }

  /** The live state. */
  get state(): State {
    return this.#turns.state;
  }

  /** The state that the journal tells. */
  replayed(): State {
    const state = emptyState(this.#before);
    for (const event of this.events) fold(state, event);
    return state;
  }

  #begin(state: State): Turns {
    const turns = new Turns(state, {
      commit: (events) => {
        // As they are written: what JSON loses is lost.
        this.events.push(...events.map((event): Event => JSON.parse(JSON.stringify(event))));
      },
      reserve: (upTo) => this.#reserved = upTo,
    });
    this.#turns = turns;
    const beginning = {
      controller: CONTROLLER,
      version: "history",
      settings: this.#settings,
      reserved: this.#reserved,
      journalLost: false,
    };
    this.#took(turns.begin(beginning, this.#now));
    return turns;
  }

  #turn(inputs: Input[]): void {
    this.#listener.onInputs(inputs, this.#now);
    this.#took(this.#turns.turn(inputs, this.#now));
  }

  #took(turn: Turn): void {
    this.#listener.onTurn(turn, this.#turns.state, this.#now);
    this.#wakeAt = turn.wakeAt;
    this.#effects.push(...turn.effects);
    const begin = { asOf: this.#turns.state.seq, at: this.#now };
    for (const of of turn.reads) this.#reads.push({ of, begin });
  }

  /** Plays one step. */
  step({ kind, a, b }: HistoryStep): void {
    switch (kind) {
      case "settle":
        for (const effect of [...this.#effects]) this.#answer(effect, this.#world.well(effect));
        for (const read of [...this.#reads]) this.#give(read, this.#world.truth(read));
        return;
      case "wake":
        this.#now = Math.min(this.#wakeAt, this.#now + 5 * MINUTE);
        return this.#turn([]);
      case "time":
        this.#now += pick(TIMES, a) ?? 0;
        return b % 2 === 0 ? this.#turn([]) : undefined;
      case "answerWell": {
        const effect = pick(this.#effects, a);
        return effect === undefined ? undefined : this.#answer(effect, this.#world.well(effect));
      }
      case "fail": {
        const effect = pick(this.#effects, a);
        return effect === undefined ? undefined : this.#answer(effect, this.#world.failure(effect, b));
      }
      case "noAnswer": {
        const effect = pick(this.#effects, a);
        if (effect === undefined) return;
        if (b % 2 === 0) this.#world.well(effect);
        return this.#answer(effect, { outcome: "unknown", message: "no answer" });
      }
      case "late": {
        const effect = pick(this.#answered, a);
        if (effect === undefined) return;
        const { cycle, op } = effect;
        return this.#turn([{
          type: "answer",
          cycle,
          op,
          result: b % 2 === 0 ? this.#world.well(effect) : this.#world.failure(effect, b),
        }]);
      }
      case "readTruly": {
        const read = pick(this.#reads, a);
        return read === undefined ? undefined : this.#give(read, this.#world.truth(read));
      }
      case "lie": {
        const read = pick(this.#reads, a);
        return read === undefined ? undefined : this.#give(read, this.#world.lie(read, b));
      }
      case "unread": {
        const read = pick(this.#reads, a);
        if (read === undefined) return;
        this.#reads = this.#reads.filter((other) => other !== read);
        return this.#turn([{ type: "unread", of: read.of }]);
      }
      case "guestsGoOn":
        return this.#world.guestsGoOn(a);
      case "reboot":
        return this.#world.reboot();
      case "hint":
        return this.#turn([{ type: "hint" }]);
      case "drain":
      case "stop":
        return this.#turn([{
          type: "command",
          command: { type: "stop", drain: kind === "drain", source: "history" },
        }]);
      case "maintain": {
        const command = this.#maintenance(a, b);
        return command === undefined ? undefined : this.#turn([{ type: "command", command }]);
      }
      case "die":
        return this.#die(a);
      default:
        return kind satisfies never;
    }
  }

  /** Something that an operator asks for. Nothing is forced: that stands above the laws. */
  #maintenance(a: number, b: number): Command | undefined {
    const source = "history";
    const pool = b % 2 === 0 ? {} : { pool: POOL };
    const cycle = pick([...this.state.cycles.keys()], b);
    switch (pick(MAINTENANCE, a)) {
      case "pause":
      case "drain":
        return { type: "cordon", drain: pick(MAINTENANCE, a) === "drain", source, ...pool };
      case "uncordon":
        return { type: "uncordon", source, ...pool };
      case "resize":
        return { type: "resize", pool: POOL, source, ...(b % 4 === 3 ? {} : { size: b % 4 }) };
      case "retire":
        return cycle === undefined ? undefined : { type: "vm.retire", cycle, force: false, source };
      case "hold":
        return cycle === undefined ? undefined : { type: "vm.hold", cycle, until: this.#now + HOUR, source };
      case "release":
        return cycle === undefined ? undefined : { type: "vm.release", cycle, source };
      default:
        return undefined;
    }
  }

  #die(a: number): void {
    this.#listener.onDeath();
    this.#effects = [];
    this.#reads = [];
    this.#answered = [];
    this.#now += pick(TIMES, a) ?? 0;
    if (a % 5 === 0) {
      this.#settings = withPool(this.#settings, { size: 1 + a % 3, env: { A: String(a % 2) } });
    }
    this.#begin(this.replayed());
  }

  #answer(effect: Effect, result: Result): void {
    this.#effects = this.#effects.filter((other) => other !== effect);
    this.#answered.push(effect);
    this.#now += 10;
    this.#turn([{ type: "answer", cycle: effect.cycle, op: effect.op, result }]);
  }

  #give(read: Begun, reading: Reading): void {
    this.#reads = this.#reads.filter((other) => other !== read);
    this.#turn([{ type: "reading", of: read.of, reading }]);
  }
}
