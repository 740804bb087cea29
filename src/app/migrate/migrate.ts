/** `hvpool migrate`: takes over from hyperv-runner-pool on the same host. Answers the exit code. */
import type { MigrateOptions } from "../../cli/programs.ts";
import { doneLine, leftLines, planLines } from "../../cli/view/migrate_text.ts";
import type { Settings } from "../../model/settings.ts";
import { openDataDir } from "../../journal/datadir.ts";
import { DataDirError } from "../../journal/datadir_error.ts";
import { controllerFile } from "../../journal/controller_file.ts";
import type { ForgePort } from "../../ports/forge.ts";
import type { HostPort } from "../../ports/host.ts";
import { type Opened, openForDoctor } from "../doctor/open.ts";
import { carryOut, type Outcome } from "./carry_out.ts";
import { type MigrationFacts, serviceOf } from "./facts.ts";
import { gatherMigration } from "./gather.ts";
import { makePlan, type MigrationPlan } from "./plan.ts";
import { readRecord, removeRecord, writeRecord } from "./record.ts";

const OK = 0;
const FAILED = 1;
const BAD_USE = 2;

interface World {
  readonly host: HostPort;
  readonly forge: ForgePort;
  readonly settings: Settings;
  readonly dataDir: string;
}

/** Runs it. */
export async function runMigrate(options: MigrateOptions): Promise<number> {
  const { configFile, dataDir, version, output } = options;
  const opened = await openForDoctor({
    configFile,
    version,
    env: (name) => Deno.env.get(name),
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  try {
    const world = worldOf(opened);
    if ("problems" in world) {
      for (const problem of world.problems) output.err(problem);
      return BAD_USE;
    }
    return await migrate(world, options);
  } catch (error) {
    if (!(error instanceof DataDirError)) throw error;
    output.err(`error: ${error.message} ${error.remedy}`);
    return FAILED;
  } finally {
    await opened.close();
  }
}

function worldOf({ facts, settings, host, forge, dataDir }: Opened): World | { problems: readonly string[] } {
  if (settings !== undefined && host !== undefined && forge !== undefined) {
    return { settings, host, forge, dataDir };
  }
  const world = facts.worldProblem === undefined ? [] : [`error: ${facts.worldProblem}`];
  return { problems: [...facts.problems, ...facts.secretProblems ?? [], ...world] };
}

async function migrate(world: World, options: MigrateOptions): Promise<number> {
  const { output, mode, json } = options;
  // Whoever only looks leaves no data directory behind; where there is one, nobody else may work on it.
  using _held = mode === "yes" || exists(controllerFile(world.dataDir)) ? hold(world.dataDir) : undefined;
  const facts = await gatherMigration({ ...world, recorded: readRecord(world.dataDir) });
  if ("problem" in facts) {
    output.err(`error: ${facts.problem}`);
    return FAILED;
  }
  const plan = makePlan(facts);
  const isPlan = mode !== "yes" || plan.refusals.length > 0;
  if (!json && isPlan) {
    const view = { colors: output.colors, width: output.columns };
    for (const line of planLines(plan, serviceOf(facts), view)) output.out(line);
  }
  const outcome = isPlan ? { done: [], left: [] } : await perform(world, plan, options);
  if (json) output.out(JSON.stringify(asJson(facts, plan, outcome)));
  else if (!isPlan) { for (const line of leftLines(outcome, serviceOf(facts))) output.out(line); }
  return exitCode(options, plan, outcome);
}

function exitCode({ mode, output }: MigrateOptions, plan: MigrationPlan, outcome: Outcome): number {
  if (mode === "ask") {
    output.err(
      "error: Nothing was changed: this is the plan. To carry it out, add --yes; with --dry-run it is all.",
    );
    return BAD_USE;
  }
  if (mode === "dry-run") return OK;
  if (plan.refusals.length > 0) {
    output.err("error: Nothing was changed, for the reasons above. Run it again when they are mended.");
    return FAILED;
  }
  return outcome.stopped === undefined && outcome.left.length === 0 ? OK : FAILED;
}

async function perform(
  { host, forge, settings, dataDir }: World,
  plan: MigrationPlan,
  { output, json, signals }: MigrateOptions,
): Promise<Outcome> {
  const disks = [...plan.machines.flatMap((one) => one.disks), ...plan.disks.map(({ path }) => path)];
  if (disks.length > 0) writeRecord(dataDir, disks);
  let interrupted = false;
  const unlisten = signals.onStop(() => void (interrupted = true));
  try {
    const outcome = await carryOut(plan, {
      host,
      forge,
      graceMs: settings.times.graceMs,
      onDone: (item) => json || output.out(doneLine(item)),
      interrupted: () => interrupted,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    });
    if (outcome.left.length === 0) removeRecord(dataDir);
    return outcome;
  } finally {
    unlisten();
  }
}

function hold(dataDir: string) {
  return openDataDir(dataDir, { machine: Deno.hostname() });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The contract of `--json`. */
function asJson(facts: MigrationFacts, plan: MigrationPlan, outcome: Outcome): Record<string, unknown> {
  return {
    service: serviceOf(facts),
    refused: plan.refusals,
    plan: plan.items,
    done: outcome.done,
    left: outcome.left,
    ...(outcome.stopped === undefined ? {} : { stopped: outcome.stopped }),
  };
}
