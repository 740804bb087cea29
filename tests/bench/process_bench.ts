/** Processes that a machine costs: `hvpool run` over the stdio door, with its worker counts read from /metrics. */
import { NO_STAND_IN } from "../../src/hyperv/testing/stand_in.ts";
import { sumOf } from "../../src/telemetry/testing/parse_metrics.ts";
import { scrape } from "../contract/scrape.ts";
import { ControllerProcess } from "../e2e/support/controller_process.ts";
import { Scratch } from "../e2e/support/scratch.ts";
import { SimulatorProcess } from "../e2e/support/simulator_process.ts";
import { until } from "../e2e/support/until.ts";
import type { Figure } from "./figure.ts";
import { writeStdioConfiguration } from "../contract/stdio_configuration.ts";

const JOBS = 10;

/** Starts of processes for each machine that is made, used and removed, once the workers are there. */
export async function benchProcesses(): Promise<Figure[]> {
  if (NO_STAND_IN) return [];
  await using scratch = await Scratch.make();
  await using simulator = await SimulatorProcess.start({ speed: 40 });
  const file = await writeStdioConfiguration(scratch, simulator, 2);
  const dataDir = scratch.at("data");
  await using controller = new ControllerProcess(file, dataDir);
  const starts = async () => sumOf(await scrape(dataDir), "hvpool_worker_starts_total");
  const ended = async () => (await controller.events()).filter(({ type }) => type === "cycle.ended").length;
  /** Runs jobs, and answers how many machines came to their end. */
  const serve = async (count: number): Promise<number> => {
    const before = await ended();
    await simulator.jobs({ count, durationMs: 100 });
    return await until("the machines are gone", async () => {
      const gone = await ended() - before;
      return gone >= count ? gone : undefined;
    }, { withinS: 120 });
  };
  await controller.untilFull();
  // The first machines call for each kind of worker once.
  await serve(2);
  const before = await starts();
  const cycles = await serve(JOBS);
  const value = (await starts() - before) / cycles;
  await controller.stop();
  return [{ name: `bridge: processes started for each of ${cycles} machines`, value, unit: "", goal: 0 }];
}
