// deno-lint-ignore-file camelcase -- the simulator's words for what guests do
/** Several pools on one host, left alone: a bad day of three pools, and pools that fail beside others that do not. */
import assert from "node:assert/strict";
import { recoveryBound } from "../../src/config/recovery.ts";
import type { TemplateSettings } from "../../src/model/settings.ts";
import type { GuestOdds } from "../../src/simulator/guest_fate.ts";
import { Plant } from "./plant.ts";
import {
  capacityBoundMs,
  HOUR,
  LABELS,
  MINUTE,
  type OneOfPools,
  simulatedSettings,
  START,
} from "./settings.ts";
import { scheduleYear, YEAR_TROUBLES } from "./year_troubles.ts";

/** Guests that misbehave before they have a job: what they do to a job would be the job's own misfortune. */
const ODDS: GuestOdds = {
  never_boots: 0.01,
  hangs_waiting: 0.005,
  hangs_after_got: 0.005,
  never_online: 0.01,
};

function template(name: string, memoryMb: number): TemplateSettings {
  const [ordinary] = simulatedSettings(1).pools;
  assert.ok(ordinary !== undefined);
  return { ...ordinary.template, name, memoryMb, path: `C:\\hvpool\\templates\\${name}.vhdx` };
}

const POOLS: readonly OneOfPools[] = [
  {
    name: "build",
    prefix: "build-",
    size: 24,
    labels: [...LABELS, "build"],
    template: template("vs", 4_096),
  },
  {
    name: "test",
    prefix: "test-",
    size: 24,
    labels: [...LABELS, "test"],
    template: template("desktop", 2_048),
    recycle: "restore",
  },
  {
    name: "night",
    prefix: "night-",
    size: 12,
    labels: [...LABELS, "night"],
    template: template("big", 8_192),
  },
];

/** Fewer for the small pool, which is paused for two hours. */
const JOBS = ["build", "build", "test", "test", "night"].map((name) => [...LABELS, name]);

interface Day {
  readonly jobs: number;
  readonly lost: number;
  readonly came: ReadonlyMap<string, number>;
  readonly minutesWatched: number;
}

/** Machines of a pool that were ever begun. */
function begun(watched: readonly string[], pool: string): number {
  return watched.filter((cycle) => cycle.startsWith(`${pool}/`)).length;
}

function playDay(seed: number): Day {
  const opened: string[] = [];
  const plant = new Plant({
    seed,
    controllers: 1,
    pools: POOLS,
    odds: ODDS,
    memoryMb: 300_000,
    hints: true,
    onTurn: ({ events }) => {
      for (const event of events) if (event.type === "cycle.opened") opened.push(event.data.cycle);
    },
  });
  const { first, capacity, timeline } = plant;
  plant.start();
  plant.scheduleJobs({ until: START + 20 * HOUR, perHour: 150, meanMs: 8 * MINUTE, labels: JOBS });
  const { came, over } = scheduleYear(plant, { until: START + 20 * HOUR, everyMs: 50 * MINUTE });
  const until = (hour: number) => {
    while (timeline.now < START + hour * HOUR) {
      plant.advance(HOUR / 2);
      plant.assertLaws();
    }
  };
  const command = (type: "cordon" | "uncordon") => {
    // A controller that is dead just now is asked when it lives again.
    assert.ok(plant.advanceUntil(() => first.controller.state !== undefined, 10 * MINUTE));
    const about = { pool: "night", source: "test" };
    first.controller.push({
      type: "command",
      command: type === "cordon" ? { type, drain: false, ...about } : { type, ...about },
    });
  };
  until(11);
  command("cordon");
  capacity.disturb(first.id, START + 13 * HOUR, "night");
  const before = begun(opened, "night");
  until(13);
  assert.equal(begun(opened, "night"), before, "a paused pool made a machine");
  command("uncordon");
  capacity.disturb(first.id, timeline.now, "night");
  until(20);
  assert.ok(begun(opened, "night") > before, "the pool was not resumed");

  plant.advance(Math.max(0, over() - timeline.now));
  // What `hvpool config show` prints.
  plant.assertFullAndClean(recoveryBound(plant.settings.times).totalMs);
  until(24);
  plant.assertFullAndClean(capacityBoundMs(plant.settings));
  plant.assertLaws();
  const { jobs } = plant.forge.truth();
  const innocent = jobs.filter(({ id, state }) => state !== "done" && !plant.victims.has(id));
  assert.deepEqual(
    innocent.map(({ id, state }) => `${id} ${state}`),
    [],
    "jobs that nothing had happened to",
  );
  const lost = jobs.filter(({ state }) => state === "lost").length;
  return { jobs: jobs.length, lost, came, minutesWatched: capacity.minutesWatched };
}

for (const seed of [1, 2, 3]) {
  Deno.test(`sixty machines of three pools live through 24 hours of every fault, and lose no job but its victims (seed ${seed})`, () => {
    const day = playDay(seed);
    // A day on which nothing happened would show nothing.
    assert.deepEqual(Object.keys(YEAR_TROUBLES).filter((kind) => !day.came.has(kind)), []);
    assert.ok(day.jobs > 2_500, `only ${day.jobs} jobs`);
    assert.ok(day.lost < 20, `${day.lost} jobs were lost`);
    assert.ok(day.minutesWatched > 300, "the pools were hardly ever due to be full");
  });
}
