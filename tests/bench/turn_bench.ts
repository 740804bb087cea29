/** What one turn costs at 1,000 machines, without the commit: one closed operation, and a full planning pass. */
import { Turns } from "../../src/controller/turn.ts";
import type { Effect } from "../../src/model/effects.ts";
import type { Ms } from "../../src/model/ids.ts";
import { emptyState } from "../../src/model/state.ts";
import { simulatedSettings } from "../sim/settings.ts";
import { type Figure, median } from "./figure.ts";
import { CONTROLLER, InstantWorld } from "./instant_world.ts";

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
