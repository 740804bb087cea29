/** Plays one seed of the simulation again: `deno run -A tests/sim/replay.ts <seed> [days]`. */
import { runDays } from "./run_days.ts";

const [seed = "1", days = "10"] = Deno.args;
const figures = runDays({ seed: Number(seed), days: Number(days) });
await Deno.stdout.write(
  new TextEncoder().encode(`Seed ${seed}: no law broken. ${JSON.stringify(figures)}\n`),
);
