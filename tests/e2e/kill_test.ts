import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { expected, present } from "./support/leftovers.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { pause, until, untilTrue } from "./support/until.ts";

const SIZE = 4;
const KILLS = 10;
const JOBS_PER_KILL = 3;

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

Deno.test("a controller killed ten times loses no job, runs none twice and leaves nothing over", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
  try {
    await killAgainAndAgain(seed);
  } catch (error) {
    throw new Error(`With the seed ${seed}: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
});

/** Waits until the pool is full: by the controller's word, and by what is really there. */
async function full(controller: ControllerProcess, simulator: SimulatorProcess): Promise<void> {
  await controller.untilFull(120);
  await untilTrue("as many runners are online as the pool is large", async () => {
    const { runners } = await simulator.truth();
    return runners.filter(({ removedAt, status }) => removedAt === null && status === "online").length >=
      SIZE;
  });
}

async function killAgainAndAgain(seed: number): Promise<void> {
  const draw = random(seed);
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed, speed: 40 });
  // A VM of somebody else that looks like one of ours but for its Notes and its place.
  await simulator.host({ do: "addVm", name: "r-1", notes: "hvpool: not really" });
  const foreign = (await simulator.truth()).vms.filter((vm) => vm.foreign);
  assert.equal(foreign.length, 3);
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, { runners: { pool_size: SIZE, name_prefix: "r-" } }),
  );
  const dataDir = scratch.at("data");

  const posted: number[] = [];
  for (let round = 0; round < KILLS; round++) {
    // At times it dies again while it finds its way back.
    if (round > 0 && draw() < 0.5) {
      await using controller = new ControllerProcess(file, dataDir);
      await pause(draw() * 1_500);
      await controller.process.kill();
    }
    await using controller = new ControllerProcess(file, dataDir);
    await full(controller, simulator);
    await full(controller, simulator);
    for (let job = 0; job < JOBS_PER_KILL; job++) {
      posted.push(...await simulator.jobs({ durationMs: 1_000 + draw() * 3_000 }));
    }
    await pause(draw() * 3_000);
    await controller.process.kill();
  }

  await using controller = new ControllerProcess(file, dataDir);
  await full(controller, simulator);
  let open = "";
  const last = await until("every job has ended", async () => {
    const truth = await simulator.truth();
    const jobs = truth.jobs.filter(({ endedAt }) => endedAt === null);
    open = JSON.stringify({ jobs, runners: truth.runners.slice(-SIZE), status: await controller.status() });
    return truth.jobs.every(({ endedAt }) => endedAt !== null) ? truth : undefined;
  }, { withinS: 120, detail: () => open });
  assert.deepEqual(last.jobs.map(({ id }) => id).toSorted(), posted.toSorted());
  assert.deepEqual(last.jobs.filter(({ state }) => state !== "done"), []);
  const vmsOfJobs = last.jobs.map(({ vm }) => vm);
  assert.equal(new Set(vmsOfJobs).size, vmsOfJobs.length, "a VM ran two jobs");

  await untilTrue("what is there is what the status tells, and nothing else", async () => {
    const status = await controller.status();
    const truth = await simulator.truth();
    assert.deepEqual(present(truth), expected([status]));
    return status.vms.length === SIZE;
  }, { withinS: 120 });
  const now = (await simulator.truth()).vms.filter((vm) => vm.foreign);
  assert.deepEqual(now, foreign);
  const { code, err } = await controller.stop();
  assert.equal(code, 0, err);
}
