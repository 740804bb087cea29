/** A simulator without GitHub's limits in a process of its own, for a bench that fills a large pool at once. */
import { startSimulator } from "../../src/simulator/start.ts";

const simulator = await startSimulator({
  host: {
    memoryMb: 16_777_216,
    latencies: { default: 0, "guest.boot": 0, "guest.got": 0, "guest.online": 0, "guest.shutdown": 0 },
  },
  rates: { primary: 1_000_000_000, secondaryPoints: 1_000_000_000 },
});
const { listen, host, github } = simulator;
await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify({ listen, host, github })}\n`));
