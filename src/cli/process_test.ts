import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inFolder } from "./testing/called.ts";

const MAIN = fileURLToPath(new URL("../../main.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Runs the program as its users do. */
function hvpool(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return hvpoolIn(ROOT, ...args);
}

async function hvpoolIn(cwd: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", MAIN, ...args],
    cwd,
    env: { XDG_STATE_HOME: cwd, ProgramData: cwd },
  }).output();
  return { code, out: new TextDecoder().decode(stdout), err: new TextDecoder().decode(stderr) };
}

Deno.test("the program writes what was asked for to stdout and passes exit codes on", async () => {
  const version = await hvpool("version");
  assert.equal(version.code, 0);
  assert.match(version.out, /^hvpool \d+\.\d+\.\d+ .*\n$/);
  await inFolder(async (dataDir) => {
    const { code, out, err } = await hvpool("status", "--data-dir", dataDir);
    assert.deepEqual({ code, out }, { code: 3, out: "" });
    assert.match(err, /^error: hvpool is not running/m);
  });
});

Deno.test("a broken config.yaml here that names a data directory is an error of the file, another one is none", async () => {
  await inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    await Deno.writeTextFile(file, "data_dir: data\ngithub: {app_idd: 1}\n");
    const named = await hvpoolIn(folder, "reload");
    assert.deepEqual([named.code, named.out], [2, ""]);
    assert.match(named.err, /config\.yaml:2:10: github\.app_idd: no such key/);
    assert.match(
      named.err,
      /config\.yaml says where the data of hvpool are: mend it, or name .* --data-dir\.$/m,
    );
    await Deno.writeTextFile(file, "github: {app_idd: 1}\n");
    const other = await hvpoolIn(folder, "reload");
    assert.equal(other.code, 3);
    assert.match(other.err, /hvpool is not running/);
  });
});

Deno.test("the program ends well when its reader has gone", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", MAIN, "config", "schema"],
    cwd: ROOT,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await child.stdout.cancel();
  const err = await new Response(child.stderr).text();
  assert.equal((await child.status).code, 0, err);
  assert.doesNotMatch(err, /BrokenPipe/);
});

interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
    }[];
    readonly npmPackage?: string;
  }[];
}

Deno.test("hvpool version loads the command line and nothing else", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", pathToFileURL(MAIN).href],
    cwd: ROOT,
  })
    .output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  const bySpecifier = new Map(modules.map((module) => [module.specifier, module]));
  const loaded = new Set<string>();
  const load = (specifier: string): void => {
    if (loaded.has(specifier)) return;
    loaded.add(specifier);
    for (const { isDynamic, code } of bySpecifier.get(specifier)?.dependencies ?? []) {
      if (isDynamic !== true && code?.specifier !== undefined) load(code.specifier);
    }
  };
  const ours = modules.map(({ specifier }) => specifier);
  for (const specifier of ours.filter((name) => /\/(main|src\/cli\/commands\/version)\.ts$/.test(name))) {
    load(specifier);
  }
  const names = [...loaded].map((specifier) => specifier.replace(/^.*\/src\//, "src/"));
  assert.ok(names.includes("src/cli/run_cli.ts"), names.join("\n"));
  assert.ok(names.includes("src/cli/commands/version.ts"), names.join("\n"));
  for (const name of names) {
    assert.doesNotMatch(name, /^npm:\/?(?!@?commander)|src\/(api|app|config|model|ports|telemetry)\//, name);
  }
});
