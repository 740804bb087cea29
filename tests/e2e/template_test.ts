import assert from "node:assert/strict";
import { configuration, SHORT_TIMES } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

const TEMPLATE = "C:\\images\\windows.vhdx";
const STORAGE = "C:\\hvpool\\vms";

type Truth = Awaited<ReturnType<SimulatorProcess["truth"]>>;

/** Links to golden disks that are in the store. */
function kept({ disks }: Truth): string[] {
  return disks.filter(({ path, removedAt }) => removedAt === null && /\\templates\\/i.test(path))
    .map(({ path }) => path);
}

Deno.test("another disk at the template's path is rolled out, and the old one goes with its last machine", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 21, speed: 40 });
  const file = await scratch.write(
    "config.yaml",
    configuration(simulator.listen, {
      runners: { pool_size: 3 },
      hyperv: { template_path: TEMPLATE, storage_path: STORAGE, loader: true },
      deadlines: { ...SHORT_TIMES, poll_checks_seconds: 0.5 },
    }),
  );
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  const [first, ...others] = kept(await simulator.truth());
  assert.ok(first !== undefined && first.startsWith(`${STORAGE}\\`), `the disk was not kept: ${first}`);
  assert.deepEqual(others, []);

  await simulator.host({ do: "replaceDisk", path: TEMPLATE });
  await controller.untilStatus("one machine tries the other disk", ({ pools: [pool] }) => {
    return pool?.rollout?.phase === "canary" && pool.ready === 3;
  });
  assert.equal(kept(await simulator.truth()).length, 2, "the old disk went before its machines");
  // Jobs go on, on machines of both.
  await simulator.jobs({ count: 6, durationMs: 300 });
  await controller.untilStatus(
    "all are of the other disk",
    ({ pools: [pool] }) => pool?.rollout === null,
    120,
  );
  const { jobs } = await simulator.truth();
  assert.deepEqual(jobs.map(({ state }) => state), jobs.map(() => "done"));
  const [second] = await until("the old disk is gone", async () => {
    const now = kept(await simulator.truth());
    return now.length === 1 && now[0] !== first ? now : undefined;
  });
  assert.ok(second?.startsWith(`${STORAGE}\\`));
});
