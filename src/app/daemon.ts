/** `hvpool run`: configuration, data directory, journal, controller and API, put together and taken apart. */
import type { DaemonOptions } from "../cli/programs.ts";
import { dataDirectory } from "../config/config.ts";
import { formatProblem, problemAt } from "../config/file/problem.ts";
import { type Secrets, secretValues } from "../config/secrets.ts";
import { seedVariables } from "../config/seed_variables.ts";
import type { Controller } from "../controller/controller.ts";
import { recover } from "../controller/keeper.ts";
import { DataDirError } from "../journal/datadir_error.ts";
import { journalFile, openDataDir } from "../journal/datadir.ts";
import { openJournal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import { readOrCreateToken } from "../journal/secrets.ts";
import type { Log } from "../ports/log.ts";
import { ListenError } from "../api/listen.ts";
import { join } from "node:path";
import { openLog } from "../telemetry/log.ts";
import { clashesWithCreated } from "./created_pools.ts";
import { openController } from "./open_controller.ts";
import { whyNoPoolCanRun } from "./first_start.ts";
import { receiversOf } from "./notify/notifier.ts";
import { type Configuration, readConfiguration } from "./read_configuration.ts";
import { reread } from "./reread.ts";
import { ofSimulatedDesktops } from "./simulated_desktops.ts";
import { openWorld, type World, WorldError } from "./world.ts";

const OK = 0;
const FAILED = 1;
const BAD_CONFIGURATION = 2;

/** How long a stop waits for calls in flight. A later start learns from readings what became of them. */
const SETTLE_MS = 30_000;

/** Reads the configuration and its secrets; what is wrong goes to stderr, all of it. */
async function load({ configFile, output }: DaemonOptions): Promise<Configuration | undefined> {
  const env = (name: string) => Deno.env.get(name);
  const answer = await readConfiguration(configFile, env);
  if ("problems" in answer) {
    for (const problem of answer.problems) output.err(problem);
    return undefined;
  }
  const { read } = answer;
  return { ...read, warnings: [...read.warnings, ...seedVariables(env, read.config)] };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false; // whatever keeps it from being looked at, opening the data directory explains
  }
}

/** Says what went wrong in the words of the error that knows. */
function explain(error: unknown): string {
  if (error instanceof DataDirError || error instanceof JournalError) {
    return `${error.message} ${error.remedy}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Runs the controller until it is stopped. Answers the exit code. */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const { output, version } = options;
  const loaded = await load(options);
  if (loaded === undefined) return BAD_CONFIGURATION;
  const { config, secrets, certificates } = loaded;
  const dataDir = options.dataDir ?? dataDirectory(config, (name) => Deno.env.get(name));
  const firstStart = !exists(journalFile(dataDir));
  const { level, format } = config.logging;
  let world: World | undefined;
  try {
    // A first start that cannot go on leaves nothing behind, so its log goes to the console alone.
    const early = openLog({ level: firstStart ? "error" : level, format });
    addSecrets(early, secrets);
    world = await openWorld({ config, secrets, certificates, version, log: early.log, dataDir });
    if (firstStart) {
      const problems = await whyNoPoolCanRun(config, world.settings, world.ports);
      for (const problem of problems) output.err(problem);
      if (problems.length > 0) return BAD_CONFIGURATION;
    }
    return await serve({ options, loaded, dataDir, world });
  } catch (error) {
    if (error instanceof WorldError) {
      const at = config.at(error.key);
      output.err(formatProblem(problemAt(at, at.path, error.message.replace(/\.$/, ""))));
      return BAD_CONFIGURATION;
    }
    const known = error instanceof DataDirError || error instanceof JournalError ||
      error instanceof ListenError;
    if (!known) throw error;
    output.err(`error: ${explain(error)}`);
    return FAILED;
  } finally {
    await world?.close();
  }
}

function addSecrets({ addSecret }: { addSecret(value: string): void }, secrets: Secrets): void {
  for (const secret of secretValues(secrets)) addSecret(secret);
}

interface ServeOptions {
  readonly options: DaemonOptions;
  readonly loaded: Configuration;
  readonly dataDir: string;
  readonly world: World;
}

/** From the data directory's lock to its release. */
async function serve({ options, loaded, dataDir, world }: ServeOptions): Promise<number> {
  const { output, version, signals } = options;
  const { config, secrets } = loaded;
  const { configFile } = options;
  const account = world.account === undefined ? {} : { account: world.account };
  using directory = openDataDir(dataDir, { machine: Deno.hostname() });
  using journal = openJournal(directory.journalPath);
  const state = recover(journal, world.settings);
  const clashes = clashesWithCreated(config, world.settings.pools, state.created);
  for (const problem of clashes) output.err(problem);
  if (clashes.length > 0) return BAD_CONFIGURATION;
  const { level, format } = config.logging;
  const opened = openLog({
    level,
    format,
    directory: config.logging.directory ?? join(directory.path, "logs"),
  });
  const { log } = opened;
  addSecrets(opened, secrets);
  const token = readOrCreateToken(directory.path);
  opened.addSecret(token);
  // Before anything is read: what a call of an earlier run still does must not land in the middle of this one.
  await world.useDataDir(directory.path);
  for (const warning of loaded.warnings) log.warn(warning);
  const desktops = ofSimulatedDesktops(config.mode, [...world.settings.pools, ...state.created.values()]);
  if (desktops !== undefined) log.info(desktops);
  const open = openController({
    directory,
    journal,
    state,
    world,
    config,
    log,
    version,
    token,
    reread: (created) => reread({ configFile, began: loaded, ...account }, created),
    receivers: receiversOf(config, secrets),
    secrets: [...secretValues(secrets), token],
  });
  try {
    output.err(
      `hvpool ${version} is running: API at ${open.address}, data in ${directory.path}. Ctrl+C ends it.`,
    );
    return await untilStopped(open.controller, { log, output, signals });
  } finally {
    await open.close();
    opened.close();
  }
}

/** Waits for a stop, and for what a stop waits for. A second request ends at once, as a crash would. */
async function untilStopped(
  controller: Controller,
  { log, output, signals }: { log: Log } & Pick<DaemonOptions, "output" | "signals">,
): Promise<number> {
  const impatient = Promise.withResolvers<void>();
  let requests = 0;
  const unlisten = signals.onStop((name) => {
    requests++;
    if (requests > 1) impatient.resolve();
    else controller.stop({ drain: false, source: name });
  });
  try {
    const { drain } = await controller.untilStopping();
    output.err(drain ? "Draining: idle machines are removed first." : stoppingLine(controller.inFlight));
    const settled = controller.settle(SETTLE_MS).then(() => true);
    const inTime = await Promise.race([settled, impatient.promise.then(() => false)]);
    if (!inTime) log.warn("Ended without waiting for calls in flight", { calls: controller.inFlight });
    return OK;
  } catch (error) {
    log.error("The controller cannot go on", { error });
    output.err(`error: ${explain(error)}`);
    return FAILED;
  } finally {
    unlisten();
  }
}

function stoppingLine(inFlight: number): string {
  return inFlight === 0
    ? "Stopping."
    : `Stopping: waiting for ${inFlight} calls in flight. Ctrl+C again ends at once.`;
}
