/** Brings the loader into a guest whose image has none, by PowerShell Direct. The same again does no harm. */
import type { Result } from "../model/conclude.ts";
import type { GuestAccount } from "../ports/guest.ts";
import type { HostPort } from "../ports/host.ts";
import { LOADER_SCRIPTS } from "./guest_scripts.ts";
import { copyScripts, GUEST_FOLDER, runScript } from "./guest_scripts_direct.ts";

/** How long one of the calls may take: together they stay below the operation's limit. */
const CALL_MS = 60_000;

/** Copies the loader's scripts and runs its installer. */
export async function prepareGuest(host: HostPort, vmId: string, account: GuestAccount): Promise<Result> {
  const guest = { host, vmId, account };
  const copied = await copyScripts(guest, LOADER_SCRIPTS, { folder: GUEST_FOLDER, limitMs: CALL_MS });
  if (copied.outcome !== "ok") return copied;
  const script = `${GUEST_FOLDER}\\install-loader.ps1`;
  const run = await runScript(guest, script, { words: ["-Start"], timeoutMs: CALL_MS });
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
