/**
 * `hvpool dev`: a simulated host and GitHub, a pool of four with jobs coming in, and three desktops that are leased. The
 * controller is the real one, over real HTTP and SQLite; only its times are shorter, so that a person sees things happen.
 */
import { join } from "node:path";
import type { DevOptions } from "../cli/programs.ts";
import { statusLines } from "../cli/view/status_text.ts";
import { loadConfig } from "../config/load.ts";
import type { Controller } from "../controller/controller.ts";
import { recover } from "../controller/keeper.ts";
import { openDataDir } from "../journal/datadir.ts";
import { openJournal } from "../journal/journal.ts";
import { readOrCreateToken } from "../journal/secrets.ts";
import { HOST_CALLS } from "../ports/host.ts";
import { type Simulator, startSimulator } from "../simulator/start.ts";
import { openLog } from "../telemetry/log.ts";
import { LeaseHolders, type LeaseSummary, pause } from "./dev_leases.ts";
import { openController } from "./open_controller.ts";
import { openWorld } from "./world.ts";

const POOL_SIZE = 4;
const DESKTOPS = 3;
const DESKTOP_POOL = "desktops";
const DESKTOP_PREFIX = "desktop-";
/** One more than there are desktops, so that somebody waits. */
const HOLDERS = DESKTOPS + 1;
/** Guests boot in about a second. */
const SPEED = 20;
/** Jobs last about two seconds. */
const JOB_MIN_MS = 1_500;
const JOB_MAX_MS = 2_500;
/** Between two jobs: a little more than four machines can take, so that some wait. */
const JOB_EVERY_MS = 1_400;
const REDRAW_MS = 500;
/** How long jobs that were queued may take to end after the last was queued. */
const DRAIN_MS = 300_000;
const POLL_JOBS_MS = 100;

/** The configuration of the show: everything else is default. */
const CONFIG = `
templates:
  - name: runner
    path: C:\\hvpool\\vms\\templates\\runner.vhdx
  - name: desktop
    path: C:\\hvpool\\vms\\templates\\desktop.vhdx
pools:
  - name: runners
    template: runner
    size: ${POOL_SIZE}
    name_prefix: demo-
  - name: ${DESKTOP_POOL}
    kind: agent
    template: desktop
    size: ${DESKTOPS}
    hot: 1
    name_prefix: ${DESKTOP_PREFIX}
deadlines:
  poll_guests_seconds: 0.5
  poll_claimed_seconds: 0.5
  poll_runners_seconds: 2
  poll_vms_seconds: 5
api:
  listen: 127.0.0.1:0
debug:
  use_mock: true
`;

const LABELS = ["self-hosted", "windows"];

