/** `hvpool doctor --live`: makes machines, times every step, removes everything, writes a report. */
import type { DoctorOptions } from "../../../cli/programs.ts";
import { liveLines } from "../../../cli/view/doctor_text.ts";
import { type Check, fail, ok, sentence } from "../check.ts";
import { PING_ECHO } from "../checks/hyperv.ts";
import { type Opened, openForDoctor } from "../open.ts";
import type { CleanupTimes } from "./cleanup.ts";
import { removeLeftovers } from "./leftovers.ts";
import { LiveMachine, type LivePlan } from "./machine.ts";
import { planLive } from "./plan.ts";
import { type LiveReport, type Private, privately, reportText } from "./report.ts";
import { runRound } from "./round.ts";
import { type StepResult, Stopwatch } from "./stopwatch.ts";

const OK = 0;
const FAILED = 1;
const BAD_USE = 2;

/** A live run. */
export type LiveOptions = DoctorOptions & {
  readonly live: NonNullable<DoctorOptions["live"]>;
  /** For tests. */
  readonly cleanup?: CleanupTimes;
};

/** Runs it. Answers the exit code. */
export async function runLive(options: LiveOptions): Promise<number> {
  const { configFile, dataDir, version, output, live } = options;
  const env = (name: string) => Deno.env.get(name);
  const opened = await openForDoctor({
    configFile,
    version,
    env,
    ...(dataDir === undefined ? {} : { dataDir }),
  });
  try {
    const { config, settings, host, facts } = opened;
    if (config === undefined || settings === undefined || host === undefined) {
      for (
        const problem of [...facts.problems, ...facts.worldProblem === undefined ? [] : [facts.worldProblem]]
      ) {
        output.err(problem);
      }
      return BAD_USE;
    }
    const { template } = live;
    const plan = planLive({
      config,
      settings,
      ...(template === undefined ? {} : { template }),
      accountOf: opened.accountOf,
    });
    if ("problem" in plan) {
      output.err(`error: ${plan.problem}`);
      return BAD_USE;
    }
    return await measure({ ...options, opened: { ...opened, host }, plan });
  } finally {
    await opened.close();
  }
}

type Measured = LiveOptions & { opened: Opened & { host: NonNullable<Opened["host"]> }; plan: LivePlan };

async function measure(
  { opened, plan, live, output, signals, version, cleanup, json }: Measured,
): Promise<number> {
  const { host } = opened;
  const stop = new AbortController();
  const giveUp = new AbortController();
  const unlisten = signals.onStop(() => {
    if (stop.signal.aborted) giveUp.abort();
    else output.err("Stopping: everything is removed first. Ctrl+C again leaves it where it is.");
    stop.abort();
  });
  const watch = new Stopwatch();
  const left: string[] = [];
  try {
    const ping = await host.call("bridge.ping", { echo: PING_ECHO });
    const info = await host.call("host.info", {});
    const before = await removeLeftovers({ host, plan, giveUp: giveUp.signal, cleanup });
    if (before !== undefined && !json) output.err([before.message, before.remedy].join(" ").trim());
    for (let round = 1; round <= live.rounds && !stop.signal.aborted && left.length === 0; round++) {
      if (!json) output.err(`Round ${round} of ${live.rounds} ...`);
      const machine = new LiveMachine({ host, plan, watch, giveUp: giveUp.signal });
      left.push(...await runRound(machine, { stop: stop.signal, giveUp: giveUp.signal }, cleanup));
    }
    const steps = watch.results();
    const report: LiveReport = {
      version,
      at: new Date(),
      kind: opened.facts.mode === "host" ? "Hyper-V" : "simulated",
      rounds: live.rounds,
      memoryMb: plan.template?.memoryMb ?? LiveMachine.SMALL_MB,
      withGuest: plan.template !== undefined,
      ping,
      info,
      steps,
      left,
      interrupted: stop.signal.aborted,
    };
    const written = await write(live.report, reportText(report, privately(privateThings(opened, report))));
    const checks = [...before === undefined ? [] : [before], ...checksOf(steps, left)];
    if (json) output.out(JSON.stringify({ checks, steps, left }));
    else {
      const view = { colors: output.colors, width: output.columns };
      for (const line of liveLines(steps, view)) output.out(line);
      for (const one of left) output.err(`Left behind: ${one}`);
      if (left.length > 0) output.err("Remove it by hand: Remove-VM -Force, then the folder.");
      if (written === undefined) output.err(`The report is in ${live.report}.`);
    }
    if (written !== undefined) output.err(`error: Cannot write the report to ${live.report}: ${written}`);
    const good = checks.every(({ status }) => status !== "fail") && written === undefined &&
      !stop.signal.aborted;
    return good ? OK : FAILED;
  } finally {
    unlisten();
  }
}

/** Steps in the form of checks, so that programs read both alike. */
export function checksOf(steps: readonly StepResult[], left: readonly string[]): Check[] {
  const lines = steps.map(({ step, runs, failed, p50Ms, p95Ms, message }) => {
    const id = `live:${step}`;
    if (failed > 0) {
      return fail(
        id,
        `Failed ${failed} of ${failed + runs} ${failed + runs === 1 ? "time" : "times"}: ${
          sentence(message)
        }`,
        REMEDY,
      );
    }
    return ok(
      id,
      `p50 ${Math.round(p50Ms ?? 0)} ms, p95 ${Math.round(p95Ms ?? 0)} ms, ${
        runs === 1 ? "once" : `${runs} times`
      }.`,
    );
  });
  const removed = left.length === 0 ? ok("live:removed", "Everything that was made is removed.") : fail(
    "live:removed",
    `Left behind: ${sentence(left.join("; "))}`,
    "Remove it by hand: Remove-VM -Force, then the folder.",
  );
  return [...lines, removed];
}

const REMEDY = "Look at hvpool doctor; where it finds nothing, the report is fit for an issue.";

async function write(file: string, text: string): Promise<string | undefined> {
  try {
    await Deno.writeTextFile(file, text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Everything that says whose host and account it is. */
function privateThings({ config, settings, secrets, dataDir }: Opened, { info }: LiveReport): Private {
  const pools = settings?.pools ?? [];
  const scopes = pools.flatMap(({ scope }) => scope.split("/").slice(1));
  const user = [Deno.env.get("USERNAME"), Deno.env.get("USER"), config?.guest.username];
  const machine = info.outcome === "ok" ? [info.value.machine] : [];
  const switches = info.outcome === "ok" ? info.value.switches.map(({ name }) => name) : [];
  const words = [...secrets, ...scopes, ...user, ...machine, ...switches, Deno.hostname()];
  return {
    words: words.filter((word) => word !== undefined),
    paths: [
      [settings?.storage ?? "", "<storage>"],
      [dataDir, "<data>"],
      [config?.folder ?? "", "<configuration>"],
      ...pools.map(({ template }) => [template.path, "<template>"] as const),
    ],
  };
}
