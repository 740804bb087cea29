/** Opens vmconnect, Hyper-V's window to a machine's screen. */
import { spawn } from "node:child_process";
import process from "node:process";
import { isMissingProgram } from "../hyperv/missing_program.ts";
import type { ConsoleOptions } from "../cli/programs.ts";

/** Begins a program that goes on when this one ends; resolves when it runs, rejects when it cannot. */
function begin(program: string, args: readonly string[]): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const child = spawn(program, [...args], { detached: true, stdio: "ignore" });
  child.once("spawn", resolve);
  child.once("error", reject);
  child.unref();
  return promise;
}

/** Whether it was opened: only Windows has it. Throws where it should be there and is not. */
export async function openConsole(
  { host, vmId }: ConsoleOptions,
  around: { readonly platform: string; readonly begin: typeof begin } = { platform: process.platform, begin },
): Promise<boolean> {
  if (around.platform !== "win32") return false;
  try {
    await around.begin("vmconnect.exe", [host, "-G", vmId]);
    return true;
  } catch (error) {
    const why = isMissingProgram(error)
      ? "it is not on this machine"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new Error(
      `Cannot start vmconnect.exe: ${why}. Add Hyper-V's management tools ` +
        "(`Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V-Management-Clients`), or run " +
        `\`vmconnect.exe ${host} -G ${vmId}\` where they are.`,
      { cause: error },
    );
  }
}
