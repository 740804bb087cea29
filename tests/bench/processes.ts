/** Starts the programs that a bench measures, each in a process of its own. */
import { TextLineStream } from "./text_lines.ts";

/** A running child of the bench. */
export interface Running {
  readonly pid: number;
  /** Its first line on stdout. */
  readonly firstLine: string;
  stop(): Promise<void>;
}

/** Starts a module with `deno run`, and waits for its first line. */
export async function startProcess(module: string, args: readonly string[]): Promise<Running> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-A", module, ...args],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())
    .getReader();
  const { value } = await lines.read();
  if (value === undefined) throw new Error(`${module} ended before its first line`);
  return {
    pid: child.pid,
    firstLine: value,
    async stop() {
      child.kill("SIGTERM");
      await lines.cancel();
      await child.status;
    },
  };
}

/** A simulator in a process of its own. */
export interface SimulatorProcess extends Running {
  readonly listen: string;
  readonly host: string;
}

/** Starts `hvpool simulator`. */
export async function startSimulatorProcess(args: readonly string[]): Promise<SimulatorProcess> {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  return addressed(await startProcess(main, ["simulator", "--listen", "127.0.0.1:0", ...args]));
}

/** Starts a simulator that answers at once and has no limits. */
export async function startUnlimitedSimulator(): Promise<SimulatorProcess> {
  return addressed(await startProcess(new URL("./simulator_process.ts", import.meta.url).pathname, []));
}

function addressed(running: Running): SimulatorProcess {
  const { listen, host }: { listen: string; host: string } = JSON.parse(running.firstLine);
  return { ...running, listen, host };
}

/** CPU seconds of a process so far, and its resident memory in MB. Linux only; `undefined` elsewhere. */
export async function usageOf(pid: number): Promise<{ cpuSeconds: number; memoryMb: number } | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  // Fields 14 and 15 after the name in parentheses: user and system time in ticks of 10 ms (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const resident = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? "0";
  return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100, memoryMb: Number(resident) / 1024 };
}
