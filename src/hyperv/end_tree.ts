/** Ends a process with everything that it started. */
import process from "node:process";
import { win32 } from "node:path";
import { isMissingProgram } from "./missing_program.ts";

/**
 * Ends a process and its children at once. A process that has ended already is no error.
 *
 * On Windows by `taskkill /T /F`, since ending a process there leaves its children alive; elsewhere by its process
 * group, which workers lead.
 */
export async function endTree(pid: number): Promise<void> {
  if (Deno.build.os !== "windows") return endGroup(pid);
  const program = win32.join(Deno.env.get("SystemRoot") ?? "C:\\Windows", "System32", "taskkill.exe");
  try {
    await new Deno.Command(program, {
      args: ["/PID", String(pid), "/T", "/F"],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).output();
  } catch (error) {
    if (!isMissingProgram(error)) throw error; // without taskkill the process alone is ended
  }
  endOne(pid);
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}

function endOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if (!hasEnded(error)) throw error;
  }
}

function hasEnded(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound) return true;
  const code = error instanceof Error ? (error as { code?: unknown }).code : undefined;
  // On Windows a process that is just ending denies access.
  return code === "ESRCH" || code === "EPERM";
}
