/** `hvpool run` in a process of its own. */
import { Client } from "../../../src/client/mod.ts";
import type { EventsPage, StatusAnswer } from "../../../src/api/schemas.ts";
import { type Ended, HvpoolProcess, type StartOptions } from "./process.ts";
import { until } from "./until.ts";

/** One run of a controller. Killed with the test. */
export class ControllerProcess implements AsyncDisposable {
  readonly process: HvpoolProcess;
  readonly dataDir: string;
  readonly #client: Client;

  constructor(configFile: string, dataDir: string, options: StartOptions = {}) {
    this.dataDir = dataDir;
    this.process = new HvpoolProcess(["run", "-c", configFile, "--data-dir", dataDir], options);
    this.#client = Client.forDataDir(dataDir, { name: "the test" });
  }

  /** What it says of itself, over its API. */
  async status(): Promise<StatusAnswer> {
    return await this.#client.status();
  }

  /** The first thousand events of its journal, over its API. */
  async events(): Promise<EventsPage["events"]> {
    return (await this.#client.events({ limit: 1000 })).events;
  }

  /** Waits until its status is as wished; fails at once when it ends before. */
  async untilStatus(
    what: string,
    wished: (status: StatusAnswer) => boolean,
    withinS = 60,
  ): Promise<StatusAnswer> {
    let last: StatusAnswer | undefined;
    const answer = await until<StatusAnswer | Ended>(what, async () => {
      if (this.process.ended) return await this.process.end();
      last = await this.status();
      return wished(last) ? last : undefined;
    }, { withinS, detail: () => `${JSON.stringify(last, null, 1)}\n${this.process.err}` });
    if ("code" in answer) throw new Error(`It ended with ${answer.code} before ${what}:\n${answer.err}`);
    return answer;
  }

  /** Waits until every pool has its machines, idle or with a job. */
  async untilFull(withinS = 60): Promise<StatusAnswer> {
    return await this.untilStatus("all pools are full", isFull, withinS);
  }

  /** Asks it to stop, by a signal where a program can hear one from another; answers how it ended. */
  async stop(signal: Deno.Signal = "SIGINT"): Promise<Ended> {
    // On Windows a signal that one process sends to another ends it at once.
    if (Deno.build.os === "windows") await this.#client.stop({ drain: false });
    else this.process.signal(signal);
    return await this.process.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.kill();
  }
}

/** Whether every pool has its machines, idle or with a job. */
export function isFull({ pools }: StatusAnswer): boolean {
  return pools.length > 0 &&
    pools.every(({ size, ready, claimed, standby, parked, off }) =>
      ready + claimed + standby + parked + off === size
    );
}