/** What `--json` ends with. */
export interface DevSummary {
  readonly jobs: { readonly queued: number; readonly done: number; readonly failed: number };
  readonly vms: { readonly cycles: number; readonly reused: number };
  readonly queueToStartMs: { readonly p50: number; readonly p95: number };
  readonly githubCallsPerCycle: number;
  readonly leases: LeaseSummary;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** What happened, from the simulated world's own truth. Machines of runners are counted, and not those that are leased. */
function summarize(simulator: Pick<Simulator, "truth">, leases: LeaseSummary): DevSummary {
  const { jobs, vms, operations } = simulator.truth();
  const perVm = new Map<string, number>();
  for (const { vm } of jobs) if (vm !== null) perVm.set(vm, (perVm.get(vm) ?? 0) + 1);
  const waits = jobs.flatMap(({ queuedAt, startedAt }) => startedAt === null ? [] : [startedAt - queuedAt])
    .toSorted((a, b) => a - b);
  const cycles = vms.filter(({ foreign, name }) => !foreign && !name.startsWith(DESKTOP_PREFIX)).length;
  const calls = operations.filter(({ call }) => !Object.hasOwn(HOST_CALLS, call)).length;
  return {
    jobs: {
      queued: jobs.length,
      done: jobs.filter(({ state }) => state === "done").length,
      failed: jobs.filter(({ state }) => state === "failed" || state === "lost").length,
    },
    vms: { cycles, reused: [...perVm.values()].filter((count) => count > 1).length },
    queueToStartMs: { p50: percentile(waits, 0.5), p95: percentile(waits, 0.95) },
    githubCallsPerCycle: cycles === 0 ? 0 : Math.round(100 * calls / cycles) / 100,
    leases,
  };
}

/** Jobs come in until `stop` says so or `forMs` is over; then those that were queued may end. */
async function playJobs(
  simulator: Simulator,
  forMs: number | undefined,
  stop: AbortSignal,
): Promise<boolean> {
  const until = forMs === undefined ? Infinity : performance.now() + forMs;
  while (performance.now() < until && !stop.aborted) {
    simulator.time.sync();
    const durationMs = JOB_MIN_MS + Math.random() * (JOB_MAX_MS - JOB_MIN_MS);
    simulator.forge.addJobs({ count: 1, labels: LABELS, durationMs });
    await pause(Math.min(JOB_EVERY_MS * (0.5 + Math.random()), Math.max(0, until - performance.now())), stop);
  }
  const deadline = performance.now() + DRAIN_MS;
  while (simulator.forge.unfinished > 0 && performance.now() < deadline && !stop.aborted) {
    await pause(POLL_JOBS_MS, stop);
    simulator.time.sync();
  }
  return simulator.forge.unfinished === 0;
}

interface Show {
  readonly controller: Controller;
  readonly simulator: Simulator;
  readonly holders: LeaseHolders;
  /** The data directory. */
  readonly data: string;
}

/** Redraws status, jobs and leases on a terminal; one line now and then elsewhere. */
function showLive(
  { controller, simulator, holders, data }: Show,
  { output }: DevOptions,
): () => void {
  const draw = () => {
    const { jobs } = simulator.truth();
    const count = (state: string) => jobs.filter((job) => job.state === state).length;
    const jobLine = `JOBS  ${count("queued")} queued, ${count("running")} running, ${count("done")} done, ` +
      `${count("failed") + count("lost")} failed`;
    if (!output.terminal) {
      const pool = controller.status().pools[0];
      output.out(
        `${jobLine}; VMs ${pool?.ready} ready, ${pool?.claimed} busy, ${pool?.starting} starting; ${holders.line}`,
      );
      return;
    }
    const view = { colors: output.colors, width: output.columns, now: Date.now() };
    const lines = [
      ...statusLines(controller.status(), view),
      "",
      jobLine,
      holders.line,
      "",
      `data in ${data}; Ctrl+C ends`,
    ];
    output.out(`\u001b[H\u001b[2J${lines.join("\n")}`);
  };
  const timer = setInterval(draw, output.terminal ? REDRAW_MS : 10 * REDRAW_MS);
  return () => clearInterval(timer);
}

/** Runs the show. Answers the exit code: 1 when a job did not end, or a VM was used twice without being put back. */
export async function runDev(options: DevOptions): Promise<number> {
  const { output, version, signals, json, forMs } = options;
  const { config } = loadConfig({ text: CONFIG, file: "dev" });
  if (config === undefined) throw new Error("The built-in configuration of dev does not load");
  const temporary = await Deno.makeTempDir({ prefix: "hvpool-dev-" });
  const stop = new AbortController();
  const unlisten = signals.onStop(() => stop.abort());
  const { log, close } = openLog({ level: "error", format: "text" });
  const simulator = await startSimulator({ speed: SPEED, gitHubLatencyMs: 20, lagMs: 200 });
  const world = await openWorld({
    config,
    secrets: { appKeyPem: undefined, guestPassword: "", guestPasswords: new Map() },
    log,
    version,
    dataDir: join(temporary, "data"),
    simulator,
  });
  try {
    using directory = openDataDir(join(temporary, "data"), { machine: Deno.hostname() });
    using journal = openJournal(directory.journalPath);
    const token = readOrCreateToken(directory.path);
    const open = openController({
      directory,
      journal,
      state: recover(journal, world.settings),
      world,
      config,
      log,
      version,
      token,
    });
    const { controller } = open;
    if (!json) {
      output.err(`A simulated host and GitHub. Look at it: hvpool status --data-dir ${directory.path}`);
    }
    const over = new AbortController();
    const holders = new LeaseHolders({
      leases: controller.leases,
      simulator,
      pool: DESKTOP_POOL,
      holders: HOLDERS,
      stop: AbortSignal.any([stop.signal, over.signal]),
    });
    const hide = json
      ? () => {}
      : showLive({ controller, simulator, holders, data: directory.path }, options);
    const leasing = holders.play();
    const finished = await Promise.race([
      playJobs(simulator, forMs, stop.signal),
      controller.untilStopping().then(() => true),
    ]);
    over.abort();
    await leasing;
    hide();
    await open.close();
    const summary = summarize(simulator, holders.summary());
    const { jobs, vms, queueToStartMs, githubCallsPerCycle, leases } = summary;
    if (json) output.out(JSON.stringify(summary));
    else {
      output.out(
        `${jobs.queued} jobs: ${jobs.done} done, ${jobs.failed} failed, on ${vms.cycles} VMs of which ${vms.reused} were ` +
          `used twice. Queued to started: p50 ${Math.round(queueToStartMs.p50)} ms, ` +
          `p95 ${Math.round(queueToStartMs.p95)} ms. ${githubCallsPerCycle} GitHub calls a VM. ` +
          `${leases.granted} leases: waited p50 ${leases.waitMs.p50} ms, p95 ${leases.waitMs.p95} ms; ` +
          `${leases.double} double, ${leases.dirty} dirty.`,
      );
    }
    const right = vms.reused === 0 && leases.double === 0 && leases.dirty === 0;
    return (finished || stop.signal.aborted) && right ? 0 : 1;
  } finally {
    unlisten();
    await world.close();
    await simulator.close();
    close();
    await Deno.remove(temporary, { recursive: true });
  }
}
