/** What a call through a PowerShell worker costs beside the call itself, and against a process for every call. */
import { openEngine } from "../../src/app/engine.ts";
import { HyperVEngine } from "../../src/hyperv/engine.ts";
import { LineCutter } from "../../src/hyperv/line_cutter.ts";
import { MARKER, readWorkerLine } from "../../src/hyperv/protocol.ts";
import { makeStandIn } from "../../src/hyperv/testing/stand_in.ts";
import { type Answer, type Lost, readAnswer } from "../../src/ports/engine.ts";
import type { HostValue } from "../../src/ports/host.ts";
import { type Figure, median, quantile } from "./figure.ts";

const WORKERS = 8;
const VMS = 200;
/** Pipes hand over chunks of about this size. */
const CHUNK_BYTES = 65_536;

/** How the bridge is measured. */
export interface BridgeBenchOptions {
  /** A real engine. @default one that stands in and answers at once */
  readonly powershell?: string;
  /** Calls a worker. @default 2000 */
  readonly calls?: number;
}

/** Measures calls that do nothing but come back, and how long the longest answer takes to be understood. */
export async function benchBridge({ powershell, calls = 2_000 }: BridgeBenchOptions = {}): Promise<Figure[]> {
  const folder = await Deno.makeTempDir({ prefix: "hvpool-bench-" });
  try {
    const standIn = powershell ??
      await makeStandIn(folder, new URL("../../src/hyperv/testing/odd_engine.ts", import.meta.url));
    const open = () =>
      powershell === undefined
        ? new HyperVEngine({
          scripts: { bootstrap: "#", callWorker: "#", watchWorker: "#" },
          powershell: standIn,
        })
        : openEngine({ powershell });
    const one = await measure(1, calls, open);
    const eight = await measure(WORKERS, Math.ceil(calls / 4), open);
    const perCall = await processPerCallMs(open);
    const engine = powershell === undefined ? "stand-in" : "PowerShell";
    return [
      ...load(`bridge: ${engine}, one worker`, one),
      ...load(`bridge: ${engine}, ${WORKERS} workers`, eight),
      { name: `bridge: ${engine}, a process for one call`, value: perCall, unit: "ms" },
      {
        name: "bridge: a call through a worker, times a process for it",
        value: median(one.latenciesMs) / perCall,
        unit: "×",
        goal: 1 / 50,
      },
      listed(),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Load {
  readonly callsPerSecond: number;
  readonly latenciesMs: number[];
}

function load(name: string, { callsPerSecond, latenciesMs }: Load): Figure[] {
  return [
    { name: `${name}: calls a second`, value: callsPerSecond, unit: "/s" },
    { name: `${name}: latency added to a call, p50`, value: quantile(latenciesMs, 0.5), unit: "ms" },
    { name: `${name}: latency added to a call, p95`, value: quantile(latenciesMs, 0.95), unit: "ms" },
  ];
}

/** Each worker gets one call after the other. */
async function measure(workers: number, calls: number, open: () => HyperVEngine): Promise<Load> {
  const engines = Array.from({ length: workers }, open);
  try {
    await Promise.all(engines.map((engine) => ping(engine)));
    const latenciesMs: number[] = [];
    const begun = performance.now();
    await Promise.all(engines.map(async (engine) => {
      for (let i = 0; i < calls; i++) {
        const sent = performance.now();
        await ping(engine);
        latenciesMs.push(performance.now() - sent);
      }
    }));
    return { callsPerSecond: 1_000 * workers * calls / (performance.now() - begun), latenciesMs };
  } finally {
    await Promise.all(engines.map((engine) => engine.close()));
  }
}

async function processPerCallMs(open: () => HyperVEngine): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 7; i++) {
    const begun = performance.now();
    const engine = open();
    await ping(engine);
    await engine.close();
    times.push(performance.now() - begun);
  }
  return median(times);
}

async function ping(engine: HyperVEngine): Promise<void> {
  const answer = await new Promise<Answer | Lost>((resolve) => {
    engine.send("bridge.ping", { echo: "bench" }, resolve);
  });
  if ("lost" in answer) throw new Error(answer.lost);
  if (!answer.ok) throw new Error(answer.error.message);
}

/** From the bytes of a worker to rows that the controller reads: cut, parsed, checked. */
function listed(): Figure {
  const vm = (i: number): HostValue<"vm.list">["vms"][number] => ({
    id: `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`,
    name: `runner-${i}`,
    power: "running",
    notes: `hvpool 0123456789abcdef0123456789abcdef runners/${i}.${i * 7}`,
    directory: `C:\\hvpool\\vms\\storage\\0123456789abcdef0123456789abcdef\\runners-${i}.${i * 7}`,
    uptimeMs: 123_456 + i,
    memoryMb: 4_096,
    heartbeat: "ok",
    cpuPercent: 7,
  });
  const value = { bootId: "1", complete: true, vms: Array.from({ length: VMS }, (_, i) => vm(i)) };
  const bytes = new TextEncoder().encode(`${MARKER}${JSON.stringify({ id: 1, ok: true, value, ms: 60 })}\n`);
  const times: number[] = [];
  for (let run = 0; run < 31; run++) {
    const begun = performance.now();
    const cutter = new LineCutter();
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
      for (const text of cutter.push(bytes.subarray(at, at + CHUNK_BYTES))) {
        const line = readWorkerLine(text);
        const result = line.type === "answer" ? readAnswer("vm.list", {}, line.answer) : undefined;
        if (result?.outcome !== "ok") throw new Error(`the list was not read: ${JSON.stringify(result)}`);
      }
    }
    times.push(performance.now() - begun);
  }
  return { name: `bridge: a list of ${VMS} VMs understood`, value: median(times), unit: "ms", goal: 20 };
}
