import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { CountingProxy } from "./support/counting_proxy.ts";
import { expected, present } from "./support/leftovers.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { pause, untilTrue } from "./support/until.ts";

const SIZE = 3;
const RUNNERS = { runners: { pool_size: SIZE, name_prefix: "r-" } };

for (const fault of [{ kind: "error", code: 503 }, { kind: "hang" }] as const) {
  Deno.test(`with GitHub away (${fault.kind}) jobs go on, nothing is destroyed, and the pool recovers`, async () => {
    await using scratch = await Scratch.make();
    await using simulator = await SimulatorProcess.start({ speed: 40 });
    const file = await scratch.write("config.yaml", configuration(simulator.listen, RUNNERS));
    await using controller = new ControllerProcess(file, scratch.at("data"));
    await controller.untilFull();
    await simulator.jobs({ count: 1, durationMs: 20_000 });
    await controller.untilStatus("the job is known", ({ pools: [pool] }) => pool?.claimed === 1);
    const before = present(await simulator.truth());
    const atOnset = (await simulator.truth()).operations.at(-1)?.seq ?? 0;

    await simulator.fault({ call: "github", ...fault });
    if (fault.kind === "error") {
      const { github } = await controller.untilStatus(
        "it says so",
        ({ github }) => github.state === "failing",
      );
      assert.match(github.why ?? "", /GitHub/);
    }
    await pause(4_000);
    const during = await simulator.truth(atOnset);
    assert.deepEqual(present(during), before);
    assert.deepEqual(during.jobs.map(({ state }) => state), ["running"]);
    const destroying = during.operations.filter(({ call }) =>
      ["vm.turnOff", "vm.remove", "dir.remove"].includes(call)
    );
    assert.deepEqual(destroying, []);

    await simulator.clearFaults();
    await untilTrue("the job is done", async () => (await simulator.truth()).jobs[0]?.state === "done");
    await untilTrue("the pool is full again, and nothing is left over", async () => {
      const status = await controller.status();
      assert.deepEqual(present(await simulator.truth()), expected([status]));
      return status.vms.length === SIZE && status.github.state === "ok";
    }, { withinS: 90 });
    const { vms, jobs } = await simulator.truth();
    const removed = vms.filter(({ removedAt, foreign }) => removedAt !== null && !foreign).map(({ id }) =>
      id
    );
    assert.deepEqual(removed, [jobs[0]?.vm], "another machine than the job's was removed");
  });
}

Deno.test("with three of ten calls failing for 20 s, capacity returns to 100 %", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40, seed: 5 });
  const file = await scratch.write("config.yaml", configuration(simulator.listen, RUNNERS));
  await using controller = new ControllerProcess(file, scratch.at("data"));
  await controller.untilFull();
  await simulator.fault({ call: "*", kind: "error", probability: 0.3, forMs: 20_000 });
  for (let second = 0; second < 20; second += 2) {
    await simulator.jobs({ count: 1, durationMs: 1_000 });
    await pause(2_000);
  }
  await simulator.clearFaults();
  await untilTrue("the pool is full and nothing is left over", async () => {
    const status = await controller.status();
    assert.deepEqual(present(await simulator.truth()), expected([status]));
    return status.vms.length === SIZE;
  }, { withinS: 120 });
  const { jobs } = await simulator.truth();
  assert.deepEqual(jobs.filter(({ state }) => state !== "done"), []);
  assert.equal(new Set(jobs.map(({ vm }) => vm)).size, jobs.length);
});

Deno.test("api_url wins, each cycle registers once, and lists do not grow with the pools of an account", async () => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const run = async (pools: number) => {
    await using proxy = new CountingProxy(simulator.github);
    const sections = {
      github: { api_url: proxy.address },
      pools: Array.from({ length: pools }, (_, i) => ({ name: `p${"abcd"[i]}`, size: 1 })),
    };
    const file = await scratch.write(`config-${pools}.yaml`, configuration(simulator.listen, sections));
    const before = (await simulator.truth()).vms.length;
    await using controller = new ControllerProcess(file, scratch.at(`data-${pools}`));
    await controller.untilFull();
    for (let job = 0; job < 4; job++) {
      await simulator.jobs({ count: 1, durationMs: 200 });
      await pause(1_500);
    }
    await controller.untilFull();
    await untilTrue(
      "every job is done",
      async () => (await simulator.truth()).jobs.every(({ state }) => state === "done"),
    );
    const lists = proxy.count("GET", "/actions/runners");
    const elapsedS = Date.now() - Date.parse((await controller.status()).controller.since);
    await controller.stop();
    const cycles = (await simulator.truth()).vms.length - before;
    assert.equal(proxy.count("POST", "/generate-jitconfig"), cycles);
    assert.ok(cycles >= pools);
    return lists / (elapsedS / 1_000);
  };
  const one = await run(1);
  const four = await run(4);
  assert.ok(one > 0.5, `${one} lists a second: they did not pass the proxy`);
  assert.ok(four < 2 * one, `${four} lists a second with four pools, ${one} with one`);
});
