/**
 * Builds the exe: `deno task compile [--target TRIPLE] [--output FILE]`.
 *
 * First one bundle, then the exe from the bundle: so it is a quarter smaller than from the packages, starts
 * in half the time, and the same source gives the same bytes. `compile` alone would keep the times of files, and
 * `compile --bundle` a random name. `--keep-names`, since classes are told apart by their names in messages.
 * No code cache: it would lie in a folder that other users may be able to write to, and hvpool runs with rights.
 *
 * @module
 */
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import project from "../deno.json" with { type: "json" };

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const BUNDLE = join(ROOT, "dist", "hvpool.mjs");

/** The exe may do what `deno task hvpool` may do: said once, in deno.json. */
const PERMISSIONS: readonly string[] = project.tasks.hvpool.command.split(" ")
  .filter((word) => word.startsWith("--allow-"));

/** Packages in CommonJS (`yaml`) ask for Node's built-in modules with `require`, which a bundle does not have. */
const REQUIRE =
  `import{createRequire as nodeRequire}from"node:module";var require=nodeRequire(import.meta.url);`;

/** The time that goes into the exe, in seconds since 1970, as reproducible-builds.org has it. */
const DEFAULT_EPOCH = "315532800";

async function compile(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { target: { type: "string" }, output: { type: "string" } },
  });
  const output = resolve(values.output ?? join(ROOT, "dist", "hvpool"));
  await Deno.mkdir(dirname(BUNDLE), { recursive: true });

  const bundled = await deno(["bundle", "--quiet", "--minify", "--keep-names", "-o", BUNDLE, "main.ts"]);
  if (bundled.code !== 0) {
    say(bundled.said);
    say("The bundle could not be made; `deno task check` says more about errors of types and imports.");
    return 1;
  }
  await Deno.writeTextFile(BUNDLE, REQUIRE + await Deno.readTextFile(BUNDLE));
  await Deno.utime(BUNDLE, 0, Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? DEFAULT_EPOCH));

  const compiled = await deno([
    "compile",
    ...["--no-config", "--no-lock", "--no-check", "--no-prompt", "--no-code-cache"],
    ...["--unstable-no-legacy-abort", ...PERMISSIONS],
    ...(values.target === undefined ? [] : ["--target", values.target]),
    ...["--output", output, BUNDLE],
  ]);
  say(compiled.said);
  if (compiled.code === 0) return 0;
  if (/base binary|denort|dl\.deno\.land|dns error|error sending request/i.test(compiled.said)) {
    say(missingBase(values.target ?? Deno.build.target));
  }
  return 1;
}

/** What to do when there is no runtime to put the program into. */
function missingBase(target: string): string {
  return [
    "",
    `No exe was made: Deno ${Deno.version.deno} could not get its base binary for ${target}.`,
    "It is downloaded from dl.deno.land at the first compile. Where that is not reachable, either",
    `  put denort-${target}.zip of Deno's release v${Deno.version.deno} into`,
    `  <DENO_DIR>/dl/release/v${Deno.version.deno}/ (\`deno info\` shows DENO_DIR), or`,
    "  set DENORT_BIN to an unpacked denort of that version and target.",
  ].join("\n");
}

async function deno(args: readonly string[]): Promise<{ code: number; said: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes).trim()).filter((text) =>
    text !== ""
  );
  return { code, said: said.join("\n") };
}

function say(text: string): void {
  let rest = new TextEncoder().encode(`${text}\n`);
  while (rest.length > 0) rest = rest.subarray(Deno.stderr.writeSync(rest));
}

if (import.meta.main) Deno.exit(await compile(Deno.args));
