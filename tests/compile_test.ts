import { deepEqual, equal, match } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import project from "../deno.json" with { type: "json" };
import { fetchBaseBinary } from "./base_binary.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const COMPILE = join(ROOT, "scripts", "compile.ts");
/** Set by .ci/run: this test fetches a package of 39 MB, and its base binary is for Linux on x64. */
const WANTED = Deno.env.get("HVPOOL_TEST_COMPILE") === "1" &&
  Deno.build.target === "x86_64-unknown-linux-gnu";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    ...options,
  })
    .output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out ?? "", err: err ?? "" };
}

function compile(args: readonly string[], env: Record<string, string>): Promise<Ended> {
  return start(Deno.execPath(), ["run", "--quiet", "-A", COMPILE, ...args], { env });
}

Deno.test({
  name: "the exe starts by itself and does what the program from source does",
  ignore: !WANTED,
  async fn(t) {
    const folder = await Deno.makeTempDir();
    try {
      const exe = join(folder, "hvpool");
      const env = { DENORT_BIN: await fetchBaseBinary(folder) };
      const built = await compile(["--output", exe], env);
      equal(built.code, 0, built.err);
      const run = (...args: string[]) => start(exe, args, { cwd: folder });

      await t.step("version", async () => {
        const { code, out } = await run("version");
        equal(code, 0);
        match(out, new RegExp(`^hvpool ${project.version.replaceAll(".", "\\.")} `));
      });
      await t.step("--help", async () => {
        const { code, out } = await run("--help");
        equal(code, 0);
        for (const command of ["run", "status", "events", "stop", "config", "dev"]) {
          match(out, new RegExp(`^ {2}${command}\\b`, "m"));
        }
      });
      await t.step("config validate accepts the example", async () => {
        const { code, out } = await run("config", "validate", join(ROOT, "config.example.yaml"));
        equal(code, 0);
        match(out, /is valid: 1 pool, 4 machines/);
      });
      await t.step("config validate finds what is wrong, with its place", async () => {
        const file = join(folder, "config.yaml");
        await Deno.writeTextFile(file, "github:\n  app_idd: 5\n");
        const { code, err } = await run("config", "validate", file);
        equal(code, 2);
        match(err, /config\.yaml:2:3.*app_idd/);
      });
      await t.step("status says that nothing runs", async () => {
        const { code, err } = await run("status", "--data-dir", join(folder, "data"));
        equal(code, 3);
        match(err, /not running/);
      });
      await t.step("the same source makes the same exe", async () => {
        const again = join(folder, "again", "hvpool");
        equal((await compile(["--output", again], env)).code, 0);
        const [first, second] = await Promise.all([Deno.readFile(exe), Deno.readFile(again)]);
        equal(Buffer.compare(first, second), 0);
      });
      await t.step("dev runs jobs", async () => {
        const { code, out } = await run("dev", "--for", "3s", "--json");
        equal(code, 0);
        const { jobs, vms } = JSON.parse(out.trimEnd().split("\n").at(-1) ?? "");
        deepEqual([jobs.failed, jobs.done, vms.reused], [0, jobs.queued, 0]);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("compile says what to do when there is no base binary", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { code, err } = await compile(["--output", join(folder, "hvpool")], {
      DENORT_BIN: join(folder, "missing"),
    });
    equal(code, 1);
    match(err, /No exe was made/);
    match(err, /DENORT_BIN/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
