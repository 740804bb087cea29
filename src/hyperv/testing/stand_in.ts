/** Makes a program file out of a Deno script, to be named where a PowerShell is expected. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Writes it into the folder; answers its path. Not for Windows, where a script is no program. */
export async function makeStandIn(
  folder: string,
  script: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const path = join(folder, "powershell");
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = [
    "#!/bin/sh",
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    `exec ${quoted(Deno.execPath())} run --no-config --no-lock --no-remote --no-prompt --quiet ` +
    `--allow-env --allow-net=127.0.0.1 --allow-run ${quoted(fileURLToPath(script))} "$@"`,
  ];
  await Deno.writeTextFile(path, `${lines.join("\n")}\n`);
  await Deno.chmod(path, 0o755);
  return path;
}

/** Reason to leave a test out; none where stand-ins work. */
export const NO_STAND_IN: boolean = Deno.build.os === "windows";
