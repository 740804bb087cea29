/** A plant of one controller whose events can be looked through; with what most short tests ask of it. */
import type { Cycle } from "../../src/model/state.ts";
import { LawBroken } from "./law_broken.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";
import { StandbyWatch } from "./standby_watch.ts";

/** The plant, and what its controller recorded. */
export interface Begun {
  readonly plant: Plant;
  readonly watch: StandbyWatch;
}

/** Begins: every slot of every pool is filled when this comes back. */
export function begunPlant(options: Partial<PlantOptions> = {}): Begun {
  const begun = freshPlant(options);
  begun.plant.start();
  untilFull(begun.plant);
  return begun;
}

/** Not started yet. */
export function freshPlant(options: Partial<PlantOptions> = {}): Begun {
  const watch = new StandbyWatch();
  const plant = new Plant({
    seed: 1,
    controllers: 1,
    slots: 4,
    hints: true,
    memoryMb: 1_048_576,
    onTurn: watch.onTurn,
    ...options,
  });
  return { plant, watch };
}

/** Full and clean, within twice the bound: machines with checkpoints have two cycles' work. */
export function untilFull(plant: Plant): void {
  plant.assertFullAndClean(2 * capacityBoundMs(plant.settings));
  plant.assertLaws();
}

/** Cycles in these phases. */
export function inPhase(plant: Plant, ...phases: string[]): Cycle[] {
  return plant.cyclesOf(plant.first).filter(({ phase }) => phases.includes(phase));
}

/** The first cycle in a phase. */
export function some(plant: Plant, phase: string): Cycle {
  const [cycle] = inPhase(plant, phase);
  if (cycle === undefined) throw new LawBroken(`Nothing is ${phase}`);
  return cycle;
}

/** Queues jobs and lets them end; every one must be done. */
export function runJobs(plant: Plant, count: number, eachMs = MINUTE, withinMs = 5 * HOUR): void {
  for (let i = 0; i < count; i++) plant.addJob(eachMs);
  const over = () => plant.forge.truth().jobs.every(({ endedAt }) => endedAt !== null);
  if (!plant.advanceUntil(over, withinMs)) throw new LawBroken("The jobs did not end");
  assertAllDone(plant);
}

/** No job was lost or failed, or waits. */
export function assertAllDone(plant: Plant): void {
  const wrong = plant.forge.truth().jobs.filter(({ state }) => state !== "done");
  if (wrong.length > 0) throw new LawBroken(wrong.map(({ id, state }) => `Job ${id} is ${state}`).join("; "));
  plant.assertLaws();
}

/** A machine that runs a job. */
export function claim(plant: Plant, durationMs: number): Cycle {
  plant.addJob(durationMs);
  if (!plant.advanceUntil(() => inPhase(plant, "claimed").length > 0, 5 * MINUTE)) {
    throw new LawBroken("The job was not noticed");
  }
  return some(plant, "claimed");
}
