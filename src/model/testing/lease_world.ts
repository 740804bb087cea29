/** A host with machines of one agent pool, invented for tests: it knows what is really in them, whatever is believed. */
import assert from "node:assert/strict";
import { Turns } from "../../controller/turn.ts";
import type { Result } from "../conclude.ts";
import type { Command } from "../decide.ts";
import type { Effect } from "../effects.ts";
import type { Event } from "../events.ts";
import type { Ms, VmId } from "../ids.ts";
import type { Reading } from "../observe.ts";
import type { Power } from "../phases.ts";
import type { Read } from "../readings.ts";
import type { Settings } from "../settings.ts";
import { emptyState, type State } from "../state.ts";
import { BOOT, CONTROLLER, NOW } from "./stage.ts";
import type { HostSeen } from "../view.ts";

/** What a machine holds: who has written to it, in order. */
type Content = readonly string[];

/** One VM. */
export interface Machine {
  power: Power;
  notes: string;
  content: Content;
  checkpoints: Map<string, { readonly name: string; readonly content: Content }>;
  beat: number;
  /** Its guest says nothing any more. */
  mute: boolean;
}

/** Calls that follow one another at the most, before time goes by. */
const CALLS_A_STEP = 20;

/** How a call goes. */
export type Fate = "ok" | "lost answer" | "never came" | { readonly code: string };

type Failure = Extract<Result, { outcome: "failed" }>["code"];

