/** When a process began, by the system: a process id alone says nothing, since ids are used again. */
import process from "node:process";
import { engineEnv, windowsPowerShell } from "./engine_command.ts";
import { isMissingProgram } from "./missing_program.ts";

/** Milliseconds since the epoch, to about a second; `undefined` when there is no such process or nobody can tell. */
export async function processStartedAt(pid: number): Promise<number | undefined> {
  switch (Deno.build.os) {
    case "windows":
      return isThere(pid) ? await onWindows(pid) : undefined;
    case "linux":
      return sinceBoot(await said("cat", [`/proc/${pid}/stat`, "/proc/uptime"]));
    default:
      return Date.parse(`${await said("ps", ["-o", "lstart=", "-p", String(pid)])} UTC`) || undefined;
  }
}

/** Asked first on Windows, where the other question costs a PowerShell. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && (error as { code?: unknown }).code === "EPERM";
  }
}

async function onWindows(pid: number): Promise<number | undefined> {
  const inherited = Deno.env.toObject();
  const program = windowsPowerShell(inherited);
  const command = `(Get-Process -Id ${
    Math.trunc(pid)
  } -ErrorAction Stop).StartTime.ToUniversalTime().ToString('o')`;
  const args = ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", command];
  return Date.parse(await said(program, args, engineEnv(program, inherited, true))) || undefined;
}

/** Hundredths of a second after the boot are the twentieth word behind the name, which may hold anything. Source: proc(5). */
function sinceBoot(text: string): number | undefined {
  const [stat = "", uptime = ""] = text.slice(text.lastIndexOf(")") + 1).split("\n");
  const ticks = Number(stat.trim().split(" ")[19]);
  const upSeconds = Number(uptime.split(" ")[0]);
  if (!Number.isFinite(ticks) || !Number.isFinite(upSeconds) || uptime === "") return undefined;
  return Date.now() - upSeconds * 1_000 + ticks * 10;
}

async function said(
  program: string,
  args: string[],
  env: Readonly<Record<string, string>> = { LC_ALL: "C", TZ: "UTC0" },
): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stderr: "null",
      env: { ...env },
      signal: AbortSignal.timeout(20_000),
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (isMissingProgram(error)) return ""; // such a system cannot tell
    throw error;
  }
}
