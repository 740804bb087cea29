/** Pools that are made while hvpool runs, as people make them: by commands, across kills and other configurations. */
import assert from "node:assert/strict";
import { Client } from "../../src/client/mod.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { type Ended, HvpoolProcess } from "./support/process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";

const DISK = "C:\\hvpool\\vms\\templates\\win11-desktop.vhdx";
const DESKS = { name: "desks", kind: "agent", template: "win11", size: 2 };
const CREATE = ["pool", "create", "--name", "desks", "--template", "WIN11", "--count", "2"];

/** A controller with a pool that keeps no machine, a simulated host, and the command line. */
class Stage implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #simulator: SimulatorProcess;
  controller: ControllerProcess;

  private constructor(scratch: Scratch, simulator: SimulatorProcess, controller: ControllerProcess) {
    this.#scratch = scratch;
    this.#simulator = simulator;
    this.controller = controller;
  }

  static async open(seed: number): Promise<Stage> {
    const scratch = await Scratch.make();
    const simulator = await SimulatorProcess.start({ seed, speed: 40 });
    const controller = new ControllerProcess(scratch.at("config.yaml"), scratch.at("data"));
    const stage = new Stage(scratch, simulator, controller);
    await stage.configure();
    stage.controller = await stage.start();
    return stage;
  }

  /** Writes the file, with a pool that is paused and others. */
  async configure(...pools: object[]): Promise<void> {
    const text = configuration(this.#simulator.listen, {
      templates: [{ name: "win11", path: DISK }],
      pools: [{ name: "none", kind: "agent", template: "win11", size: 0 }, ...pools],
    });
    await this.#scratch.write("config.yaml", text);
  }

  /** Another controller in place of the one that has ended. */
  async start(): Promise<ControllerProcess> {
    await this.controller[Symbol.asyncDispose]();
    this.controller = new ControllerProcess(this.configFile, this.dataDir);
    await this.controller.untilStatus("it answers", () => true);
    return this.controller;
  }

  get configFile(): string {
    return this.#scratch.at("config.yaml");
  }

  get dataDir(): string {
    return this.#scratch.at("data");
  }

  get client(): Client {
    return Client.forDataDir(this.dataDir, { name: "the test" });
  }

  /** A command to its end. */
  async hvpool(...args: string[]): Promise<Ended> {
    await using command = new HvpoolProcess([...args, "--data-dir", this.dataDir]);
    return await command.end();
  }

  /** A controller that does not come up. */
  async refused(): Promise<Ended> {
    await using run = new HvpoolProcess([
      "run",
      "-c",
      this.#scratch.at("config.yaml"),
      "--data-dir",
      this.dataDir,
    ]);
    return await run.end();
  }

  /** Machines that are on the host now. */
  async machines(): Promise<string[]> {
    const { vms } = await this.#simulator.truth();
    return vms.filter(({ power, foreign }) => power !== "absent" && !foreign).map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    await this.#simulator[Symbol.asyncDispose]();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

function good({ code, out, err }: Ended): string {
  assert.equal(code, 0, err);
  return out;
}

Deno.test("a pool made at run time outlives a kill, fills, and keeps a configuration of the same name from starting", async () => {
  await using stage = await Stage.open(31);
  assert.match(good(await stage.hvpool(...CREATE)), /^Pool desks keeps 2 machines made from win11\./);
  await stage.controller.process.kill();
  const controller = await stage.start();
  const [, pool] = (await controller.status()).pools;
  assert.deepEqual([pool?.name, pool?.size, pool?.created, pool?.image.template], [
    "desks",
    2,
    true,
    "win11",
  ]);
  // The same command finds the same pool, and waits for it.
  const filled = await stage.hvpool(...CREATE, "--wait", "--timeout", "60s");
  assert.match(good(filled), /^Pool desks is full: 2 saved\.$/m);
  assert.match(filled.err, /^Pool desks: 2 of 2 machines/m);
  assert.match(good(await stage.hvpool("pool", "status", "desks")), /^made {6}at run time/m);

  // It is no part of the configuration: that is the same as before.
  assert.match(good(await stage.hvpool("reload", "-c", stage.configFile)), /^Nothing changes/m);
  const applied = (await controller.events()).filter(({ type }) => type === "settings.applied");
  assert.equal(applied.length, 1);

  await stage.configure(DESKS);
  const plan = await stage.hvpool("reload");
  assert.equal(plan.code, 2, plan.err);
  assert.match(
    plan.err,
    /config\.yaml:\d+:\d+: pools\[1\]\.name: a pool called "desks" was made at run time/,
  );
  assert.equal((await controller.status()).pools.find(({ name }) => name === "desks")?.created, true);

  await controller.process.kill();
  const refused = await stage.refused();
  assert.equal(refused.code, 2, refused.err);
  assert.match(
    refused.err,
    /config\.yaml:\d+:\d+: pools\[1\]\.name: a pool called "desks" was made at run time/,
  );
  assert.match(refused.err, /Delete that one with `hvpool pool delete desks`/);

  // The remedy works although nothing runs, and the pool of the file takes over.
  assert.equal(good(await stage.hvpool("pool", "delete", "desks")), "Pool desks is deleted.\n");
  const again = await stage.start();
  await again.untilStatus(
    "the configuration's pool is full",
    ({ pools }) => pools.some(({ name, created, standby }) => name === "desks" && !created && standby === 2),
  );
  const own = await stage.hvpool("pool", "delete", "desks");
  assert.deepEqual([own.code, own.out], [1, ""]);
  assert.match(own.err, /stands in the configuration/);
});

Deno.test("a pool is not deleted while it is leased; with --force its leases end, those that wait too, and its machines go", async () => {
  await using stage = await Stage.open(32);
  good(await stage.hvpool(...CREATE, "--wait"));
  const { leases } = stage.client;
  const held = await leases.acquire({ pool: "desks", holder: "ada" }, { answerWithinSeconds: 60 });
  await leases.acquire({ pool: "desks", holder: "bob" }, { answerWithinSeconds: 60 });
  const waiting = await leases.acquire({ pool: "desks", holder: "eve" }, { answerWithinSeconds: 0 });
  assert.deepEqual([held.lease.state, waiting.lease.state], ["active", "queued"]);
  const refused = await stage.hvpool("pool", "delete", "desks");
  assert.equal(refused.code, 1);
  assert.match(refused.err, new RegExp(`leased: ${held.lease.id} of ada, l-\\w+ of bob\\.`));
  assert.equal((await leases.list()).length, 3);

  good(await stage.hvpool("pool", "delete", "desks", "--force", "--yes"));
  assert.deepEqual(await leases.list(), []);
  const status = await stage.controller.untilStatus("its machines are gone", ({ vms }) => vms.length === 0);
  assert.deepEqual(status.pools.map(({ name }) => name), ["none"]);
  assert.deepEqual(await stage.machines(), []);
  const ended = (await stage.controller.events()).filter(({ type }) => type === "lease.ended");
  assert.deepEqual(ended.map(({ data }) => data["cause"]), Array(3).fill("its pool was deleted"));
});

Deno.test("a registered template is not deleted under a pool that was made at run time", async () => {
  await using stage = await Stage.open(33);
  good(await stage.hvpool("template", "register", "golden", "--vhdx", DISK));
  good(await stage.hvpool("pool", "create", "desks", "--template", "golden", "--count", "0"));
  const refused = await stage.hvpool("template", "delete", "golden");
  assert.equal(refused.code, 1);
  assert.match(refused.err, /in use: pool desks\./);
  good(await stage.hvpool("pool", "delete", "desks"));
  good(await stage.hvpool("template", "delete", "golden"));
});