/** The host, and the program that is over it. */
export class LeaseWorld {
  /** None: how much is free on them is not known. */
  volumes: HostSeen["volumes"] = [];
  readonly machines: Map<VmId, Machine> = new Map();
  readonly events: Event[] = [];
  readonly #settings: Settings;
  #turns: Turns;
  #calls: Effect[] = [];
  #reads: Read[] = [];
  #ids = 0;
  #reserved = 0;
  now: Ms = NOW;
  /** Hears of every event, before anything else happens. */
  onEvent: (event: Event, state: State) => void = () => {};
  /** How the next calls go. */
  fate: (effect: Effect) => Fate = () => "ok";

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#turns = this.#program(emptyState(settings));
    this.#begin();
  }

  get state(): State {
    return this.#turns.state;
  }

  get turns(): Turns {
    return this.#turns;
  }

  /** Calls that were not answered yet. */
  get open(): readonly Effect[] {
    return this.#calls;
  }

  #program(state: State): Turns {
    return new Turns(state, {
      commit: (events) => {
        this.events.push(...events);
        for (const event of events) this.onEvent(event, state);
      },
      reserve: (upTo) => this.#reserved = Math.max(this.#reserved, upTo),
    });
  }

  #begin(settings = this.#settings): void {
    const reserved = Math.max(this.#reserved, 10_000);
    this.#reserved = reserved;
    const beginning = { controller: CONTROLLER, version: "test", settings, reserved };
    this.#after(this.#turns.begin({ ...beginning, journalLost: false }, this.now));
  }

  #after({ effects, reads }: ReturnType<Turns["turn"]>): void {
    this.#calls.push(...effects);
    this.#reads.push(...reads);
  }

  command(command: Command): void {
    this.#after(this.#turns.turn([{ type: "command", command }], this.now));
  }

  /** The program dies and starts again, with these settings; what it had called lands, or does not. */
  crash(lands: boolean, settings?: Settings): void {
    for (const call of this.#calls.splice(0)) if (lands) this.#land(call);
    this.#reads = [];
    this.#turns = this.#program(this.#turns.state);
    this.#begin(settings);
  }

  /** Answers the first call. */
  answer(): void {
    const [effect] = this.#calls.splice(0, 1);
    if (effect === undefined) return;
    const fate = this.fate(effect);
    const landed = fate === "ok" || fate === "lost answer" ? this.#land(effect) : undefined;
    const message = "the host said so";
    const result: Result = fate === "ok"
      ? landed ?? { outcome: "failed", code: "wrong_state", message }
      : typeof fate === "string"
      ? { outcome: "unknown", message }
      : { outcome: "failed", code: fate.code as Failure, message };
    const { cycle, op } = effect;
    this.#after(this.#turns.turn([{ type: "answer", cycle, op, result }], this.now));
  }

  /** Some time goes by, and everything that was asked is read. */
  tick(ms: Ms = 1_000): void {
    for (const machine of this.machines.values()) if (machine.power === "running") machine.beat++;
    const asOf = this.state.seq;
    const readings = this.#reads.splice(0).map((of) => ({
      type: "reading",
      of,
      reading: this.#read(of, asOf),
    } as const));
    this.now += ms;
    this.#after(this.#turns.turn(readings, this.now));
  }

  /** All is answered, second by second. */
  run(ms: Ms, everyMs: Ms = 1_000): void {
    for (let gone = 0; gone < ms; gone += everyMs) {
      for (let i = 0; i < CALLS_A_STEP && this.#calls.length > 0; i++) this.answer();
      this.tick(everyMs);
    }
  }

  #read(read: Read, asOf: number): Reading {
    const seen = { asOf, at: this.now };
    switch (read.read) {
      case "vms": {
        const rows = new Map(
          [...this.machines].map(([id, { power, notes }]) => [id, { power, notes, directory: "" }]),
        );
        return { ...seen, read: "vms", bootId: BOOT, rows };
      }
      case "vm":
        return {
          ...seen,
          read: "vm",
          vmId: read.vmId,
          power: this.machines.get(read.vmId)?.power ?? "absent",
        };
      case "guests": {
        const reports = read.vmIds.flatMap((id) => {
          const machine = this.machines.get(id);
          if (machine?.power !== "running" || machine.mute) return [];
          return [[id, { phase: "waiting", use: 0, beat: machine.beat } as const] as const];
        });
        return { ...seen, read: "guests", reports: new Map(reports) };
      }
      case "directories":
        return { ...seen, read: "directories", storage: read.storage, names: [] };
      case "check":
        return { ...seen, read: "check", pool: read.pool, ok: true, message: "" };
      case "host":
        return { ...seen, read: "host", memoryMb: 1e6, freeMb: 1e6, volumes: this.volumes };
      case "runners":
        return { ...seen, read: "runners", scope: read.scope, list: { ok: true, rows: [] } };
      case "releases":
        return { ...seen, read: "releases", version: "2.0.0" };
      default:
        return assert.fail(`nobody reads ${read.read}`);
    }
  }

  #land({ call, args }: Effect): Result | undefined {
    const ok = (value: Extract<Result, { outcome: "ok" }>["value"] = {}): Result => ({
      outcome: "ok",
      value,
    });
    const vmId = args["vmId"] as VmId | undefined;
    if (call === "vm.create") {
      const id = `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}` as VmId;
      const notes = String(args["notes"]);
      const fresh = {
        power: "off",
        notes,
        content: [],
        checkpoints: new Map(),
        beat: 0,
        mute: false,
      } as const;
      this.machines.set(id, { ...fresh });
      return ok({ vmId: id, power: "off" });
    }
    if (vmId === undefined || call === "evidence.keep") return ok();
    const machine = this.machines.get(vmId);
    if (machine === undefined) return call === "vm.remove" ? ok() : undefined;
    const { power } = machine;
    switch (call) {
      case "vm.start":
        if (power === "saved" || power === "off") machine.power = "running";
        return ok({ power: "running" });
      case "vm.save":
        if (power !== "running" && power !== "saved") return undefined;
        machine.power = "saved";
        return ok({ power: "saved" });
      case "vm.turnOff":
        machine.power = "off";
        return ok({ power: "off" });
      case "savedState.remove":
        if (power === "saved") machine.power = "off";
        return ok({ power: machine.power });
      case "vm.remove":
        if (power === "running") return undefined;
        this.machines.delete(vmId);
        return ok();
      case "checkpoint.create": {
        const id = `c-${++this.#ids}`;
        machine.checkpoints.set(id, { name: String(args["name"]), content: machine.content });
        return ok({ checkpointId: id });
      }
      case "checkpoint.restore": {
        const checkpoint = machine.checkpoints.get(String(args["checkpointId"]));
        if (checkpoint === undefined || power === "running") return undefined;
        Object.assign(machine, { power: "saved", content: checkpoint.content, mute: false });
        return ok({ power: "saved" });
      }
      default:
        return ok();
    }
  }
}
