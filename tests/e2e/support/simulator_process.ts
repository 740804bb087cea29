/** `hvpool simulator` in a process of its own, and its HTTP interface. */
import assert from "node:assert/strict";
import { z } from "zod";
import {
  appAnswer,
  type faultRequest,
  type gitHubRequest,
  type hostRequest,
  jobsAnswer,
  type jobsRequest,
  type Truth,
  truthAnswer,
} from "../../../src/simulator/schemas.ts";
import { HvpoolProcess } from "./process.ts";
import { until } from "./until.ts";

const firstLine = z.strictObject({
  listen: z.url(),
  host: z.string().startsWith("tcp://"),
  github: z.url(),
});

/** A running simulator. Ends with the test. */
export class SimulatorProcess implements AsyncDisposable {
  readonly #process: HvpoolProcess;
  readonly listen: string;
  readonly github: string;

  private constructor(process: HvpoolProcess, addresses: z.infer<typeof firstLine>) {
    this.#process = process;
    this.listen = addresses.listen;
    this.github = addresses.github;
  }

  static async start(
    { seed = 1, speed = 20, args = [] as readonly string[] } = {},
  ): Promise<SimulatorProcess> {
    const process = new HvpoolProcess(
      ["simulator", "--listen", "127.0.0.1:0", "--seed", String(seed), "--speed", String(speed), ...args],
    );
    try {
      const line = await until("the simulator says where it is", () => {
        return process.ended ? "" : /^.*(?=\n)/.exec(process.out)?.[0];
      }, { detail: () => process.err });
      assert.ok(line !== "", `The simulator ended: ${process.err}`);
      return new SimulatorProcess(process, firstLine.parse(JSON.parse(line)));
    } catch (error) {
      await process.kill();
      throw error;
    }
  }

  /** Everything that is or was; `after` leaves out operations up to that number. */
  async truth(after = 0): Promise<Truth> {
    return truthAnswer.parse(await this.#fetch(`/truth?after=${after}`));
  }

  /** Queues jobs; answers their ids. */
  async jobs(request: z.input<typeof jobsRequest>): Promise<number[]> {
    const labels = ["self-hosted", "windows"];
    return jobsAnswer.parse(await this.#fetch("/jobs", "POST", { labels, ...request })).ids;
  }

  async fault(request: z.input<typeof faultRequest>): Promise<void> {
    await this.#fetch("/faults", "POST", request);
  }

  async clearFaults(): Promise<void> {
    await this.#fetch("/faults", "DELETE");
  }

  async host(request: z.input<typeof hostRequest>): Promise<unknown> {
    return await this.#fetch("/host", "POST", request);
  }

  async atGitHub(request: z.input<typeof gitHubRequest>): Promise<void> {
    await this.#fetch("/github", "POST", request);
  }

  async app(): Promise<z.infer<typeof appAnswer>> {
    return appAnswer.parse(await this.#fetch("/app"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.kill();
  }

  async #fetch(path: string, method = "GET", body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.listen}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
