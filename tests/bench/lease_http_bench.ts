/**
 * Leases as callers see them: so many ask over HTTP at the same moment, on machines that run. The client's own share is
 * in it, and both have two cores; so it is told beside as many plain requests.
 */
import { z } from "zod";
import type { Ms } from "../../src/model/ids.ts";
import { configuration } from "../e2e/support/configuration.ts";
import { ControllerProcess } from "../e2e/support/controller_process.ts";
import { Scratch } from "../e2e/support/scratch.ts";
import { SimulatorProcess } from "../e2e/support/simulator_process.ts";
import { type Figure, median, quantile } from "./figure.ts";

const ROUNDS = 8;
const endpointFile = z.object({ address: z.string(), tokenFile: z.string() });
const acquired = z.object({ lease: z.object({ id: z.string(), state: z.literal("active") }) });

/** A hvpool in a process of its own, and an administrator who asks it. */
class Desk {
  readonly #address: string;
  readonly #token: string;

  constructor({ address, token }: { readonly address: string; readonly token: string }) {
    this.#address = address;
    this.#token = token;
  }

  /** The answer, and how long it took. */
  async ask(path: string, body?: object): Promise<{ readonly ms: Ms; readonly text: string }> {
    const begun = performance.now();
    const response = await fetch(`${this.#address}${path}`, {
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { ms: performance.now() - begun, text };
  }
}

/** Milliseconds of each answer, from the second round on: the first one compiles. */
export async function benchLeasesOverHttp(callers = 100): Promise<Figure[]> {
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ seed: 3, speed: 40 });
  const text = configuration(simulator.listen, {
    templates: [{
      name: "win11",
      path: "C:\\hvpool\\vms\\templates\\win11-desktop.vhdx",
      memory_mb: 512,
    }],
    pools: [{ name: "desks", kind: "agent", template: "win11", size: callers, hot: callers }],
  });
  await using controller = new ControllerProcess(
    await scratch.write("config.yaml", text),
    scratch.at("data"),
  );
  const allReady = () =>
    controller.untilStatus("all machines run", ({ pools: [pool] }) => pool?.ready === callers, 300);
  await allReady();
  const { address, tokenFile } = endpointFile.parse(
    JSON.parse(await Deno.readTextFile(scratch.at("data/endpoint.json"))),
  );
  const desk = new Desk({ address, token: (await Deno.readTextFile(tokenFile)).trim() });
  const atOnce = <T>(ask: (i: number) => Promise<T>) =>
    Promise.all(Array.from({ length: callers }, (_, i) => ask(i)));
  const acquires: Ms[] = [];
  const plain: Ms[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const looks = await atOnce(() => desk.ask("/healthz"));
    const answers = await atOnce((i) => desk.ask("/v1/leases", { pool: "desks", holder: `holder-${i}` }));
    if (round > 0) {
      plain.push(...looks.map(({ ms }) => ms));
      acquires.push(...answers.map(({ ms }) => ms));
    }
    const ids = answers.map((answer) => acquired.parse(JSON.parse(answer.text)).lease.id);
    await atOnce((i) => desk.ask(`/v1/leases/${ids[i]}/release`, {}));
    await allReady();
  }
  const what = `leases over HTTP: ${callers} acquires at once, the client included`;
  return [
    { name: `${what} (p50)`, value: median(acquires), unit: "ms" },
    { name: `${what} (p95)`, value: quantile(acquires, 0.95), unit: "ms" },
    {
      name: `${what}, over as many plain requests (p50)`,
      value: median(acquires) / median(plain),
      unit: "×",
    },
  ];
}
