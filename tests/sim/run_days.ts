// deno-lint-ignore-file camelcase -- the simulator's words for what guests do
/** Days of trouble, then calm, then everything must be full and clean. */
import type { Ms } from "../../src/model/ids.ts";
import type { PoolSettings } from "../../src/model/settings.ts";
import type { GuestOdds } from "../../src/simulator/guest_fate.ts";
import { LawBroken } from "./law_broken.ts";
import { Plant } from "./plant.ts";
import { capacityBoundMs, HOUR, START } from "./settings.ts";
import { scheduleTrouble } from "./trouble.ts";

/** Guests that misbehave now and then. */
export const ODDS: GuestOdds = {
  never_boots: 0.01,
  crash_in_boot: 0.01,
  hangs_waiting: 0.005,
  hangs_after_got: 0.005,
  hangs_in_job: 0.005,
  crash_in_job: 0.005,
  silent: 0.005,
  never_online: 0.005,
  hostile: 0.01,
  network_away: 0.02,
};

/** What a run came to. */
export interface RunFigures {
  readonly jobs: number;
  readonly lost: number;
  readonly turns: number;
  readonly events: number;
  /** Answers that came after their operation was closed. */
  readonly lateAnswers: number;
  /** Minutes, over all pools, in which the law of capacity applied. */
  readonly minutesWatched: number;
}

/** The last hours are without trouble and without new jobs. */
const CALM_MS: Ms = 6 * HOUR;

/** How a seed is played: every third with guests that do well, and then the law of capacity has no excuse. */
export function oddsOf(seed: number): GuestOdds {
  return seed % 3 === 0 ? {} : ODDS;
}

/** Every fourth seed keeps checkpoints, every eighth has only some of its machines running. */
function poolOf(seed: number): Partial<PoolSettings> {
  if (seed % 4 !== 2) return {};
  return seed % 8 === 2 ? { recycle: "restore" } : { recycle: "restore", hot: 3 };
}

function play(plant: Plant, days: number): RunFigures {
  const until = START + days * 24 * HOUR;
  plant.start();
  plant.scheduleJobs({ until: until - CALM_MS - 2 * HOUR });
  scheduleTrouble(plant, { until: until - CALM_MS - 2 * HOUR });
  while (plant.timeline.now < until - CALM_MS) {
    plant.advance(6 * HOUR);
    plant.assertLaws();
  }
  plant.calm();
  plant.advance(CALM_MS);
  plant.assertLaws();
  plant.assertFullAndClean(capacityBoundMs(plant.settings));
  return figuresOf(plant);
}

function figuresOf(plant: Plant): RunFigures {
  const { jobs } = plant.forge.truth();
  const sum = (of: (one: Plant["stations"][number]["controller"]) => number) => {
    return plant.stations.reduce((total, { controller }) => total + of(controller), 0);
  };
  return {
    jobs: jobs.length,
    lost: jobs.filter((job) => job.state === "lost").length,
    turns: sum(({ turnsTaken }) => turnsTaken),
    events: sum(({ eventsWritten }) => eventsWritten),
    lateAnswers: sum(({ lateAnswers }) => lateAnswers),
    minutesWatched: plant.capacity.minutesWatched,
  };
}

/** Plays a seed. A broken law is played again with its history, which the error then has. */
export function runDays({ seed, days }: { seed: number; days: number }): RunFigures {
  try {
    return play(new Plant({ seed, odds: oddsOf(seed), pool: poolOf(seed) }), days);
  } catch {
    const plant = new Plant({ seed, odds: oddsOf(seed), pool: poolOf(seed), trace: true });
    try {
      play(plant, days);
    } catch (error) {
      const about = error instanceof LawBroken ? error.about : undefined;
      const at = new Date(plant.timeline.now).toISOString();
      const again = `deno run -A tests/sim/replay.ts ${seed} ${days}`;
      const message = `Seed ${seed} at ${at}: ${String(error)}\nAgain: ${again}\n${
        plant.history?.of(about) ?? ""
      }`;
      throw new LawBroken(message, about);
    }
    throw new LawBroken(
      `Seed ${seed} broke a law once and kept it when it was played again: the run is not deterministic`,
    );
  }
}
