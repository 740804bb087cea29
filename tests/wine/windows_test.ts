/**
 * The program on the Windows build of Deno, under wine. Left out unless there is `wine` in PATH and
 * `HVPOOL_TEST_WINDOWS_DENO` names a `deno.exe` (the npm package `@deno/win32-x64` has one).
 */
import { deepEqual, equal, match } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import project from "../../deno.json" with { type: "json" };
import { Scratch } from "../e2e/support/scratch.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const DENO_EXE = Deno.env.get("HVPOOL_TEST_WINDOWS_DENO") ?? "";
/** A bundle has no `require`, which packages in CommonJS ask for. */
const REQUIRE =
  `import{createRequire as nodeRequire}from"node:module";var require=nodeRequire(import.meta.url);`;
const ALONE = [
  "run",
  "--quiet",
  "--no-config",
  "--no-lock",
  "--no-prompt",
  "--unstable-no-legacy-abort",
  "-A",
];

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function start(command: string, args: readonly string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1", WINEDEBUG: "-all" },
  }).output();
  const [out = "", err = ""] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out, err };
}

async function hasWine(): Promise<boolean> {
  if (DENO_EXE === "" || Deno.build.os === "windows") return false;
  try {
    return (await start("wine", ["--version"])).code === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

const IGNORE = !await hasWine();

/** Where wine has the files of this system. */
function onWindows(path: string): string {
  return `Z:${path.replaceAll("/", "\\")}`;
}

/** A program and what it imports as one file, so that Windows needs no packages. */
async function bundle(scratch: Scratch, name: string, entry: string): Promise<string> {
  const path = scratch.at(name);
  const bundled = await start(Deno.execPath(), ["bundle", "--quiet", "--keep-names", "-o", path, entry]);
  equal(bundled.code, 0, bundled.err);
  await Deno.writeTextFile(path, REQUIRE + await Deno.readTextFile(path));
  return path;
}

Deno.test({
  name: "the program runs on Windows Deno: commands, a configuration, and dev",
  ignore: IGNORE,
  async fn(t) {
    await using scratch = await Scratch.make();
    const program = await bundle(scratch, "hvpool.mjs", "main.ts");
    const run = (...args: string[]) =>
      start("wine", [onWindows(DENO_EXE), ...ALONE, onWindows(program), ...args]);

    await t.step("version names the system", async () => {
      const { out } = await run("version");
      match(out, new RegExp(`^hvpool ${project.version.replaceAll(".", "\\.")} .*windows`));
    });
    await t.step("config validate accepts the example", async () => {
      const { code, out } = await run("config", "validate", onWindows(`${ROOT}config.example.yaml`));
      equal(code, 0);
      match(out, /is valid: 1 pool, 4 machines/);
    });
    await t.step("a PowerShell that is not there is named as missing", async () => {
      const missing = "C:\\no\\such\\powershell.exe";
      const { code, out } = await run(
        "bridge",
        "call",
        "bridge.ping",
        "--args",
        "{}",
        "--powershell",
        missing,
      );
      equal(code, 1);
      match(JSON.parse(out).error.message, /^PowerShell was not found at C:\\no\\such\\powershell\.exe\./);
    });
    await t.step("dev runs jobs", async () => {
      const { code, out, err } = await run("dev", "--for", "5s", "--json");
      equal(code, 0, err);
      const { jobs, vms } = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
      deepEqual([jobs.failed, jobs.done, vms.reused], [0, jobs.queued, 0]);
    });
  },
});

Deno.test({
  name: "Ctrl+C does not reach a worker on Windows, while it ends another child",
  ignore: IGNORE,
  async fn() {
    await using scratch = await Scratch.make();
    const probe = await bundle(scratch, "probe.mjs", "tests/wine/console_probe.ts");
    const worker = await bundle(scratch, "worker.mjs", "src/hyperv/testing/odd_engine.ts");
    const [deno, script] = [onWindows(DENO_EXE), onWindows(worker)];
    const powershell = await scratch.write(
      "powershell.cmd",
      `@"${deno}" run --quiet --no-config --no-lock -A "${script}" %*\r\n`,
    );
    const { code, out, err } = await start("wine", [deno, ...ALONE, onWindows(probe), onWindows(powershell)]);
    equal(code, 0, err);
    deepEqual(JSON.parse(out), { worker: true, control: false });
  },
});
