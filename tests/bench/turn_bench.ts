/** What one turn costs at 1,000 machines, without the commit: one closed operation, and a full planning pass. */
import { Turns } from "../../src/controller/turn.ts";
import type { Result } from "../../src/model/conclude.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { ControllerId, Ms, ScopeKey, VmId } from "../../src/model/ids.ts";
import type { Reading } from "../../src/model/observe.ts";
import type { Read } from "../../src/model/readings.ts";
import { emptyState } from "../../src/model/state.ts";
import type { RunnerSeen, VmSeen } from "../../src/model/view.ts";
import { type Figure, median } from "./figure.ts";
import { simulatedSettings } from "../sim/settings.ts";

const CONTROLLER = "0123456789abcdef0123456789abcdef" as ControllerId;
const SCOPE = "orgs/simulated" as ScopeKey;

/** A world that answers at once and always well: what is left is the controller's own time. */
class InstantWorld {
  readonly #vms = new Map<VmId, VmSeen>();
  readonly #runners = new Map<number, RunnerSeen>();
  #nextVm = 1;
  #nextRunner = 1;
  #beat = 0;

  answer({ call, args }: Effect): Result {
    const { notes = "", directory = "", vmId, name = "" } = args as Record<string, string>;
    switch (call) {
      case "vm.create": {
        const id = `00000000-0000-0000-0000-${String(this.#nextVm++).padStart(12, "0")}` as VmId;
        this.#vms.set(id, { power: "off", notes, directory });
        return { outcome: "ok", value: { vmId: id, power: "off" } };
      }
      case "vm.start":
        return this.#power(vmId as VmId, "running");
      case "vm.turnOff":
        return this.#power(vmId as VmId, "off");
      case "vm.remove":
        this.#vms.delete(vmId as VmId);
        return { outcome: "ok", value: {} };
      case "runner.register": {
        const id = this.#nextRunner++;
        this.#runners.set(id, { id, name, online: true, busy: false });
        return { outcome: "ok", value: { runnerId: id, credentials: { kind: "jit", jitConfig: "secret" } } };
      }
      case "runner.remove":
        this.#runners.delete((args as { runnerId: number }).runnerId);
        return { outcome: "ok", value: {} };
      default:
        return { outcome: "ok", value: {} };
    }
  }

  /** The machine is off, as after its job. */
  finish(vmId: VmId): void {
    this.#power(vmId, "off");
  }

  read(read: Read, asOf: number, at: Ms): Reading {
    const begin = { asOf, at };
    switch (read.read) {
      case "vms":
        return { read: "vms", ...begin, bootId: "boot-1", rows: new Map(this.#vms) };
      case "vm":
        return { read: "vm", ...begin, vmId: read.vmId, power: this.#vms.get(read.vmId)?.power ?? "absent" };
      case "guests": {
        this.#beat++;
        const report = { phase: "waiting" as const, use: 0, beat: this.#beat };
        return { read: "guests", ...begin, reports: new Map(read.vmIds.map((id) => [id, report])) };
      }
      case "directories":
        return { read: "directories", ...begin, storage: read.storage, names: [] };
      case "runners":
        return {
          read: "runners",
          ...begin,
          scope: SCOPE,
          list: { ok: true, rows: [...this.#runners.values()] },
        };
      case "check":
        return { read: "check", ...begin, pool: read.pool, ok: true, message: "" };
    }
  }

  #power(vmId: VmId, power: "running" | "off"): Result {
    const row = this.#vms.get(vmId);
    if (row !== undefined) this.#vms.set(vmId, { ...row, power });
    return { outcome: "ok", value: { power } };
  }
}

/** Brings 1,000 machines online in an instant world, then measures. */
export function benchTurns(slots = 1_000): Figure[] {
  const settings = simulatedSettings(slots);
  const lanes = { ...settings.lanes, vm: slots, boot: slots, forge: slots, query: slots };
  const world = new InstantWorld();
  const state = emptyState(settings);
  const durability = { commit() {}, reserve() {} };
  const turns = new Turns(state, durability);
  let now: Ms = 1_767_225_600_000;
  let turn = turns.begin({
    controller: CONTROLLER,
    version: "bench",
    settings: { ...settings, lanes },
    reserved: 0,
    journalLost: false,
  }, now);
  const online = () => [...state.cycles.values()].filter(({ phase }) => phase === "online");
  for (let rounds = 0; rounds < 1_000 && (online().length < slots || turn.effects.length > 0); rounds++) {
    now += 500;
    turn = turns.turn([
      ...turn.effects.map((effect) => {
        const { cycle, op } = effect;
        return { type: "answer" as const, cycle, op, result: world.answer(effect) };
      }),
      ...turn.reads.map((of) => ({ type: "reading" as const, of, reading: world.read(of, state.seq, now) })),
    ], now);
  }
  if (online().length < slots) throw new Error(`Only ${online().length} of ${slots} machines came online`);
  const figures: Figure[] = [];
  const closed: number[] = [];
  for (let i = 0; i < 400; i++) {
    const cycle = online()[i % 7];
    if (cycle?.vmId === undefined) break;
    world.finish(cycle.vmId);
    now += 10_000;
    const listed = world.read({ read: "vms" }, state.seq, now);
    let inputs = turns.turn([{ type: "reading", of: { read: "vms" }, reading: listed }], now).effects;
    while (inputs.length > 0) {
      const next: Effect[] = [];
      for (const effect of inputs) {
        now += 1;
        const result = world.answer(effect);
        const started = performance.now();
        const after = turns.turn([{ type: "answer", cycle: effect.cycle, op: effect.op, result }], now);
        closed.push(performance.now() - started);
        next.push(...after.effects);
      }
      inputs = next;
    }
  }
  figures.push({
    name: `turn with one closed operation, ${slots} machines`,
    value: median(closed),
    unit: "ms",
    goal: 0.05,
  });
  const passes: number[] = [];
  for (let i = 0; i < 50; i++) {
    now += 1_000;
    const started = performance.now();
    turns.turn([{ type: "look" }], now);
    passes.push(performance.now() - started);
  }
  figures.push({ name: `full planning pass, ${slots} machines`, value: median(passes), unit: "ms", goal: 2 });
  return figures;
}
