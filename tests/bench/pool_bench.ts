/** How fast a pool is filled and refilled, and what a full one costs: processes, sockets, disk and all. */
import type { Status } from "../../src/model/status.ts";
import type { EventRow } from "../../src/ports/operations.ts";
import { type Figure, median } from "./figure.ts";
import {
  type Running,
  startProcess,
  startSimulatorProcess,
  startUnlimitedSimulator,
  usageOf,
} from "./processes.ts";

const CREATE_MS = 500;
const GUEST_STEPS = ["boot", "got", "online", "shutdown"] as const;

interface ControllerProcess extends Running {
  readonly api: string;
  readonly dataDir: string;
}

async function startController(
  simulator: string,
  slots: number,
  lanes = "",
  pollMs = 2_000,
): Promise<ControllerProcess> {
  const module = new URL("./controller_process.ts", import.meta.url).pathname;
  const running = await startProcess(module, [simulator, String(slots), lanes, String(pollMs)]);
  const { api, dataDir }: { api: string; dataDir: string } = JSON.parse(running.firstLine);
  return { ...running, api, dataDir };
}

async function end(controller: ControllerProcess, simulator: Running): Promise<void> {
  await controller.stop();
  await simulator.stop();
  await Deno.remove(controller.dataDir, { recursive: true });
}

async function getJson<T>(url: string): Promise<T> {
  const response = await fetch(url);
  return await response.json() as T;
}

async function allEvents(api: string, type: string): Promise<EventRow[]> {
  const rows: EventRow[] = [];
  for (let after = 0;;) {
    const { events, upTo = 0 } = await getJson<{ events: EventRow[]; upTo?: number }>(
      `${api}/events?type=${type}&after=${after}`,
    );
    rows.push(...events);
    if (events.length < 1000) return rows;
    after = upTo;
  }
}

async function until(what: string, withinMs: number, test: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!await test()) {
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${withinMs / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function ready(status: Status): number {
  return status.pools.reduce((sum, pool) => sum + pool.ready + pool.claimed, 0);
}

/** From the first cycle's opening to the last creation's answer, in the journal's times. */
async function createAll(slots: number, lanes: string): Promise<number> {
  const latencies = [`vm.create=${CREATE_MS}`, "default=0", ...GUEST_STEPS.map((step) => `guest.${step}=0`)];
  const simulator = await startSimulatorProcess(latencies.flatMap((latency) => ["--latency", latency]));
  const controller = await startController(simulator.listen, slots, lanes);
  try {
    const created = async () =>
      (await allEvents(controller.api, "op.closed")).filter(({ data }) => data.call === "vm.create");
    await until(`${slots} creations`, 120_000, async () => (await created()).length >= slots);
    const opened = await allEvents(controller.api, "cycle.opened");
    const first = Date.parse(opened[0]?.at ?? "");
    const last = Math.max(...(await created()).map(({ at }) => Date.parse(at)));
    return last - first;
  } finally {
    await end(controller, simulator);
  }
}

async function fillFigures(): Promise<Figure[]> {
  const slots = 100;
  const open = 50;
  const ideal = slots / open * CREATE_MS;
  const tookMs = await createAll(slots, String(open));
  const defaultMs = await createAll(slots, "");
  return [
    {
      name: `${slots} creations of ${CREATE_MS} ms, lanes of ${open}: over the ideal of ${ideal} ms`,
      value: tookMs / ideal,
      unit: "×",
      goal: 1.1,
    },
    {
      name: `the same in milliseconds (one after the other: ${slots * CREATE_MS} ms)`,
      value: tookMs,
      unit: "ms",
    },
    { name: "the same with the default lanes", value: defaultMs, unit: "ms" },
  ];
}

/** One slot, jobs waiting: from a job's end to the next one's start on the next machine. */
async function refillFigures(): Promise<Figure[]> {
  const host = { "disk.createChild": 20, "vm.create": 100, "vm.start": 50, "media.put": 30 };
  const guest = { boot: 300, got: 100, online: 200, shutdown: 100 };
  const pollMs = 100;
  const gitHubMs = 60;
  const latencies = [
    "default=0",
    ...Object.entries(host).map(([call, ms]) => `${call}=${ms}`),
    ...Object.entries(guest).map(([step, ms]) => `guest.${step}=${ms}`),
    "guest.beat=100",
  ];
  const simulator = await startSimulatorProcess(latencies.flatMap((latency) => ["--latency", latency]));
  const controller = await startController(simulator.listen, 1, "", pollMs);
  try {
    await fetch(`${simulator.listen}/jobs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ count: 12, labels: ["self-hosted"], durationMs: 200 }),
    }).then((response) => response.body?.cancel());
    type Job = { state: string; startedAt: number; endedAt: number };
    const jobs = async () => (await getJson<{ jobs: Job[] }>(`${simulator.listen}/truth`)).jobs;
    await until("12 jobs", 120_000, async () => (await jobs()).every(({ state }) => state === "done"));
    const done = await jobs();
    const gaps = done.slice(1).map((job, i) => job.startedAt - (done[i]?.endedAt ?? 0));
    // Three readings of guests: one that shows the job's end, so that its guest is told to go, one of the next
    // guest to compare with, and one in which its beat moved.
    const simulated = [...Object.values(host), ...Object.values(guest), gitHubMs].reduce((a, b) => a + b, 0);
    const polls = 3 * pollMs;
    return [
      {
        name: `job end → next runner online, over ${simulated} ms of latencies and ${polls} ms of polling`,
        value: median(gaps) - simulated - polls,
        unit: "ms",
        goal: 100,
      },
    ];
  } finally {
    await end(controller, simulator);
  }
}

async function idleFigures(): Promise<Figure[]> {
  const slots = 1_000;
  const simulator = await startUnlimitedSimulator();
  const controller = await startController(simulator.listen, slots, "50", 200);
  try {
    const full = async () => ready(await getJson<Status>(`${controller.api}/status`)) === slots;
    await until(`${slots} machines online`, 300_000, full);
    // Let the last operations and the garbage of filling go.
    await new Promise((resolve) => setTimeout(resolve, 15_000));
    const before = await usageOf(controller.pid);
    const seconds = 60;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
    const after = await usageOf(controller.pid);
    if (before === undefined || after === undefined) return [];
    return [
      {
        name: `idle with ${slots} machines: share of a core`,
        value: 100 * (after.cpuSeconds - before.cpuSeconds) / seconds,
        unit: "%",
        goal: 2,
      },
      { name: `idle with ${slots} machines: resident memory`, value: after.memoryMb, unit: "MB", goal: 200 },
    ];
  } finally {
    await end(controller, simulator);
  }
}

/** Figures of whole pools, each part when it is asked for. All of it takes about three minutes. */
export const POOL_BENCHES: Readonly<Record<string, () => Promise<Figure[]>>> = {
  fill: fillFigures,
  refill: refillFigures,
  idle: idleFigures,
};
