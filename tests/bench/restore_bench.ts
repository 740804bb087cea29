/**
 * Machines that go back to a checkpoint: how soon they serve again beside machines made anew, how close sealing
 * many of them comes to what the lanes allow, and what the controller adds to a resume. All but the last is in
 * simulated time, so that it is the same on every computer.
 */
import { DEFAULT_LANES, DEFAULT_TIMES, type PoolSettings } from "../../src/model/settings.ts";
import type { Ms } from "../../src/model/ids.ts";
import type { Job } from "../../src/simulator/jobs.ts";
import { Plant, type PlantOptions } from "../sim/plant.ts";
import { HOUR, LABELS, MINUTE } from "../sim/settings.ts";
import { type Figure, median } from "./figure.ts";
import { shareOfResumes } from "./resume_share.ts";

const SEED = 7;
const SLOTS = 8;
const ROUNDS = 5;
/** Finer than anything that is measured. */
const STEP_MS = 100;

/** A controller with the polls and lanes of every installation, and memory enough. */
function start(slots: number, pool: Partial<PoolSettings>, options: Partial<PlantOptions> = {}): Plant {
  const plant = new Plant({
    seed: SEED,
    controllers: 1,
    slots,
    hints: true,
    memoryMb: 1_048_576,
    pool,
    times: DEFAULT_TIMES,
    ...options,
  });
  // Waves of jobs empty the pool time and again: whether it is full soon enough is not asked here.
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 1_000 * HOUR);
  return plant;
}

function passUntil(plant: Plant, what: string, condition: () => boolean): void {
  const end = plant.timeline.now + 2 * HOUR;
  while (!condition()) {
    if (plant.timeline.now >= end) {
      throw new Error(`${what} did not come to be: ${plant.disorder() ?? "full"}`);
    }
    plant.advance(STEP_MS);
  }
}

function untilFull(plant: Plant): void {
  passUntil(plant, "A full pool", () => plant.disorder() === undefined);
}

function untilIdle(plant: Plant): void {
  passUntil(
    plant,
    "The end of all jobs",
    () => plant.forge.truth().jobs.every(({ state }) => state === "done"),
  );
}

/** Queues a wave of jobs; they are told of their starts while time passes. */
function wave(plant: Plant, count: number, durationMs: Ms): readonly Readonly<Job>[] {
  plant.forge.addJobs({ count, labels: LABELS, durationMs });
  return plant.forge.truth().jobs.slice(-count);
}

function waits(jobs: readonly Readonly<Job>[]): Ms[] {
  return jobs.map(({ queuedAt, startedAt }) => (startedAt ?? Infinity) - queuedAt);
}

/** Every machine has had a job, and the next wave comes as the last of them ends. */
function afterUse(pool: Partial<PoolSettings>): Ms {
  const plant = start(SLOTS, pool);
  plant.start();
  const times: Ms[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    untilFull(plant);
    wave(plant, SLOTS, MINUTE);
    untilIdle(plant);
    const jobs = wave(plant, SLOTS, MINUTE);
    untilIdle(plant);
    times.push(...waits(jobs));
  }
  return median(times);
}

/** All that run have just been given a job, and the next wave comes: saved ones take it. */
function withStandby(hot: number): Ms {
  const plant = start(SLOTS, { recycle: "restore", hot });
  plant.start();
  const times: Ms[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    untilFull(plant);
    wave(plant, hot, 5 * MINUTE);
    plant.advance(STEP_MS);
    const jobs = wave(plant, SLOTS - hot, 5 * MINUTE);
    untilIdle(plant);
    times.push(...waits(jobs));
  }
  return median(times);
}

function pressureFigures(): Figure[] {
  const half = SLOTS / 2;
  const recreate = afterUse({});
  const all = afterUse({ recycle: "restore" });
  const some = afterUse({ recycle: "restore", hot: half });
  const standby = withStandby(half);
  const wait = `job queued → started, simulated, ${SLOTS} slots`;
  return [
    { name: `${wait}, all used: recreate`, value: recreate, unit: "ms" },
    { name: `${wait}, all used: restore, hot ${SLOTS}`, value: all, unit: "ms" },
    { name: `the same, restore over recreate`, value: all / recreate, unit: "×", goal: 1 },
    { name: `${wait}, all used: restore, hot ${half}`, value: some, unit: "ms" },
    { name: `the same, restore over recreate`, value: some / recreate, unit: "×", goal: 1 },
    { name: `${wait}, ${half} used, ${half} saved: restore, hot ${half}`, value: standby, unit: "ms" },
    { name: `the same, over recreate with all used`, value: standby / recreate, unit: "×", goal: 1 },
  ];
}

