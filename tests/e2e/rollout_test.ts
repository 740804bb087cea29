import assert from "node:assert/strict";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { hvpool } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

Deno.test("a changed configuration is rolled out, and hvpool pool rollout pauses, takes back and goes on", async (t) => {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 12, speed: 40 });
  const write = (labels: string[]) =>
    scratch.write("config.yaml", configuration(simulator.listen, { runners: { pool_size: 3, labels } }));
  const dataDir = scratch.at("data");
  const rollout = async (...options: string[]) => {
    return await hvpool(["pool", "rollout", "runners", ...options, "--data-dir", dataDir]);
  };
  const before = await write(["old"]);
  {
    await using controller = new ControllerProcess(before, dataDir);
    await controller.untilFull();
    assert.match((await rollout()).out, /^Nothing is rolled out in pool runners\.\n$/);
    const refused = await rollout("--pause");
    assert.equal(refused.code, 1);
    assert.match(refused.err, /^error: hvpool refused: Cannot pause a rollout in pool "runners": /);
    await controller.stop();
  }

  const after = await write(["new"]);
  await using controller = new ControllerProcess(after, dataDir);
  const untilRollout = async (what: string, wished: (rollout: Rollout | null) => boolean) => {
    const { pools } = await controller.untilStatus(what, ({ pools: [pool] }) => {
      return pool !== undefined && wished(pool.rollout);
    });
    return pools[0]?.rollout;
  };

  await t.step("one machine tries it, and status says so", async () => {
    const shown = await untilRollout("one machine waits for its first job", (now) => {
      return now?.why.startsWith("its first machine has no job yet") === true;
    });
    assert.equal(shown?.phase, "canary");
    const { out } = await hvpool(["status", "--data-dir", dataDir]);
    assert.match(out, /^Rollout of runners {2}canary {2}from [0-9a-f]{8} to [0-9a-f]{8} /m);
  });

  await t.step("what is asked for is recorded", async () => {
    const answers: [string, Partial<Rollout>][] = [
      ["--pause", { phase: "canary", paused: true }],
      ["--resume", { phase: "canary", paused: false }],
      ["--revert", { phase: "reverted" }],
      ["--resume", { phase: "canary", failures: 0 }],
    ];
    for (const [option, expected] of answers) {
      const { code, out, err } = await rollout(option, "--json");
      assert.equal(code, 0, err);
      const answer = JSON.parse(out).rollout;
      assert.deepEqual({ ...answer, ...expected }, answer, option);
      if (option === "--revert") {
        assert.match(answer.why, /^asked for by .+, through api \(hvpool pool rollout\)$/);
      }
      await untilRollout(`${option} is recorded`, (now) => {
        return now !== null && now.phase === expected.phase && now.paused === (expected.paused ?? now.paused);
      });
    }
    const types = (await controller.events()).map(({ type }) => type).filter((type) => /^rollout/.test(type));
    assert.deepEqual(types, [
      "rollout.started",
      "rollout.paused",
      "rollout.resumed",
      "rollout.reverted",
      "rollout.resumed",
    ]);
  });

  await t.step("after its first job the others follow", async () => {
    await untilRollout("one machine tries it again", (now) => {
      return now?.why.startsWith("its first machine has no job yet") === true;
    });
    await simulator.jobs({ count: 1, durationMs: 300, labels: ["self-hosted", "windows", "new"] });
    const rolling = await untilRollout("the others follow", (now) => now?.phase === "rolling");
    assert.deepEqual([rolling?.served, rolling?.failures], [1, 0]);
    assert.match(rolling?.why ?? "", /^[0-3] of 3 machines are of the new generation$/);
  });
  assert.equal((await controller.stop()).code, 0);
});

type Rollout = NonNullable<Awaited<ReturnType<ControllerProcess["status"]>>["pools"][number]["rollout"]>;
