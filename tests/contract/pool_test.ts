/** The whole pool over the stdio door: `hvpool run` as on a real host, with workers that forward to a simulated one. */
import assert from "node:assert/strict";
import { NO_STAND_IN } from "../../src/hyperv/testing/stand_in.ts";
import { ControllerProcess } from "../e2e/support/controller_process.ts";
import { expected, present } from "../e2e/support/leftovers.ts";
import { hvpool } from "../e2e/support/process.ts";
import { Scratch } from "../e2e/support/scratch.ts";
import { SimulatorProcess } from "../e2e/support/simulator_process.ts";
import { pause, until, untilTrue } from "../e2e/support/until.ts";
import { writeStdioConfiguration } from "./stdio_configuration.ts";

const SIZE = 3;
const KILLS = 5;

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, ignore: NO_STAND_IN, fn: body });
}

interface World {
  readonly simulator: SimulatorProcess;
  readonly dataDir: string;
  start(): ControllerProcess;
}

/** A configuration as for a real host and GitHub Enterprise; only addresses and the engine are others. */
async function withWorld(use: (world: World) => Promise<void>): Promise<void> {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await writeStdioConfiguration(scratch, simulator, SIZE);
  const dataDir = scratch.at("data");
  await use({ simulator, dataDir, start: () => new ControllerProcess(file, dataDir) });
}

/** Ids of worker processes that the data directory remembers. */
function workers(dataDir: string): number[] {
  return Array.from(Deno.readDirSync(`${dataDir}/workers`), ({ name }) => Number.parseInt(name));
}

function lives(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it has just been replaced
  }
}

test("a pool over the stdio door runs each job in a machine of its own, with a handful of processes", async () => {
  await withWorld(async ({ simulator, dataDir, start }) => {
    await using controller = start();
    await controller.untilFull();
    const before = workers(dataDir);
    await simulator.jobs({ count: 6, durationMs: 300 });
    const { jobs } = await until("every job has ended", async () => {
      const truth = await simulator.truth();
      return truth.jobs.every(({ endedAt }) => endedAt !== null) ? truth : undefined;
    }, { withinS: 120 });
    assert.ok(jobs.every(({ state }) => state === "done"), JSON.stringify(jobs));
    assert.equal(new Set(jobs.map(({ vm }) => vm)).size, jobs.length);
    await controller.untilFull();
    // No process is started for a cycle: those of the beginning did it all, beside what their lanes still allowed.
    const after = workers(dataDir);
    assert.deepEqual(before.filter((pid) => !after.includes(pid)), []);
    assert.ok(after.length <= 14, `${after.length} processes`);
    const { code, err } = await controller.stop();
    assert.equal(code, 0, err);
    assert.deepEqual(workers(dataDir), []);
    assert.deepEqual(after.filter(lives), []);
  });
});

test("workers killed in the middle of their calls cost calls, not jobs", async () => {
  await withWorld(async ({ simulator, dataDir, start }) => {
    await using controller = start();
    await controller.untilFull();
    await simulator.jobs({ count: 5, durationMs: 300 });
    for (let round = 0; round < 5; round++) {
      await pause(400);
      for (const pid of workers(dataDir)) kill(pid);
    }
    const { jobs } = await until("every job has ended", async () => {
      const truth = await simulator.truth();
      return truth.jobs.every(({ endedAt }) => endedAt !== null) ? truth : undefined;
    }, { withinS: 120 });
    assert.ok(jobs.every(({ state }) => state === "done"), JSON.stringify(jobs));
    assert.equal(new Set(jobs.map(({ vm }) => vm)).size, jobs.length);
    await controller.untilFull();
  });
});

test("a controller killed again and again over the stdio door loses no job and leaves nothing over", async () => {
  await withWorld(async ({ simulator, dataDir, start }) => {
    const posted: number[] = [];
    const seen = new Set<number>();
    for (let round = 0; round < KILLS; round++) {
      await using controller = start();
      await controller.untilFull();
      posted.push(...await simulator.jobs({ count: 2, durationMs: 500 + 200 * round }));
      await pause(150 + 400 * round);
      for (const pid of workers(dataDir)) seen.add(pid);
      await controller.process.kill();
    }
    await using controller = start();
    const last = await until("every job has ended", async () => {
      const truth = await simulator.truth();
      return truth.jobs.every(({ endedAt }) => endedAt !== null) ? truth : undefined;
    }, { withinS: 120 });
    assert.deepEqual(last.jobs.map(({ id }) => id).toSorted(), posted.toSorted());
    assert.deepEqual(last.jobs.filter(({ state }) => state !== "done"), []);
    const machines = last.jobs.map(({ vm }) => vm);
    assert.equal(new Set(machines).size, machines.length, "a machine ran two jobs");
    await untilTrue("what is there is what the status tells, and nothing else", async () => {
      const status = await controller.status();
      assert.deepEqual(present(await simulator.truth()), expected([status]));
      return status.vms.length === SIZE;
    }, { withinS: 120 });
    assert.deepEqual([...seen].filter(lives), [], "a worker of an earlier run lives");
  });
});

test("a first start without PowerShell says what to do, and leaves nothing behind", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start();
  const { appId, privateKey, org, github } = await simulator.app();
  const file = await scratch.write(
    "config.yaml",
    JSON.stringify({
      github: {
        app_id: appId,
        app_private_key_path: await scratch.write("app.pem", privateKey),
        org,
        api_url: github,
      },
      hyperv: { powershell: scratch.at("no", "powershell.exe") },
    }),
  );
  const { code, err } = await hvpool(["run", "-c", file, "--data-dir", scratch.at("data")]);
  assert.equal(code, 2, err);
  assert.match(err, /PowerShell was not found at .*powershell\.exe\. Set hyperv\.powershell/);
  assert.deepEqual(Array.from(Deno.readDirSync(scratch.path), ({ name }) => name).toSorted(), [
    "app.pem",
    "config.yaml",
  ]);
});
