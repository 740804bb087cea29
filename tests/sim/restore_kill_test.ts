/**
 * A program that dies after every commit of a machine's way: made, sealed, proven, introduced, a job, put back,
 * another job. Whatever the moment, the pool is full and clean afterwards and no job saw another's files.
 */
import assert from "node:assert/strict";
import type { PoolSettings } from "../../src/model/settings.ts";
import { LawBroken } from "./law_broken.ts";
import { Plant } from "./plant.ts";
import { capacityBoundMs, HOUR, MINUTE } from "./settings.ts";
import { StandbyWatch } from "./standby_watch.ts";

/** `before`: of the commit's effects · `after`: they have begun. */
type Moment = "before" | "after";

interface Way {
  readonly slots: number;
  readonly pool: Partial<PoolSettings>;
  /** Dies after this commit … */
  readonly killAt: number;
  /** … and after each that follows, so many times. */
  readonly kills: number;
  readonly moment: Moment;
  /** How long it stays dead. */
  readonly downMs: number;
}

/** Commits in a whole way, jobs that were done, and how often machines were put back. */
interface Came {
  readonly commits: number;
  readonly recycled: number;
}

const JOBS = 3;

function goTheWay({ slots, pool, killAt, kills, moment, downMs }: Way): Came {
  const watch = new StandbyWatch();
  const plant: Plant = new Plant({
    seed: 3,
    controllers: 1,
    slots,
    hints: true,
    memoryMb: 262_144,
    pool: { recycle: "restore", ...pool },
    onTurn: (turn, state) => {
      const before = watch.commits;
      watch.onTurn(turn, state);
      if (watch.commits === before || watch.commits < killAt || watch.commits >= killAt + kills) return;
      const { controller } = plant.first;
      const { timeline } = plant;
      // A turn without effects has no "before": then it dies at once all the same.
      if (moment === "before" && turn.effects.length > 0) controller.dieAfterCommit = true;
      else timeline.at(timeline.now, () => controller.crash());
      timeline.at(timeline.now + 1 + downMs, () => controller.start());
    },
  });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 100 * HOUR);
  plant.start();
  let added = 0;
  const idle = () => {
    const { jobs } = plant.forge.truth();
    const over = jobs.every(({ state }) => state === "done" || state === "lost");
    return over && plant.first.controller.state !== undefined && plant.disorder() === undefined;
  };
  for (; added < JOBS; added++) {
    if (!plant.advanceUntil(idle, 2 * HOUR)) throw new LawBroken(plant.disorder() ?? "A job did not end");
    plant.addJob(20_000);
    plant.advance(10_000);
  }
  if (!plant.advanceUntil(idle, 2 * HOUR)) throw new LawBroken(plant.disorder() ?? "A job did not end");
  plant.advance(10 * MINUTE);
  // It may have died once more, of what is written so long afterwards.
  if (!plant.advanceUntil(idle, 2 * HOUR)) throw new LawBroken(plant.disorder() ?? "A job did not end");
  plant.assertFullAndClean(capacityBoundMs(plant.settings));
  plant.assertLaws();
  const { jobs } = plant.forge.truth();
  assert.deepEqual(jobs.map(({ state }) => state), Array.from({ length: JOBS }, () => "done"));
  assert.ok(jobs.every(({ sawOthers }) => sawOthers.length === 0));
  return { commits: watch.commits, recycled: watch.said("cycle.recycled").length };
}

const WAYS: Readonly<Record<string, Pick<Way, "slots" | "pool">>> = {
  "one machine": { slots: 1, pool: {} },
  "two machines, one of them saved": { slots: 2, pool: { hot: 1 } },
};

for (const [what, way] of Object.entries(WAYS)) {
  for (const moment of ["before", "after"] as const) {
    for (const kills of [1, 3]) {
      for (const downMs of [500, 90_000]) {
        const dead = `${kills} times, for ${downMs / 1_000} s`;
        Deno.test(`${what}: a program that dies after each commit, ${moment} its effects, ${dead}, loses nothing`, () => {
          const { commits, recycled } = goTheWay({ ...way, killAt: Infinity, kills, moment, downMs });
          assert.equal(recycled, JOBS);
          assert.ok(commits > 50, `Only ${commits} commits`);
          for (let killAt = 1; killAt <= commits; killAt++) {
            try {
              goTheWay({ ...way, killAt, kills, moment, downMs });
            } catch (error) {
              throw new Error(`Dead after commit ${killAt}: ${String(error)}`, { cause: error });
            }
          }
        });
      }
    }
  }
}
