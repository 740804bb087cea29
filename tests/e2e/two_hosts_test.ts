import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { expected, present } from "./support/leftovers.ts";
import { installation } from "./support/octokit.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { untilTrue } from "./support/until.ts";

const SIZE = 3;

Deno.test("two controllers with one config.yaml on one account leave each other's things alone", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  await simulator.host({ do: "addVm", name: "r-2" });
  // Somebody else's runner, called as ours are.
  const { octokit, org } = await installation(simulator);
  await octokit.rest.actions.generateRunnerJitconfigForOrg({
    org,
    name: "r-1-0123abcd-7.1",
    runner_group_id: 1,
    labels: ["windows"],
  });
  const foreignVms = (await simulator.truth()).vms.filter((vm) => vm.foreign);
  const text = configuration(simulator.listen, { runners: { pool_size: SIZE, name_prefix: "r-" } });
  const file = await scratch.write("config.yaml", text);
  await using one = new ControllerProcess(file, scratch.at("one"));
  await using two = new ControllerProcess(file, scratch.at("two"));
  const both = [one, two];
  for (const controller of both) await controller.untilFull();

  await simulator.jobs({ count: 8, durationMs: 1_000 });
  await untilTrue(
    "every job is done",
    async () => (await simulator.truth()).jobs.every(({ state }) => state === "done"),
  );
  for (const controller of both) await controller.untilFull();
  await untilTrue("both pools are as their controllers tell, and nothing else is there", async () => {
    const statuses = await Promise.all(both.map((controller) => controller.status()));
    const { runners, ...rest } = present(await simulator.truth());
    const ours = runners.filter((name) => name !== "r-1-0123abcd-7.1");
    assert.equal(ours.length, runners.length - 1, "the runner of somebody else is gone");
    assert.deepEqual({ ...rest, runners: ours }, expected(statuses));
    return statuses.every(({ vms }) => vms.length === SIZE);
  }, { withinS: 90 });

  const statuses = await Promise.all(both.map((controller) => controller.status()));
  const ids = statuses.map(({ controller }) => controller.id.slice(0, 8));
  assert.notEqual(ids[0], ids[1]);
  for (const [i, { vms }] of statuses.entries()) {
    for (const { runner } of vms) assert.match(runner ?? "", new RegExp(`^r-[1-3]-${ids[i]}-\\d+\\.1$`));
  }
  const truth = await simulator.truth();
  assert.deepEqual(truth.vms.filter((vm) => vm.foreign), foreignVms);
  // Whoever removed something removed it from below a directory of its own, once for each cycle that ended.
  assert.equal(truth.jobs.filter(({ state }) => state !== "done").length, 0);
  assert.equal(new Set(truth.jobs.map(({ vm }) => vm)).size, truth.jobs.length);
});
