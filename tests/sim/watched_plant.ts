/** A plant of machines that go back to a checkpoint, each turn watched. */
import type { PoolSettings } from "../../src/model/settings.ts";
import { Plant, type PlantOptions } from "./plant.ts";
import { HOUR } from "./settings.ts";
import { StandbyWatch } from "./standby_watch.ts";

/** The plant, and its watch. */
export interface Watched {
  readonly plant: Plant;
  readonly watch: StandbyWatch;
}

/** Not started yet. Its capacity is not watched, since bad days are long. */
export function watchedPlant(pool: Partial<PoolSettings>, options: Partial<PlantOptions>): Watched {
  const watch = new StandbyWatch();
  const plant = new Plant({
    seed: 1,
    controllers: 1,
    hints: true,
    memoryMb: 262_144,
    pool: { recycle: "restore", ...pool },
    onTurn: watch.onTurn,
    ...options,
  });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 100 * HOUR);
  return { plant, watch };
}
