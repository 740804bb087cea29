/** Leases over the API, as any program would use them: with fetch, a token and JSON. */
import assert from "node:assert/strict";
import { z } from "zod";
import { acquiredSchema, leaseStatusSchema } from "../../src/api/lease_schemas.ts";
import { HOST_CALLS } from "../../src/ports/host.ts";
import { configuration } from "./support/configuration.ts";
import { ControllerProcess } from "./support/controller_process.ts";
import { Scratch } from "./support/scratch.ts";
import { SimulatorProcess } from "./support/simulator_process.ts";
import { until, untilTrue } from "./support/until.ts";

const POOL = "desks";
const SIZE = 3;
const SHORTEST_SECONDS = 1;

const endpointFile = z.object({ address: z.string(), tokenFile: z.string() });
type Acquired = z.infer<typeof acquiredSchema>;

/** The API of whichever controller has the data directory now. */
class Api {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** Asks as the administrator, or as whoever has the token of a lease. */
  async ask(method: string, path: string, { body, token }: { body?: unknown; token?: string } = {}) {
    const endpoint = endpointFile.parse(
      JSON.parse(await Deno.readTextFile(`${this.#dataDir}/endpoint.json`)),
    );
    const bearer = token ?? (await Deno.readTextFile(endpoint.tokenFile)).trim();
    const response = await fetch(`${endpoint.address}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const json: unknown = text === "" ? undefined : JSON.parse(text);
    return { status: response.status, json };
  }

  /** Asks for a machine and waits until there is one, or for no time at all. */
  async acquire(holder: string, more: object = {}, answerWithin = 60): Promise<Acquired> {
    const body = { pool: POOL, holder, ...more };
    const { status, json } = await this.ask("POST", `/v1/leases?answer_within=${answerWithin}`, { body });
    assert.ok(status === 201 || status === 202, `${status} ${JSON.stringify(json)}`);
    const acquired = acquiredSchema.parse(json);
    assert.equal(acquired.lease.state === "active", status === 201);
    return acquired;
  }

  /** A lease that has its machine. */
  async hold(holder: string, more: object = {}): Promise<Acquired & { vmId: string }> {
    const acquired = await this.acquire(holder, more);
    assert.equal(acquired.lease.state, "active", acquired.lease.why ?? "");
    return { ...acquired, vmId: acquired.lease.vm?.id ?? assert.fail("it has no machine") };
  }

  async heartbeat({ lease, token }: Acquired): Promise<number> {
    return (await this.ask("POST", `/v1/leases/${lease.id}/heartbeat`, { token })).status;
  }

  async release({ lease, token }: Acquired): Promise<number> {
    return (await this.ask("POST", `/v1/leases/${lease.id}/release`, { token })).status;
  }

  /** A lease as it is now; `undefined` once it has ended. */
  async look({ lease, token }: Acquired): Promise<Acquired["lease"] | undefined> {
    const { status, json } = await this.ask("GET", `/v1/leases/${lease.id}`, { token });
    return status === 410 ? undefined : leaseStatusSchema.parse(json);
  }
}

/** An agent pool whose machines are all saved, on a host of its own. */
class Stage implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #configFile: string;
  readonly simulator: SimulatorProcess;
  readonly api: Api;
  controller: ControllerProcess;

  private constructor(scratch: Scratch, simulator: SimulatorProcess, configFile: string) {
    this.#scratch = scratch;
    this.#configFile = configFile;
    this.simulator = simulator;
    this.api = new Api(scratch.at("data"));
    this.controller = this.#run();
  }

  static async open(seed: number): Promise<Stage> {
    const scratch = await Scratch.make();
    const simulator = await SimulatorProcess.start({ seed, speed: 40 });
    const text = configuration(simulator.listen, {
      templates: [{ name: "win11", path: "C:\\hvpool\\vms\\templates\\win11-desktop.vhdx" }],
      pools: [{ name: POOL, kind: "agent", template: "win11", size: SIZE }],
    });
    const stage = new Stage(scratch, simulator, await scratch.write("config.yaml", text));
    await stage.allSaved();
    return stage;
  }

  #run(): ControllerProcess {
    return new ControllerProcess(this.#configFile, this.#scratch.at("data"));
  }

  /** The controller comes to its end without a chance to say anything, and another one begins. */
  async killController(): Promise<void> {
    await this.controller.process.kill();
    this.controller = this.#run();
    await this.controller.untilStatus("it answers again", () => true);
  }

  async allSaved(): Promise<void> {
    await this.controller.untilStatus(
      "all machines are saved",
      ({ pools: [pool] }) => pool?.standby === SIZE,
    );
  }

  /** A holder writes a file in its machine; answers those that were there before. */
  async mark(vmId: string, name: string): Promise<string[]> {
    const answer = await this.simulator.host({ do: "mark", vm: vmId, name });
    return z.object({ seen: z.array(z.string()) }).parse(answer).seen;
  }

  /** A machine as it really is. */
  async machine(vmId: string) {
    const { vms } = await this.simulator.truth();
    return vms.find(({ id }) => id === vmId) ?? assert.fail(`there never was a machine ${vmId}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.controller[Symbol.asyncDispose]();
    await this.simulator[Symbol.asyncDispose]();
    await this.#scratch[Symbol.asyncDispose]();
  }
}

Deno.test("a machine is leased, released, and clean for whoever has it next; nobody at GitHub is asked", async () => {
  await using stage = await Stage.open(21);
  const { api } = stage;
  const first = await api.hold("ada", { purpose: "a test", labels: { ticket: "7" } });
  assert.deepEqual([first.lease.origin, first.lease.holder, first.lease.labels], [
    "standby",
    "ada",
    { ticket: "7" },
  ]);
  await untilTrue("the lease names the address that its machine really has", async () => {
    const { address } = await stage.machine(first.vmId);
    return address !== null && (await api.look(first))?.vm?.address === address;
  });
  assert.equal(await api.heartbeat(first), 200);
  assert.deepEqual(await stage.mark(first.vmId, "adas-file"), []);
  assert.deepEqual((await stage.machine(first.vmId)).marks, ["adas-file"]);
  assert.equal(await api.release(first), 204);
  assert.equal(await api.release(first), 204, "a second time is no error");
  await untilTrue("the lease has ended", async () => await api.look(first) === undefined);

  // All three at once: the one that ada had is among them.
  const next = await Promise.all(["bob", "eve", "kim"].map((holder) => api.hold(holder)));
  assert.equal(new Set(next.map(({ vmId }) => vmId)).size, SIZE);
  assert.ok(next.some(({ vmId }) => vmId === first.vmId), "her machine was made anew");
  for (const { vmId, lease } of next) assert.deepEqual(await stage.mark(vmId, lease.id), []);
  const [bob, eve] = next;
  assert.ok(bob !== undefined && eve !== undefined);
  const foreign = await api.ask("POST", `/v1/leases/${bob.lease.id}/release`, { token: eve.token });
  assert.equal(foreign.status, 403, "eve's token ended bob's lease");

  const { operations, runners } = await stage.simulator.truth();
  assert.deepEqual(operations.filter(({ call }) => !Object.hasOwn(HOST_CALLS, call)), []);
  assert.deepEqual(runners, []);
});

Deno.test("a holder that says nothing any more loses its machine, which is put back", async () => {
  await using stage = await Stage.open(22);
  const { api } = stage;
  const silent = await api.hold("ada", { idle_seconds: SHORTEST_SECONDS });
  await stage.mark(silent.vmId, "adas-file");
  await untilTrue("the lease has ended by itself", async () => {
    // Asked of the list: a look at the lease with its own token would be a sign of life.
    const { json } = await api.ask("GET", "/v1/leases");
    return z.object({ leases: z.array(z.unknown()) }).parse(json).leases.length === 0;
  });
  assert.equal(await api.heartbeat(silent), 410);
  await stage.allSaved();
  const { marks, power } = await stage.machine(silent.vmId);
  assert.deepEqual([marks, power], [[], "saved"]);
});

Deno.test("a lease outlives a kill of the controller, and its machine is not handed out twice", async () => {
  await using stage = await Stage.open(23);
  const { api } = stage;
  const mine = await api.hold("ada");
  await stage.mark(mine.vmId, "adas-file");
  await stage.killController();

  const after = await api.look(mine);
  assert.deepEqual([after?.state, after?.vm?.id], ["active", mine.vmId]);
  assert.equal(await api.heartbeat(mine), 200);
  const others = await Promise.all(["bob", "eve"].map((holder) => api.hold(holder)));
  const waiting = await api.acquire("kim", {}, 0);
  assert.equal(new Set([mine, ...others].map(({ vmId }) => vmId)).size, SIZE);
  assert.deepEqual((await stage.machine(mine.vmId)).marks, ["adas-file"], "it was put back under its holder");
  const queued = await api.look(waiting);
  assert.deepEqual([queued?.state, queued?.position, queued?.vm], ["queued", 1, null]);

  assert.equal(await api.release(mine), 204);
  const served = await until("who waited is served", async () => {
    const lease = await api.look(waiting);
    return lease?.state === "active" ? lease : undefined;
  });
  assert.equal(served.vm?.id, mine.vmId);
  assert.deepEqual(await stage.mark(mine.vmId, "kims-file"), []);
});

Deno.test("a lease whose holder dies while the controller is away ends some time after its restart", async () => {
  await using stage = await Stage.open(24);
  const { api } = stage;
  const silent = await api.hold("ada", { idle_seconds: 4 });
  await stage.mark(silent.vmId, "adas-file");
  await stage.killController();
  const { json } = await api.ask("GET", "/v1/leases");
  const { leases: [still] } = z.object({ leases: z.array(leaseStatusSchema) }).parse(json);
  assert.deepEqual([still?.id, still?.state], [silent.lease.id, "active"]);
  await stage.allSaved();
  assert.deepEqual((await stage.machine(silent.vmId)).marks, []);
});
