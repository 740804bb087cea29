import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

Deno.test("a pool of an image without the loader brings it by PowerShell Direct, and runs jobs", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 5, speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, {
      runners: { pool_size: 2 },
      hyperv: {
        template_path: "C:\\images\\windows-no-loader.vhdx",
        loader: false,
        vm_password: "hunter-2-secret",
      },
    }),
  );
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull(60);
  await simulator.jobs({ durationMs: 500 });
  const { jobs, operations } = await until("the job is done", async () => {
    const truth = await simulator.truth();
    return truth.jobs.every(({ state }) => state === "done") ? truth : undefined;
  });
  assert.equal(jobs.length, 1);
  const direct = operations.filter(({ call }) => call === "guest.exec" || call === "guest.copyIn");
  assert.ok(direct.length >= 6, `${direct.length} calls through PowerShell Direct for two machines`);
  assert.ok(!JSON.stringify(direct).includes("hunter-2-secret"), "the password is in the log of operations");
});
