/** The command line of this process. */
import { processOutput } from "./output.ts";
import type { Programs } from "./programs.ts";
import { runCli } from "./run_cli.ts";
import { processSignals } from "./signals.ts";

/** Runs the command that this process was started with; answers its exit code. */
export function main(args: readonly string[], programs: () => Promise<Programs>): Promise<number> {
  return runCli(args, {
    output: processOutput(),
    env: (name) => Deno.env.get(name),
    programs,
    signals: processSignals,
  });
}
