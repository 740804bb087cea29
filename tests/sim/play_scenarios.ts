/** Plays scenarios by name and writes one JSON line each: `deno run -A tests/sim/play_scenarios.ts [name …]`. */
import { type ScenarioName, SCENARIOS } from "./scenarios.ts";

/** How one scenario ended. `error` is the name of what was thrown. */
export interface ScenarioReport {
  readonly scenario: string;
  readonly error?: string;
  readonly message?: string;
}

function report(name: ScenarioName): ScenarioReport {
  try {
    SCENARIOS[name]();
    return { scenario: name };
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    return { scenario: name, error: thrown.name, message: `${thrown.message}\n${thrown.stack ?? ""}` };
  }
}

const names = Deno.args.length > 0 ? Deno.args as ScenarioName[] : Object.keys(SCENARIOS) as ScenarioName[];
for (const name of names) {
  await Deno.stdout.write(new TextEncoder().encode(`${JSON.stringify(report(name))}\n`));
}
