/**
 * Runs the tests and ends with one line that can be trusted: `N passed, N failed`, and `, N skipped` if any were.
 *
 * What stands behind `deno task test` is handed to `deno test`: paths, `--filter`, `--junit-path=FILE`. Types are not
 * checked here but in `deno task check`, which CI always runs too: a change is tested without waiting for the
 * compiler. `--check` switches it on.
 *
 * `deno test` alone does not do: a file that throws while it is loaded is missing from its report, and with a type
 * error there is no report at all.
 *
 * @module
 */
import { join } from "node:path";
import { countJunit, type Counts } from "./junit.ts";

/** What `deno test` prints, twice, about a file that failed outside of its tests: mostly while it was loaded. */
const UNCAUGHT = /^(\S.*) \(uncaught error\)$/;
const ESCAPE = String.fromCharCode(27);
const COLOURS = new RegExp(`${ESCAPE}\\[[0-9;]*m`, "g");

const REPORT = "--junit-path";

/** Runs `deno test` with these arguments; answers the exit code, 0 only when nothing failed. */
async function run(args: readonly string[]): Promise<number> {
  const scratch = await Deno.makeTempDir({ prefix: "hvpool-test-" });
  try {
    const wanted = args.find((arg) => arg.startsWith(`${REPORT}=`));
    const report = wanted?.slice(REPORT.length + 1) ?? join(scratch, "junit.xml");
    const { exitCode, uncaught } = await denoTest([
      // Tests try a full disk and a folder that nobody can write to (/dev/full, /sys), which Deno opens with all
      // permissions only. None reaches further than this machine: see CONTRIBUTING.md.
      "--allow-all",
      "--parallel",
      ...(args.includes("--check") ? [] : ["--no-check"]),
      ...(wanted === undefined ? [`${REPORT}=${report}`] : []),
      ...args,
    ], report);
    const counts = await count(report, { exitCode, uncaught });
    print(summary(counts));
    return exitCode !== 0 ? exitCode : counts.failed > 0 ? 1 : 0;
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

interface Ended {
  readonly exitCode: number;
  /** How many files failed outside of their tests. */
  readonly uncaught: number;
}

async function denoTest(args: readonly string[], report: string): Promise<Ended> {
  await removeIfThere(report);
  const keepsColours = Deno.stdout.isTerminal() && Deno.env.get("NO_COLOR") === undefined;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", ...args],
    stdin: "null",
    stdout: "piped",
    env: keepsColours ? { FORCE_COLOR: "1" } : {},
  }).spawn();
  // Ctrl+C reaches the tests as well as this process; here it only has to live until the last line.
  const passOn = (["SIGINT", "SIGTERM"] as const).map((signal) =>
    [signal, () => kill(child, signal)] as const
  );
  for (const [signal, listener] of passOn) Deno.addSignalListener(signal, listener);
  try {
    const uncaught = await showOutput(child.stdout);
    const { code } = await child.status;
    return { exitCode: code, uncaught };
  } finally {
    for (const [signal, listener] of passOn) Deno.removeSignalListener(signal, listener);
  }
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch (error) {
    // It has ended already: its exit code says how.
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Passes the output on as it comes; answers how many files failed outside of their tests. */
async function showOutput(output: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<number> {
  const files = new Set<string>();
  let line = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    write(text);
    const lines = (line + text).split(/\r?\n/);
    line = lines.pop() ?? "";
    for (const whole of lines) {
      const [, file] = UNCAUGHT.exec(whole.replace(COLOURS, "")) ?? [];
      if (file !== undefined) files.add(file);
    }
  }
  if (line !== "") write("\n");
  return files.size;
}

/** A run that failed has at least one failure, whatever its report says. */
async function count(report: string, { exitCode, uncaught }: Ended): Promise<Counts> {
  let counts: Counts;
  try {
    counts = countJunit(await Deno.readTextFile(report));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "There is no report of this run." : error;
    print(`The tests count as one failure: ${reason instanceof Error ? reason.message : reason}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (exitCode === 0) return counts;
  return { ...counts, failed: Math.max(counts.failed + uncaught, 1) };
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function print(line: string): void {
  write(`${line}\n`);
}

/** Whole, also into a pipe that takes only a part at a time. */
function write(text: string): void {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(Deno.stdout.writeSync(rest));
}

if (import.meta.main) Deno.exit(await run(Deno.args));
