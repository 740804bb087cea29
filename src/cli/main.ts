/** The command line of this process. */
import { osUser } from "../client/os_user.ts";
import { processOutput } from "./output.ts";
import type { Programs } from "./programs.ts";
import { runCli } from "./run_cli.ts";
import { processSignals } from "./signals.ts";
import { askOnTerminal } from "./terminal_question.ts";

/** Runs the command that this process was started with; answers its exit code. */
export function main(args: readonly string[], programs: () => Promise<Programs>): Promise<number> {
  const canAsk = Deno.stdin.isTerminal() && Deno.stderr.isTerminal();
  const env = (name: string) => Deno.env.get(name);
  const actor = osUser({ env });
  return runCli(args, {
    output: processOutput(),
    env,
    ...(actor === undefined ? {} : { actor }),
    programs,
    signals: processSignals,
    ...(canAsk ? { ask: askOnTerminal } : {}),
  });
}
