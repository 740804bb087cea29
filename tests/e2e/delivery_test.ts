import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until } from "./support/until.ts";

type Truth = Awaited<ReturnType<SimulatorProcess["truth"]>>;

/** Two machines of a pool run three jobs; what the simulator then knows, and the events of the journal. */
async function served(
  more: Parameters<typeof configuration>[1],
): Promise<{ truth: Truth; events: { type: string; data: Record<string, unknown> }[] }> {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 7, speed: 40 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen, more));
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull(60);
  await simulator.jobs({ count: 3, durationMs: 500 });
  const truth = await until("the jobs are done", async () => {
    const now = await simulator.truth();
    return now.jobs.length === 3 && now.jobs.every(({ state }) => state === "done") ? now : undefined;
  });
  const events = await until("the jobs' machines are gone", async () => {
    const seen = await controller.events();
    return seen.filter(({ type }) => type === "cycle.ended").length >= 3 ? seen : undefined;
  });
  return { truth, events };
}

function assertOneJobEach({ jobs }: Truth): void {
  const vms = jobs.map(({ vm }) => vm);
  assert.equal(new Set(vms).size, vms.length, "a machine had two jobs");
}

Deno.test("a pool writes configurations onto disks before it makes their machines", async () => {
  const { truth, events } = await served({
    runners: { pool_size: 2 },
    hyperv: { delivery: "vhdx", loader: true },
  });
  assertOneJobEach(truth);
  const calls = truth.operations.map(({ call }) => call);
  assert.ok(calls.includes("disk.inject"));
  assert.ok(!calls.includes("dvd.set") && !calls.includes("media.put"), "no config drive is needed");
  const exits = events.filter(({ type }) => type === "runner.exited").map(({ data }) => data["exit"]);
  assert.ok(exits.length >= 1 && exits.every((exit) => exit === 0), `exit codes ${JSON.stringify(exits)}`);
});

for (const delivery of ["vhdx", "direct"] as const) {
  Deno.test(`images of hyperv-runner-pool register by themselves, by ${delivery}`, async () => {
    const { truth, events } = await served({
      runners: { pool_size: 2, registration: "token", labels: ["seed"] },
      hyperv: {
        template_path: "C:\\images\\seed-no-loader.vhdx",
        delivery,
        loader: false,
        vm_password: "hunter-2-secret",
      },
    });
    assertOneJobEach(truth);
    const calls = truth.operations.map(({ call }) => call);
    assert.ok(calls.includes(delivery === "vhdx" ? "disk.inject" : "guest.copyIn"));
    assert.ok(!calls.includes("runner.register"), "no just-in-time configuration is asked for");
    // A job that fits between two lists counts as a failure: nobody can be asked about a runner without a number.
    const failures = events.filter(({ type }) => type === "cycle.failed").map(({ data }) => data["cause"]);
    assert.deepEqual(failures.filter((cause) => cause !== "never-online"), []);
    assert.doesNotMatch(JSON.stringify(events), /hunter-2-secret|"token":/);
  });
}
