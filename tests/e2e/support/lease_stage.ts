/** An agent pool on a simulated host, and its API as programs use it. */
import assert from "node:assert/strict";
import { z } from "zod";
import { acquiredSchema, leaseStatusSchema } from "../../../src/api/lease_schemas.ts";
import { configuration } from "./configuration.ts";
import { ControllerProcess } from "./controller_process.ts";
import { type Ended, HvpoolProcess } from "./process.ts";
import { Scratch } from "./scratch.ts";
import { SimulatorProcess } from "./simulator_process.ts";

const POOL = "desks";

const endpointFile = z.object({ address: z.string(), tokenFile: z.string() });
/** A lease and its token. */
export type Acquired = z.infer<typeof acquiredSchema>;

/** The API of whichever controller has the data directory now. */
export class LeaseApi {
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

  /** Something is done with the machine; answers how that leaves the lease. */
  async change({ lease, token }: Acquired, what: string, body?: object): Promise<Acquired["lease"]> {
    const path = `/v1/leases/${lease.id}/${what}?answer_within=60`;
    const { status, json } = await this.ask("POST", path, { token, ...(body === undefined ? {} : { body }) });
    assert.equal(status, 200, `${what}: ${JSON.stringify(json)}`);
    return leaseStatusSchema.parse(json);
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
export class LeaseStage implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #configFile: string;
  readonly #size: number;
  readonly simulator: SimulatorProcess;
  readonly api: LeaseApi;
  controller: ControllerProcess;

  private constructor(scratch: Scratch, simulator: SimulatorProcess, size: number, configFile: string) {
    this.#scratch = scratch;
    this.#size = size;
    this.#configFile = configFile;
    this.simulator = simulator;
    this.api = new LeaseApi(scratch.at("data"));
    this.controller = this.#run();
  }

  static async open(seed: number, { size = 3, speed = 40 } = {}): Promise<LeaseStage> {
    const scratch = await Scratch.make();
    const simulator = await SimulatorProcess.start({ seed, speed });
    const text = configuration(simulator.listen, {
      templates: [{ name: "win11", path: "C:\\hvpool\\vms\\templates\\win11-desktop.vhdx" }],
      pools: [{ name: POOL, kind: "agent", template: "win11", size }],
    });
    const stage = new LeaseStage(scratch, simulator, size, await scratch.write("config.yaml", text));
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
      ({ pools: [pool] }) => pool?.standby === this.#size,
    );
  }

  /** A command to its end. */
  async hvpool(...args: string[]): Promise<Ended> {
    await using command = new HvpoolProcess([...args, "--data-dir", this.#scratch.at("data")]);
    return await command.end();
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
