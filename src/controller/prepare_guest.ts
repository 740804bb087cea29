/** Brings the loader into a guest whose image has none, by PowerShell Direct. The same again does no harm. */
import type { Result } from "../model/conclude.ts";
import type { GuestAccount } from "../ports/guest.ts";
import type { HostPort } from "../ports/host.ts";
import { LOADER_SCRIPTS } from "./guest_scripts.ts";

/** Where the loader lives in a guest; `install-loader.ps1` has the same default. */
const FOLDER = "C:\\ProgramData\\hvpool";
/** How long one of the calls may take: together they stay below the operation's limit. */
const CALL_MS = 60_000;

/** Copies the loader's scripts and runs its installer. */
export async function prepareGuest(host: HostPort, vmId: string, account: GuestAccount): Promise<Result> {
  const { user, password } = account;
  for (const { name, text } of LOADER_SCRIPTS) {
    const data = new TextEncoder().encode(text).toBase64();
    const path = `${FOLDER}\\${name}`;
    const copied = await host.call("guest.copyIn", { vmId, user, password, path, offset: 0, data }, {
      limitMs: CALL_MS,
    });
    if (copied.outcome !== "ok") return copied;
  }
  const run = await host.call("guest.exec", {
    vmId,
    user,
    password,
    program: "powershell.exe",
    arguments: [
      "-NoLogo",
      "-NoProfile",
      "-NonInteractive",
      "-ExecutionPolicy",
      "Bypass",
      "-File",
      `${FOLDER}\\install-loader.ps1`,
      "-Start",
    ],
    timeoutMs: CALL_MS,
    maxOutput: 4_000,
  }, { limitMs: 2 * CALL_MS });
  if (run.outcome !== "ok") return run;
  const { exitCode, stderr } = run.value;
  if (exitCode === 0) return { outcome: "ok", value: {} };
  const why = exitCode === null
    ? `it did not end within ${CALL_MS / 1000} s`
    : `exit code ${exitCode}: ${stderr.trim()}`;
  return {
    outcome: "failed",
    code: "unknown",
    message: `The loader could not be installed in the guest: ${why}`,
  };
}
