import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

Deno.test("a pool with checkpoints runs jobs one after another on machines that are clean each time", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 11, speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, { runners: { pool_size: 3, recycle: "restore", hot: 2 } }),
  );
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilStatus("two run and one is saved", ({ pools: [pool] }) => {
    return pool?.ready === 2 && pool.standby === 1;
  });
  await simulator.jobs({ count: 9, durationMs: 400 });
  const { jobs, vms } = await until("the jobs are done", async () => {
    const truth = await simulator.truth();
    return truth.jobs.every(({ state }) => state === "done") ? truth : undefined;
  }, { withinS: 120 });
  assert.equal(jobs.length, 9);
  assert.deepEqual(jobs.filter(({ sawOthers }) => sawOthers.length > 0), [], "a job saw another's files");
  assert.equal(vms.filter(({ foreign }) => !foreign).length, 3, "machines were made anew");
  await controller.untilStatus("two run and one is saved again", ({ pools: [pool] }) => {
    return pool?.ready === 2 && pool.standby === 1;
  });
  const truth = await simulator.truth();
  const saved = truth.vms.filter(({ foreign, power }) => !foreign && power === "saved");
  assert.equal(saved.length, 1);
  const ended = await controller.stop();
  assert.equal(ended.code, 0);
});
