/** When a process began, by the system: a process id alone says nothing, since ids are used again. */
import { windowsPowerShell } from "./engine_command.ts";

/** Milliseconds since the epoch, to about a second; `undefined` when there is no such process or nobody can tell. */
export async function processStartedAt(pid: number): Promise<number | undefined> {
  switch (Deno.build.os) {
    case "windows":
      return Date.parse(
        await said(windowsPowerShell(Deno.env.toObject()), [
          "-NoLogo",
          "-NoProfile",
          "-NonInteractive",
          "-Command",
          `(Get-Process -Id ${Math.trunc(pid)} -ErrorAction Stop).StartTime.ToUniversalTime().ToString('o')`,
        ]),
      ) || undefined;
    case "linux":
      return sinceBoot(await said("cat", [`/proc/${pid}/stat`, "/proc/uptime"]));
    default:
      return Date.parse(`${await said("ps", ["-o", "lstart=", "-p", String(pid)])} UTC`) || undefined;
  }
}

/** Hundredths of a second after the boot are the twentieth word behind the name, which may hold anything. Source: proc(5). */
function sinceBoot(text: string): number | undefined {
  const [stat = "", uptime = ""] = text.slice(text.lastIndexOf(")") + 1).split("\n");
  const ticks = Number(stat.trim().split(" ")[19]);
  const upSeconds = Number(uptime.split(" ")[0]);
  if (!Number.isFinite(ticks) || !Number.isFinite(upSeconds) || uptime === "") return undefined;
  return Date.now() - upSeconds * 1_000 + ticks * 10;
}

async function said(program: string, args: string[]): Promise<string> {
  try {
    const { stdout } = await new Deno.Command(program, {
      args,
      stdin: "null",
      stderr: "null",
      env: { LC_ALL: "C", TZ: "UTC0" },
      signal: AbortSignal.timeout(20_000),
    }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ""; // such a system cannot tell
    throw error;
  }
}