/** Exact, so that the ideal can be computed: what the simulator takes for typical. */
const CALLS = {
  "disk.createChild": 150,
  "vm.create": 1_800,
  "vm.start": 350,
  "vm.turnOff": 150,
  "checkpoint.create": 1_800,
  "checkpoint.restore": 900,
  "nic.reconnect": 150,
} as const;
const GUEST = { boot: 20_000, beat: 2_000 } as const;
const MACHINES = 40;
/** Guests that are read so often cost next to no waiting. */
const QUICK_POLL_MS: Ms = 100;

interface Sealing {
  /** Places in the lane of machines that boot. */
  readonly boot: number;
  readonly pollMs: Ms;
}

/** From the start until each machine is proven, and saved or online. */
function sealAll({ boot, pollMs }: Sealing): Ms {
  const calls = { ...CALLS, "guest.boot": GUEST.boot, "guest.beat": GUEST.beat };
  const plant = start(MACHINES, { recycle: "restore", hot: 1 }, {
    latencies: calls,
    times: { ...DEFAULT_TIMES, pollGuestsMs: pollMs },
  });
  const { controller } = plant.first;
  controller.settings = { ...plant.settings, lanes: { ...DEFAULT_LANES, boot } };
  const begun = plant.timeline.now;
  plant.start();
  untilFull(plant);
  if (!plant.cyclesOf(plant.first).every(({ proven }) => proven !== undefined)) {
    throw new Error("Not all proven");
  }
  return plant.timeline.now - begun;
}

/**
 * No order of calls is quicker: the busiest lane is never idle, but for what the first machine needs before it and
 * the last one after it.
 *
 * @param bootPollMs A guest waits, and that is not read yet: half a poll.
 * @param proofMs From the fresh address to the reading that shows that the guest goes on.
 */
function ideal(boot: number, bootPollMs: Ms, proofMs: Ms): Ms {
  const make = CALLS["disk.createChild"] + CALLS["vm.create"];
  const putBack = CALLS["vm.turnOff"] + CALLS["checkpoint.restore"];
  const booting = CALLS["vm.start"] + GUEST.boot + bootPollMs;
  const resuming = CALLS["vm.start"] + CALLS["nic.reconnect"] + proofMs;
  // Put back twice: once to be proven, and once after that.
  const vmLane = make + CALLS["checkpoint.create"] + putBack + CALLS["nic.reconnect"] + putBack;
  const oneAlone = make + booting + CALLS["checkpoint.create"] + putBack + resuming + putBack;
  return Math.max(
    oneAlone,
    make + MACHINES * (booting + resuming) / boot + putBack,
    MACHINES * vmLane / DEFAULT_LANES.vm,
  );
}

function sealingFigures(): Figure[] {
  const { boot } = DEFAULT_LANES;
  // The beat goes on from the start's answer, and the address is renewed meanwhile.
  const beatMs = GUEST.beat - CALLS["nic.reconnect"];
  const bare = ideal(boot, 0, beatMs);
  const wide = ideal(MACHINES, 0, beatMs);
  const pollMs = DEFAULT_TIMES.pollGuestsMs;
  // The first reading comes after half a poll, and the one in which the beat has moved a poll later.
  const polled = ideal(boot, pollMs / 2, pollMs / 2 + Math.max(pollMs, GUEST.beat));
  const quickly = sealAll({ boot, pollMs: QUICK_POLL_MS });
  const widely = sealAll({ boot: MACHINES, pollMs: QUICK_POLL_MS });
  const usually = sealAll({ boot, pollMs });
  const what = `sealing ${MACHINES} machines, simulated`;
  return [
    {
      name: `${what}, over the ideal of ${bare} ms (boots are the limit)`,
      value: quickly / bare,
      unit: "×",
      goal: 1.1,
    },
    {
      name: `${what}, all may boot at once, over the ideal of ${wide} ms (calls are the limit)`,
      value: widely / wide,
      unit: "×",
      goal: 1.1,
    },
    {
      name: `${what}, guests read every ${pollMs} ms, over the ideal with that polling of ${polled} ms`,
      value: usually / polled,
      unit: "×",
      goal: 1.1,
    },
    { name: `the same, over the ideal without polling`, value: usually / bare, unit: "×" },
  ];
}

/** Everything about `recycle: restore`. */
export async function benchRestore(): Promise<Figure[]> {
  return [...pressureFigures(), ...sealingFigures(), ...await shareOfResumes()];
}
