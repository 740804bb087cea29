/** The PowerShell that the guest's scripts are tried with. */
import { spawnSync } from "node:child_process";

function findEngine(): string | undefined {
  const named = Deno.env.get("HVPOOL_TEST_POWERSHELL");
  if (named !== undefined) return named;
  return ["pwsh", "powershell"].find((name) => {
    const { error } = spawnSync(name, ["-NoLogo", "-NoProfile", "-NonInteractive", "-Command", "exit 0"]);
    return error === undefined;
  });
}

/** `HVPOOL_TEST_POWERSHELL`, or `pwsh` or `powershell` in PATH; `undefined`: there is none. */
export const ENGINE: string | undefined = findEngine();
