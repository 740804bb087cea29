/** `hvpool simulator`: host and GitHub in a process of their own, which outlives the controller. */
import type { SimulatorOptions } from "../cli/programs.ts";
import type { ForeignVm } from "../simulator/host_options.ts";
import { LATENCY_NAMES } from "../simulator/latencies.ts";
import { startSimulator } from "../simulator/start.ts";
import { formatListen } from "../api/listen.ts";

/** What other people have on the host: never to be touched. */
const FOREIGN: readonly ForeignVm[] = [
  { name: "fileserver", memoryMb: 8_192, power: "running" },
  { name: "desktop", memoryMb: 4_096, power: "saved" },
];

/** Runs the simulator until it is stopped. Answers the exit code. */
export async function runSimulator(options: SimulatorOptions): Promise<number> {
  const { listen, seed, speed, latencies, output, signals } = options;
  const unknown = Object.keys(latencies).filter((name) => !LATENCY_NAMES.includes(name));
  if (unknown.length > 0) {
    output.err(
      `error: --latency does not know ${unknown.join(", ")}. It knows: ${LATENCY_NAMES.join(", ")}.`,
    );
    return 2;
  }
  const stopped = Promise.withResolvers<void>();
  const unlisten = signals.onStop(() => stopped.resolve());
  try {
    const simulator = await startSimulator({
      listen: { hostname: listen.host, port: listen.port },
      ...(seed === undefined ? {} : { seed }),
      ...(speed === undefined ? {} : { speed }),
      host: { latencies, foreign: FOREIGN },
    });
    output.out(JSON.stringify({ listen: simulator.listen, host: simulator.host, github: simulator.github }));
    await stopped.promise;
    await simulator.close();
    return 0;
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    output.err(
      `error: Cannot listen on ${formatListen(listen)}: the port is taken. Choose another with --listen.`,
    );
    return 1;
  } finally {
    unlisten();
  }
}
