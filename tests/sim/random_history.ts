/**
 * Random histories over `Turns` itself: answers, readings (true, lying, stale), commands, deaths and time, in any
 * order. The world here is only as true as a step makes it; whatever it says, the laws must hold.
 */
import * as fc from "fast-check";
import { type Input, type Turn, Turns } from "../../src/controller/turn.ts";
import type { ForgeErrorClass, HostErrorClass } from "../../src/model/calls.ts";
import type { Result } from "../../src/model/conclude.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { Event } from "../../src/model/events.ts";
import { fold } from "../../src/model/fold.ts";
import type { ControllerId, Ms, VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import { type Power, POWERS } from "../../src/model/phases.ts";
import type { Read } from "../../src/model/readings.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import type { GuestSeen, RunnerSeen, Seen, VmSeen } from "../../src/model/view.ts";
import { MINUTE, simulatedSettings, START, withPool } from "./settings.ts";

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
  drain: 1,
  stop: 1,
} as const;

/** One step; what `a` and `b` choose depends on its kind. */
export interface HistoryStep {
  readonly kind: keyof typeof KINDS;
  readonly a: number;
  readonly b: number;
}

/** Arbitrary histories. */
export function histories(): fc.Arbitrary<HistoryStep[]> {
  const kind = fc.oneof(
    ...Object.entries(KINDS).map(([name, weight]) => ({ arbitrary: fc.constant(name as keyof typeof KINDS), weight })),
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

/** Begins secrets, so that they can be looked for. */
export const SECRET = "jit-secret-";
/** The controller of every history. */
export const CONTROLLER = "0123456789abcdef0123456789abcdef" as ControllerId;

const HOST_CODES: readonly HostErrorClass[] = ["busy", "not_found", "wrong_state", "out_of_memory", "no_space", "invalid", "timeout"];
const FORGE_CODES: readonly ForgeErrorClass[] = ["not_found", "busy", "conflict", "unavailable", "rate_limited"];
const TIMES: readonly Ms[] = [100, 1_000, 5_000, 20_000, MINUTE, 2 * MINUTE, 3.5 * MINUTE, 11 * MINUTE];

interface Vm {
  readonly id: VmId;
  readonly notes: string;
  readonly directory: string;
  power: Power;
  use: number;
  beat: number;
}

function pick<T>(items: readonly T[], n: number): T | undefined {
  return items.length === 0 ? undefined : items[n % items.length];
}

/** One history, as it is played. */
export class RandomHistory {
  readonly events: Event[] = [];
  readonly #listener: Listener;
  #settings = simulatedSettings(2);
  #now: Ms = START;
  #turns: Turns;
  #reserved = 0;
  #wakeAt: Ms = START;
  #effects: Effect[] = [];
  #answered: Effect[] = [];
  #reads: { of: Read; begin: Seen }[] = [];
  readonly #vms = new Map<VmId, Vm>();
  readonly #runners: { id: number; name: string; online: boolean; busy: boolean }[] = [];
  #made = 0;

  constructor(listener: Listener) {
    this.#listener = listener;
    this.#turns = this.#begin(emptyState(this.#settings));
  }

  /** The live state. */
  get state(): State {
    return this.#turns.state;
  }

  /** The state that the journal tells. */
  replayed(): State {
    const state = emptyState(simulatedSettings(2));
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
        for (const effect of [...this.#effects]) this.#answer(effect, this.#well(effect));
        for (const read of [...this.#reads]) this.#give(read, this.#truth(read));
        return;
      case "wake":
        this.#now = Math.min(this.#wakeAt, this.#now + 5 * MINUTE);
        return this.#turn([]);
      case "time":
        this.#now += pick(TIMES, a) ?? 0;
        return b % 2 === 0 ? this.#turn([]) : undefined;
      case "answerWell": {
        const effect = pick(this.#effects, a);
        return effect === undefined ? undefined : this.#answer(effect, this.#well(effect));
      }
      case "fail": {
        const effect = pick(this.#effects, a);
        return effect === undefined ? undefined : this.#answer(effect, this.#failure(effect, b));
      }
      case "noAnswer": {
        const effect = pick(this.#effects, a);
        if (effect === undefined) return;
        if (b % 2 === 0) this.#well(effect);
        return this.#answer(effect, { outcome: "unknown", message: "no answer" });
      }
      case "late": {
        const effect = pick(this.#answered, a);
        if (effect === undefined) return;
        const { cycle, op } = effect;
        return this.#turn([{ type: "answer", cycle, op, result: b % 2 === 0 ? this.#well(effect) : this.#failure(effect, b) }]);
      }
      case "readTruly": {
        const read = pick(this.#reads, a);
        return read === undefined ? undefined : this.#give(read, this.#truth(read));
      }
      case "lie": {
        const read = pick(this.#reads, a);
        return read === undefined ? undefined : this.#give(read, this.#lie(read, b));
      }
      case "unread": {
        const read = pick(this.#reads, a);
        if (read === undefined) return;
        this.#reads = this.#reads.filter((other) => other !== read);
        return this.#turn([{ type: "unread", of: read.of }]);
      }
      case "guestsGoOn":
        return this.#guestsGoOn(a);
      case "hint":
        return this.#turn([{ type: "hint" }]);
      case "drain":
      case "stop":
        return this.#turn([{ type: "command", command: { type: "stop", drain: kind === "drain", source: "history" } }]);
      case "die":
        return this.#die(a);
      default:
        return kind satisfies never;
    }
  }

  #die(a: number): void {
    this.#listener.onDeath();
    this.#effects = [];
    this.#reads = [];
    this.#answered = [];
    this.#now += pick(TIMES, a) ?? 0;
    if (a % 5 === 0) this.#settings = withPool(this.#settings, { size: 1 + a % 3, env: { A: String(a % 2) } });
    this.#begin(this.replayed());
  }

  #answer(effect: Effect, result: Result): void {
    this.#effects = this.#effects.filter((other) => other !== effect);
    this.#answered.push(effect);
    this.#now += 10;
    this.#turn([{ type: "answer", cycle: effect.cycle, op: effect.op, result }]);
  }

  /** The effect happens, and a good answer tells of it. */
  #well({ call, args }: Effect): Result {
    const { vmId, name, notes, directory, use } = args as {
      vmId?: VmId;
      name?: string;
      notes?: string;
      directory?: string;
      use?: number;
    };
    const vm = vmId === undefined ? undefined : this.#vms.get(vmId);
    switch (call) {
      case "vm.create": {
        const id = `00000000-0000-4000-8000-${String(++this.#made).padStart(12, "0")}` as VmId;
        this.#vms.set(id, { id, notes: notes ?? "", directory: directory ?? "", power: "off", use: 0, beat: 1 });
        return { outcome: "ok", value: { vmId: id, power: "off" } };
      }
      case "vm.start":
      case "vm.turnOff": {
        const power = call === "vm.start" ? "running" : "off";
        if (vm !== undefined) vm.power = power;
        return { outcome: "ok", value: { power } };
      }
      case "vm.remove":
        if (vmId !== undefined) this.#vms.delete(vmId);
        return { outcome: "ok", value: {} };
      case "media.put":
        if (vm !== undefined) vm.use = use ?? 0;
        return { outcome: "ok", value: {} };
      case "runner.register": {
        const id = ++this.#made;
        this.#runners.push({ id, name: name ?? "", online: false, busy: false });
        return { outcome: "ok", value: { runnerId: id, jitConfig: `${SECRET}${name}-${id}` } };
      }
      case "runner.remove": {
        const i = this.#runners.findIndex(({ id }) => id === (args as { runnerId?: number }).runnerId);
        if (i >= 0) this.#runners.splice(i, 1);
        return { outcome: "ok", value: {} };
      }
      default:
        return { outcome: "ok", value: {} };
    }
  }

  #failure({ call }: Effect, b: number): Result {
    const code = call.startsWith("runner.") ? pick(FORGE_CODES, b) : pick(HOST_CODES, b);
    return { outcome: "failed", code: code ?? "unavailable", message: "refused" };
  }

  #give(read: { of: Read; begin: Seen }, reading: Reading): void {
    this.#reads = this.#reads.filter((other) => other !== read);
    this.#turn([{ type: "reading", of: read.of, reading }]);
  }

  #truth({ of, begin }: { of: Read; begin: Seen }): Reading {
    switch (of.read) {
      case "vms": {
        const rows = new Map<VmId, VmSeen>();
        for (const { id, power, notes, directory } of this.#vms.values()) rows.set(id, { power, notes, directory });
        return { read: "vms", ...begin, rows };
      }
      case "vm":
        return { read: "vm", ...begin, vmId: of.vmId, power: this.#vms.get(of.vmId)?.power ?? "absent" };
      case "guests": {
        const reports = new Map<VmId, Omit<GuestSeen, "asOf" | "at" | "base">>();
        for (const vmId of of.vmIds) {
          const vm = this.#vms.get(vmId);
          if (vm?.power === "running") reports.set(vmId, { phase: vm.use > 0 ? "got" : "waiting", use: vm.use, beat: ++vm.beat });
        }
        return { read: "guests", ...begin, reports };
      }
      case "directories":
        return { read: "directories", ...begin, names: [] };
      case "runners":
        return { read: "runners", ...begin, scope: of.scope, list: { ok: true, rows: this.#runners.map((row) => ({ ...row })) } };
      case "check":
        return { read: "check", ...begin, pool: of.pool, ok: true, message: "" };
    }
  }

  /** Rows are missing, powers are wrong, guests say what they like. */
  #lie(read: { of: Read; begin: Seen }, b: number): Reading {
    const reading = this.#truth(read);
    const power = pick(POWERS.filter((one) => one !== "unseen"), b) ?? "off";
    switch (reading.read) {
      case "vms": {
        const rows = new Map<VmId, VmSeen>();
        let i = b;
        for (const [id, row] of reading.rows) {
          i++;
          if (i % 3 === 0) continue;
          rows.set(id, i % 3 === 1 && power !== "absent" ? { ...row, power } : row);
        }
        return { ...reading, rows };
      }
      case "vm":
        return { ...reading, power };
      case "guests": {
        const phase = pick(["starting", "waiting", "got", "running", "done", "failed"] as const, b) ?? "waiting";
        return { ...reading, reports: new Map([...reading.reports.keys()].map((id) => [id, { phase, use: b % 3, beat: b % 7 }])) };
      }
      case "directories":
        return { ...reading, names: ["ci-1.1", "ci-2.2", "ci-1.999999", "notes.txt"] };
      case "runners": {
        if (b % 4 === 0) return { ...reading, list: { ok: false, code: "unavailable", message: "away" } };
        const rows: RunnerSeen[] = this.#runners.filter((_, i) => (i + b) % 3 !== 0)
          .map((row) => ({ ...row, online: b % 2 === 0, busy: b % 5 === 0 }));
        return { ...reading, list: { ok: true, rows } };
      }
      case "check":
        return { ...reading, ok: b % 2 === 0, message: "no" };
    }
  }

  /** Runners come online, take jobs, end; machines power off. */
  #guestsGoOn(a: number): void {
    for (const runner of this.#runners) {
      const [, n] = /-(\d+)\.\d+$/.exec(runner.name) ?? [];
      const vm = [...this.#vms.values()].find(({ notes }) => notes.includes(`.${n}"`));
      if (vm?.power !== "running" || vm.use === 0) continue;
      if (!runner.online) runner.online = true;
      else if (!runner.busy) runner.busy = a % 2 === 0;
      else {
        this.#runners.splice(this.#runners.indexOf(runner), 1);
        vm.power = "off";
        return;
      }
    }
  }
}
