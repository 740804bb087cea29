/** The command line: arguments in, exit code out. */
import { Command, CommanderError, type CommandUnknownOpts } from "@commander-js/extra-typings";
import { ConnectionLost, NotRunning, TimedOut } from "../client/errors.ts";
import { COMMANDS } from "./command_list.ts";
import { printableLines } from "./view/table.ts";
import { examples } from "./options/examples.ts";
import { refuseEmptyArguments, refuseMisusedOptions } from "./options/single_values.ts";
import { CliError, EXIT } from "./exit_code.ts";
import type { CliContext, Invocation } from "./invocation.ts";
import { VERSION } from "./version.ts";

/**
 * Runs one command. Never rejects: whatever goes wrong becomes a message on stderr and an exit code of
 * `exit_code.ts`. A reader that went away (`hvpool events | head`) is no error.
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = newProgram(context);
  const invocation: Invocation = {
    ...context,
    shared: () => program.opts(),
    exit: (code) => exitCode = code,
  };
  program.hook("preAction", (_, action) => {
    refuseEmptyArguments(action);
    refuseServer(action, invocation);
  });
  try {
    const words = withDefaultCommand(args);
    for (const entry of COMMANDS) {
      const command = program.command(entry.name).description(entry.summary);
      // A command whose name does not stand in the arguments only appears in lists: its file is not needed.
      if (words.includes(entry.name)) (await entry.load()).define(command, invocation);
    }
    refuseMisusedOptions(program);
    if (words.length === 0) program.outputHelp();
    else await program.parseAsync(words, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return EXIT.ok;
    return explain(error, context);
  }
}

function newProgram(context: CliContext) {
  const { output } = context;
  const lines = (text: string) => text.replace(/\n$/, "");
  return new Command("hvpool")
    .description("Turns a Hyper-V host into pools of one-job GitHub runners, and of desktops under leases.")
    .version(VERSION, "-V, --version", "show the version")
    .helpOption("-h, --help", "show help")
    .helpCommand("help [command]", "show help for a command")
    .option("-c, --config <file>", "configuration file (default: config.yaml, if it is here)")
    .option("--data-dir <dir>", "data directory (default: the configuration's data_dir, else the system's)")
    .option("--server <url>", "ask the hvpool there, not that of this machine (default: HVPOOL_SERVER)")
    .option("--server-token <where>", "its token: env:NAME or file:PATH (default: env:HVPOOL_TOKEN)")
    .option("--insecure-http", "send that token over plain http, where others can read it")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => output.out(lines(text)),
      writeErr: (text) => output.err(lines(text)),
      getOutHelpWidth: () => Math.min(110, output.columns),
      getErrHelpWidth: () => Math.min(110, output.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      "after",
      examples([
        ["hvpool dev", "see it work: no account, no Windows, no configuration"],
        ["hvpool -c config.yaml", "the same as hvpool run -c config.yaml"],
        ["hvpool status --watch", "what is going on"],
      ]) + "\n\nExit codes: 0 ok, 1 failed, 2 bad use or configuration, 3 not reachable, 124 timed out.",
    )
    .exitOverride();
}

/** What works on this machine alone must not seem to do it elsewhere. */
function refuseServer(action: CommandUnknownOpts, { shared }: Pick<Invocation, "shared">): void {
  let command = action;
  while (command.parent?.parent) command = command.parent;
  const name = command.name();
  if (COMMANDS.find((entry) => entry.name === name)?.asks === true) return;
  const { server, serverToken } = shared();
  if (server === undefined && serverToken === undefined) return;
  throw new CliError(`hvpool ${name} works on this machine alone: it takes no --server.`, EXIT.usage);
}

/** `hvpool -c config.yaml`, with nothing but shared options, means `run`. */
function withDefaultCommand(args: readonly string[]): readonly string[] {
  let hasConfig = false;
  for (let i = 0; i < args.length; i++) {
    const [, name = "", value] = /^(-c|--config|--data-dir)(?:=?(.+))?$/.exec(args[i] ?? "") ?? [];
    if (name === "") return args;
    if (name !== "--data-dir") hasConfig = true;
    if (value === undefined) i++;
  }
  return hasConfig ? [...args, "run"] : args;
}

function explain(error: unknown, { output }: CliContext): number {
  // Commander has written its message or its help already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const isMistakeOfOurs = !(error instanceof Error) || error instanceof TypeError ||
    error instanceof ReferenceError ||
    error instanceof RangeError;
  const text = error instanceof Error
    ? (isMistakeOfOurs ? error.stack : undefined) ?? error.message
    : String(error);
  try {
    output.err(`error: ${printableLines(text)}`);
  } catch (failure) {
    if (!(failure instanceof Deno.errors.BrokenPipe)) throw failure;
  }
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof TimedOut) return EXIT.timedOut;
  return error instanceof NotRunning || error instanceof ConnectionLost ? EXIT.notReachable : EXIT.failed;
}
