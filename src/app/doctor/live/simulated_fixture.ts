/** Rounds on a simulated host in this program. */
import type { Fault } from "../../../simulator/faults.ts";
import { directHost } from "../../../simulator/direct.ts";
import { type Simulator, startSimulator } from "../../../simulator/start.ts";
import type { HostCall, HostPort } from "../../../ports/host.ts";
import { DOCTOR_PREFIX } from "../random_name.ts";
import { LiveMachine, type LivePlan } from "./machine.ts";
import { runRound } from "./round.ts";
import { type StepResult, Stopwatch } from "./stopwatch.ts";

/** What every round here is planned with. */
export const PLAN: LivePlan = {
  storage: "C:\\vms",
  parent: "C:\\templates\\windows.vhdx",
  switchName: "",
  injects: true,
  targets: [],
  bootMs: 20_000,
};

/** Calls are given up after so long: the simulated host is fast. */
const LIMIT_MS = 400;
const TIMES = { tries: 4, waitMs: 20, appearMs: 100 };

/** What came of a round. */
export interface Played {
  readonly steps: readonly StepResult[];
  /** What the round says that it left behind. */
  readonly left: readonly string[];
  /** What the simulator has of the doctor's: VMs, disks and folders. */
  readonly there: readonly string[];
}

/** How to play it. */
export interface Playing {
  readonly faults?: readonly Fault[];
  readonly plan?: Partial<LivePlan>;
  readonly stop?: AbortSignal;
  readonly giveUp?: AbortSignal;
  /** Hears of every call. */
  readonly onCall?: (name: string) => void;
  /** This call is given up at once, and has its effect a little later. */
  readonly late?: HostCall;
  readonly appearMs?: number;
}

const LATE_MS = 200;

/** Plays a round on a host of its own. */
export async function play(playing: Playing = {}): Promise<Played> {
  const simulator = await startSimulator({ speed: 200 });
  const host = directHost(simulator.machine, simulator.time);
  try {
    for (const fault of playing.faults ?? []) simulator.faults.add(fault);
    let late: Promise<unknown> = Promise.resolve();
    const quick: HostPort = {
      ...host,
      call(name, args) {
        playing.onCall?.(name);
        if (name === playing.late) {
          late = new Promise((resolve) => setTimeout(() => host.call(name, args).then(resolve), LATE_MS));
          return Promise.resolve({ outcome: "unknown", message: `${name} was not answered.` });
        }
        return host.call(name, args, { limitMs: LIMIT_MS });
      },
    };
    const never = new AbortController().signal;
    const { stop = never, giveUp = never, appearMs = TIMES.appearMs } = playing;
    const watch = new Stopwatch();
    const machine = new LiveMachine({ host: quick, plan: { ...PLAN, ...playing.plan }, watch, giveUp });
    const left = await runRound(machine, { stop, giveUp }, { ...TIMES, appearMs });
    await late;
    simulator.faults.clear();
    return { steps: watch.results(), left, there: await remains(simulator, host) };
  } finally {
    await host.close();
    await simulator.close();
  }
}

/** Everything of the doctor's that a simulated host has. */
export async function remains(simulator: Simulator, host: HostPort): Promise<string[]> {
  const { vms, disks } = simulator.truth();
  const folders = await host.call("dir.list", { path: PLAN.storage });
  return [
    ...vms.filter((vm) => vm.removedAt === null && vm.name.startsWith(DOCTOR_PREFIX)).map(({ name }) => name),
    ...disks.filter((disk) => disk.removedAt === null && disk.path.includes(DOCTOR_PREFIX)).map(({ path }) =>
      path
    ),
    ...folders.outcome === "ok" ? folders.value.names : ["folders that cannot be listed"],
  ];
}
