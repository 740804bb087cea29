/** Calls the command line within a test and keeps what it says. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { served, TOKEN } from "../../api/testing/served.ts";
import type { FakeOperations } from "../../api/testing/fake_operations.ts";
import type { CliContext } from "../invocation.ts";
import type { Output } from "../output.ts";
import type { Programs } from "../programs.ts";
import { runCli } from "../run_cli.ts";

/** What a call came to. */
export interface Called {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Keeps lines; `onOut` hears of each line on stdout. */
export function recordingOutput(
  onOut: (line: string) => void = () => {},
): { output: Output; outLines: string[]; errLines: string[] } {
  const outLines: string[] = [];
  const errLines: string[] = [];
  const output: Output = {
    out(line) {
      outLines.push(line);
      onOut(line);
    },
    err: (line) => void errLines.push(line),
    terminal: false,
    colors: false,
    columns: 200,
  };
  return { output, outLines, errLines };
}

/** Programs that answer 0 and keep what they were given; `openJournal` finds none. */
export function recordingPrograms(
  overrides: Partial<Programs> = {},
): { programs: Programs; calls: unknown[] } {
  const calls: unknown[] = [];
  const keep =
    (name: string) => ({ output: _output, signals: _signals, ...options }: Record<string, unknown>) => {
      calls.push({ [name]: options });
      return Promise.resolve(0);
    };
  const programs: Programs = {
    runDaemon: (options) => keep("runDaemon")({ ...options }),
    runSimulator: (options) => keep("runSimulator")({ ...options }),
    runDev: (options) => keep("runDev")({ ...options }),
    runBridgeCall: (options) => keep("runBridgeCall")({ ...options }),
    runDoctor: (options) => keep("runDoctor")({ ...options }),
    runMigrate: (options) => keep("runMigrate")({ ...options }),
    runNetwork: (options) => keep("runNetwork")({ ...options }),
    runSupport: (options) => keep("runSupport")({ ...options }),
    openConsole: (options) => {
      calls.push({ openConsole: options });
      return Promise.resolve(true);
    },
    bridgeCalls: () => Promise.resolve([]),
    openJournal: () => Promise.resolve(undefined),
    deletePoolStopped: (options) => {
      calls.push({ deletePoolStopped: options });
      return Promise.resolve(undefined);
    },
    ...overrides,
  };
  return { programs, calls };
}

/** Calls `hvpool` with the arguments. Loading programs is an error unless some are given. */
export async function call(args: readonly string[], context: Partial<CliContext> = {}): Promise<Called> {
  const { output, outLines, errLines } = recordingOutput();
  const code = await runCli(args, {
    output,
    env: () => undefined,
    programs: () => Promise.reject(new Error("programs were loaded")),
    signals: { onStop: () => () => {} },
    ...context,
  });
  return { code, out: outLines.join("\n"), err: errLines.join("\n") };
}

/** A temporary folder for the length of a test. */
export async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A data directory whose endpoint is a real API over a fake controller. */
export async function withRunning(
  run: (running: { dataDir: string; operations: FakeOperations }) => Promise<void>,
): Promise<void> {
  await inFolder(async (dataDir) => {
    await served(async ({ address, operations }) => {
      writeFileSync(join(dataDir, "token"), TOKEN);
      const startedAt = new Date().toISOString();
      const endpoint = { address, tokenFile: join(dataDir, "token"), pid: Deno.pid, startedAt };
      writeFileSync(join(dataDir, "endpoint.json"), JSON.stringify(endpoint));
      await run({ dataDir, operations });
    });
  });
}
