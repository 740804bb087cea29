/** A controller in simulated time: the real turn over a simulated host and GitHub, with crashes. */
import { configDrive, type Delivery } from "../../src/controller/executor.ts";
import { type Beginning, type Input, type Turn, Turns } from "../../src/controller/turn.ts";
import { OPERATIONS } from "../../src/model/calls.ts";
import type { Result } from "../../src/model/conclude.ts";
import { type Effect, storeDirectory } from "../../src/model/effects.ts";
import type { Event } from "../../src/model/events.ts";
import { fold } from "../../src/model/fold.ts";
import type { ControllerId, CycleId, Ms, OpId, ScopeKey, VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { Read } from "../../src/model/readings.ts";
import type { Settings } from "../../src/model/settings.ts";
import { readSnapshot, writeSnapshot } from "../../src/model/snapshot.ts";
import { emptyState, type State } from "../../src/model/state.ts";
import type { GuestSeen, VmSeen } from "../../src/model/view.ts";
import type { Answer } from "../../src/ports/engine.ts";
import { classifyError } from "../../src/ports/errors.ts";
import type { ForgeResult } from "../../src/ports/forge.ts";
import { parseGuestItems } from "../../src/ports/guest.ts";
import type { HostValue } from "../../src/ports/host.ts";
import type { ForgeDoor, RegisterRequest } from "../../src/simulator/forge_door.ts";
import type { SimulatedHost } from "../../src/simulator/host.ts";
import type { Random } from "../../src/simulator/random.ts";
import type { Timeline } from "../../src/simulator/timeline.ts";

/** What a simulated controller works on. */
export interface Site {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly host: SimulatedHost;
  readonly door: ForgeDoor;
  readonly id: ControllerId;
  readonly settings: Settings;
  /** Hears of each effect before it starts; for the laws. */
  readonly onEffect: (effect: Effect, state: State) => void;
  /** Hears of each committed turn; for the laws. */
  readonly onTurn: (turn: Turn, state: State) => void;
}

/** Readings that are not answered are given up after this. */
const READ_LIMIT_MS: Ms = 30_000;
/** Events between two snapshots. */
const SNAPSHOT_EVERY = 400;

/** The controller. */
export class SimulatedController {
  readonly #site: Site;
  #events: Event[] = [];
  #snapshot = "";
  #since = 0;
  #reserved = 0;
  #turns: Turns | undefined;
  /** Counts lives: what an earlier life asked for is not heard by a later one. */
  #life = 0;
  #wake: () => void = () => {};
  turnsTaken = 0;
  eventsWritten = 0;

  constructor(site: Site) {
    this.#site = site;
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
    const { id, settings, timeline } = this.#site;
    const state = this.#snapshot === "" ? emptyState(settings) : readSnapshot(this.#snapshot);
    for (const event of this.#events) fold(state, event);
    const turns = new Turns(state, {
      commit: (events) => this.#commit(events, state),
      reserve: (upTo) => this.#reserved = upTo,
    });
    this.#turns = turns;
    const beginning: Beginning = {
      controller: id,
      version: "simulated",
      settings,
      reserved: this.#reserved,
      journalLost: false,
    };
    this.#finish(turns.begin(beginning, timeline.now));
  }

  /** Dies, as by `kill -9`. */
  crash(): void {
    this.#turns = undefined;
    this.#life++;
    this.#wake();
    this.#wake = () => {};
  }

  /** Takes a turn with one input. */
  push(input: Input): void {
    const turns = this.#turns;
    if (turns !== undefined) this.#finish(turns.turn([input], this.#site.timeline.now));
  }

  #commit(events: readonly Event[], state: State): void {
    this.#events.push(...events);
    this.eventsWritten += events.length;
    this.#since += events.length;
    if (this.#since < SNAPSHOT_EVERY) return;
    this.#snapshot = writeSnapshot(state);
    this.#events = [];
    this.#since = 0;
  }

  #finish(turn: Turn): void {
    const { timeline, onTurn, onEffect } = this.#site;
    const turns = this.#turns;
    if (turns === undefined) return;
    this.turnsTaken++;
    onTurn(turn, turns.state);
    for (const effect of turn.effects) {
      onEffect(effect, turns.state);
      this.#start(effect);
    }
    for (const read of turn.reads) this.#read(read, turns.state);
    this.#wake();
    this.#wake = turn.wakeAt === Infinity ? () => {} : timeline.at(turn.wakeAt, () => {
      if (this.#turns === turns) this.#finish(turns.turn([], timeline.now));
    });
  }

  /** Runs `give` once, with what came first: the answer, or that none came within the limit. */
  #once<T>(limitMs: Ms, give: (value: T | undefined) => void): (value: T) => void {
    const { timeline } = this.#site;
    const life = this.#life;
    let open = true;
    const settle = (value: T | undefined) => {
      if (!open) return;
      open = false;
      cancel();
      if (this.#life === life) give(value);
    };
    const cancel = timeline.at(timeline.now + limitMs, () => settle(undefined));
    return settle;
  }

  #start({ op, cycle, call, args }: Effect): void {
    const { host, door, timeline } = this.#site;
    const answer = (result: Result) => this.push({ type: "answer", cycle, op, result });
    const limitMs = OPERATIONS[call].limitMs;
    const message = "no answer came";
    if (call === "runner.register") {
      const give = this.#once<ForgeResult<{ runnerId: number; jitConfig: string }>>(limitMs, (result) => {
        if (result === undefined) return answer({ outcome: "unknown", message });
        answer(result.outcome === "ok" ? { outcome: "ok", value: result.value } : result);
      });
      door.register(args as unknown as RegisterRequest, give);
      return;
    }
    if (call === "runner.remove") {
      const give = this.#once<ForgeResult<unknown>>(limitMs, (result) => {
        if (result === undefined) return answer({ outcome: "unknown", message });
        answer(result.outcome === "ok" ? { outcome: "ok", value: {} } : result);
      });
      const { scope, runnerId } = args as { scope: ScopeKey; runnerId: number };
      door.remove(scope, runnerId, give);
      return;
    }
    const give = this.#once<Answer>(limitMs, (raw) => {
      if (raw === undefined) return answer({ outcome: "unknown", message });
      if (raw.ok) return answer({ outcome: "ok", value: raw.value as Extract<Result, { outcome: "ok" }>["value"] });
      answer({ outcome: "failed", code: classifyError(raw.error), message: raw.error.message });
    });
    const sent = call === "media.put" ? configDrive(args as unknown as Delivery, timeline.now) : args;
    host.handle(call, sent, give);
  }

  #read(of: Read, state: State): void {
    const { host, door, timeline } = this.#site;
    const begin = { asOf: state.seq, at: timeline.now };
    const unread = () => this.push({ type: "unread", of });
    const give = (reading: Reading) => this.push({ type: "reading", of, reading });
    const ask = <C extends "vm.list" | "vm.inspect" | "kvp.read" | "dir.list">(
      call: C,
      args: unknown,
      good: (value: HostValue<C>) => void,
      bad: (raw: Answer | undefined) => void = unread,
    ) => {
      host.handle(
        call,
        args,
        this.#once<Answer>(READ_LIMIT_MS, (raw) => raw?.ok === true ? good(raw.value as HostValue<C>) : bad(raw)),
      );
    };
    switch (of.read) {
      case "vms":
        return ask("vm.list", {}, ({ complete, vms }) => {
          if (!complete) return unread();
          const rows = new Map<VmId, VmSeen>();
          for (const { id, power, notes, directory } of vms) rows.set(id as VmId, { power, notes, directory });
          give({ read: "vms", ...begin, rows });
        });
      case "vm":
        return ask("vm.inspect", { vmId: of.vmId }, ({ power }) => {
          give({ read: "vm", ...begin, vmId: of.vmId, power });
        }, (raw) => {
          const gone = raw?.ok === false && classifyError(raw.error) === "not_found";
          if (gone) give({ read: "vm", ...begin, vmId: of.vmId, power: "absent" });
          else unread();
        });
      case "guests":
        return ask("kvp.read", { vmIds: of.vmIds }, ({ vms }) => {
          const reports = new Map<VmId, Omit<GuestSeen, "asOf" | "at" | "base">>();
          for (const { vmId, items } of vms) {
            const report = parseGuestItems(items);
            if (report !== undefined) reports.set(vmId as VmId, report);
          }
          give({ read: "guests", ...begin, reports });
        });
      case "directories":
        return ask("dir.list", { path: storeDirectory(state) }, ({ names }) => {
          give({ read: "directories", ...begin, names });
        });
      case "runners": {
        const { scope } = of;
        const answered = this.#once<ForgeResult<readonly { id: number; name: string; status: string; busy: boolean }[]>>(
          READ_LIMIT_MS,
          (result) => {
            if (result?.outcome === "ok") {
              const rows = result.value.map(({ id, name, status, busy }) => {
                return { id, name, busy, online: status === "online" };
              });
              return give({ read: "runners", ...begin, scope, list: { ok: true, rows } });
            }
            const code = result?.outcome === "failed" ? result.code : "unknown" as const;
            give({ read: "runners", ...begin, scope, list: { ok: false, code, message: "no list" } });
          },
        );
        return door.list(scope, answered);
      }
      case "check":
        return give({ read: "check", ...begin, pool: of.pool, ok: true, message: "" });
    }
  }
}

/** For the laws: which cycle an operation was for. */
export interface Started {
  readonly op: OpId;
  readonly cycle: CycleId;
}
