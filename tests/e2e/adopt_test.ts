import assert from "node:assert/strict";
import type { StatusAnswer } from "../../src/api/schemas.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { present } from "./support/leftovers.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { pause, untilTrue } from "./support/until.ts";

const SIZE = 3;

interface World {
  readonly simulator: SimulatorProcess;
  start(): ControllerProcess;
  readonly dataDir: string;
}

async function withWorld(use: (world: World) => Promise<void>, args: readonly string[] = []): Promise<void> {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40, args });
  const runners = { "pool_size": SIZE, "name_prefix": "r-" };
  const file = await scratch.write("config.yaml", configuration(simulator.listen, { runners }));
  const dataDir = scratch.at("data");
  await use({ simulator, dataDir, start: () => new ControllerProcess(file, dataDir) });
}

/** Cycles with their VMs, as long as they are online or have a job. */
function machines({ vms }: StatusAnswer): string[] {
  return vms.map(({ cycle, id }) => `${cycle} ${id}`);
}

async function runJob(simulator: SimulatorProcess, durationMs: number): Promise<void> {
  await simulator.jobs({ durationMs });
  await untilTrue(
    "the job runs",
    async () => (await simulator.truth()).jobs.some(({ state }) => state === "running"),
  );
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.test(`a ${signal} leaves machines alone, and the next start adopts them`, async () => {
    await withWorld(async ({ simulator, start }) => {
      let before: string[];
      {
        await using controller = start();
        await controller.untilFull();
        await runJob(simulator, 20_000);
        const status = await controller.untilStatus(
          "the job is known, and the pool full",
          ({ pools: [pool] }) => pool?.claimed === 1 && pool.ready === SIZE - 1,
        );
        before = machines(status);
        const { code, err } = await controller.stop(signal);
        assert.equal(code, 0, err);
      }
      const there = present(await simulator.truth());
      assert.equal(there.vms.length, SIZE);
      assert.equal(there.runners.length, SIZE);

      await using controller = start();
      const status = await controller.untilStatus(
        "the controller has looked",
        ({ controller: { state }, github }) => state === "running" && github.state === "ok",
      );
      assert.deepEqual(machines(status), before);
      assert.deepEqual(present(await simulator.truth()), there);
      assert.equal((await controller.stop()).code, 0);
    });
  });
}

Deno.test("stop --drain removes idle machines, leaves a running job alone, and the next start cleans up", async () => {
  await withWorld(async ({ simulator, start, dataDir }) => {
    let said: string;
    {
      await using controller = start();
      await controller.untilFull();
      await runJob(simulator, 8_000);
      const { code, err } = await hvpool(["stop", "--drain", "--data-dir", dataDir]);
      assert.equal(code, 0, err);
      assert.match(err, /has stopped/);
      const ended = await controller.process.end();
      assert.equal(ended.code, 0, ended.err);
      said = ended.err;
    }
    const drained = await simulator.truth();
    assert.equal(drained.jobs[0]?.state, "running", said);
    assert.deepEqual(present(drained).vms, [drained.jobs[0]?.vm]);
    await untilTrue("the job is done", async () => (await simulator.truth()).jobs[0]?.state === "done");

    await using controller = start();
    await controller.untilFull();
    await untilTrue("the machine of the job is gone and the pool full", async () => {
      const { vms, runners } = present(await simulator.truth());
      return vms.length === SIZE && runners.length === SIZE && !vms.includes(drained.jobs[0]?.vm ?? "");
    });
    assert.equal((await controller.stop()).code, 0);
  });
});

Deno.test("a second run on the same data directory says so and ends with 1; the first goes on", async () => {
  await withWorld(async ({ simulator, start, dataDir }) => {
    await using first = start();
    await first.untilFull();
    const before = present(await simulator.truth());
    await using second = start();
    const { code, err, out } = await second.process.end();
    assert.equal(code, 1);
    assert.match(err, /^error: .*another hvpool/im);
    assert.ok(err.includes(dataDir), err);
    assert.match(err, new RegExp(`\\b${first.process.pid}\\b`));
    assert.equal(out, "");
    const status = await first.status();
    assert.equal(status.controller.state, "running");
    assert.deepEqual(present(await simulator.truth()), before);
    assert.equal((await first.stop()).code, 0);
  });
});

/** There, a signal that one process sends to another ends it at once. */
const ON_WINDOWS = Deno.build.os === "windows";

Deno.test("the first Ctrl+C waits for calls in flight, the second ends at once", {
  ignore: ON_WINDOWS,
}, async () => {
  await withWorld(async ({ simulator, start }) => {
    {
      await using controller = start();
      await untilTrue(
        "a machine is being made",
        async () =>
          (await simulator.truth()).operations.some(({ call, result }) =>
            call === "vm.create" && result === null
          ),
      );
      controller.process.signal("SIGINT");
      await untilTrue(
        "it says what it waits for",
        () => /Stopping: waiting for \d+ call/.test(controller.process.err),
      );
      await pause(500);
      assert.equal(controller.process.ended, false);
      controller.process.signal("SIGINT");
      assert.equal((await controller.process.end({ withinS: 10 })).code, 0);
      const { operations } = await simulator.truth();
      assert.ok(operations.some(({ call, result }) => call === "vm.create" && result === null), "it waited");
    }
    // What was in flight is found again or made anew, and nothing is left over.
    await using controller = start();
    await untilTrue("the pool is full and nothing is doubled", async () => {
      const { vms, disks, runners } = present(await simulator.truth());
      return [vms, disks, runners].every((list) => list.length === SIZE) &&
        (await controller.status()).pools[0]?.ready === SIZE;
    });
  }, ["--latency", "vm.create=200000"]);
});
