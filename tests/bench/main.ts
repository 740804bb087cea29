/**
 * `deno task bench`: every figure beside its goal and a calibration loop. Ratios within one run decide; absolute
 * figures are goals for a quiet two-core machine.
 */
import { benchBridge } from "./bridge_bench.ts";
import type { Figure } from "./figure.ts";
import { benchJournal } from "./journal_bench.ts";
import { benchLeases } from "./lease_bench.ts";
import { benchLeasesOverHttp } from "./lease_http_bench.ts";
import { POOL_BENCHES } from "./pool_bench.ts";
import { benchProcesses } from "./process_bench.ts";
import { benchRestore } from "./restore_bench.ts";
import { benchTurns } from "./turn_bench.ts";

/** A fixed piece of arithmetic: tells how fast this machine is at this moment. */
function calibrate(): Figure {
  const started = performance.now();
  let hash = 0;
  for (let i = 0; i < 50_000_000; i++) hash = (Math.imul(hash, 31) + i) | 0;
  const value = performance.now() - started;
  return { name: `calibration loop (${hash >>> 0})`, value, unit: "ms" };
}

function line({ name, value, unit, goal }: Figure): string {
  const shown = value < 10 ? value.toFixed(3) : value.toFixed(0);
  const verdict = goal === undefined ? "" : value <= goal ? `  ok, goal ${goal}` : `  MISSED, goal ${goal}`;
  return `${shown.padStart(10)} ${unit.padEnd(4)} ${name}${verdict}`;
}

async function print(figures: Iterable<Figure>): Promise<void> {
  for (const figure of figures) await Deno.stdout.write(new TextEncoder().encode(`${line(figure)}\n`));
}

/** `--powershell PATH` measures the bridge with that engine instead of the stand-in. */
function powershell(): { powershell?: string } {
  const at = Deno.args.indexOf("--powershell");
  const path = at < 0 ? undefined : Deno.args[at + 1];
  return path === undefined ? {} : { powershell: path };
}

await print([calibrate()]);
await print(benchTurns());
await print(await benchRestore());
await print(await benchLeases());
await print(await benchLeasesOverHttp());
await print(await benchJournal());
await print(await benchBridge(powershell()));
await print(await benchProcesses());
for (const bench of Object.values(POOL_BENCHES)) await print(await bench());
await print([calibrate()]);
