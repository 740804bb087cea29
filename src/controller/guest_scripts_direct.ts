/** hvpool's scripts in a running guest: copied into it and run by PowerShell Direct. */
import type { Ms } from "../model/ids.ts";
import type { GuestAccount } from "../ports/guest.ts";
import type { HostPort, HostResult, HostValue } from "../ports/host.ts";

/** Where hvpool's files live in a guest; `install-loader.ps1` has the same default. */
export const GUEST_FOLDER = "C:\\ProgramData\\hvpool";
/** How much longer than its program a call may take: the session has to be made first. */
const SESSION_MS: Ms = 60_000;
/** Characters of what a script says that are kept. */
const SAID = 4_000;

/** A guest, and the account to reach it with. */
export interface GuestReached {
  readonly host: HostPort;
  readonly vmId: string;
  readonly account: GuestAccount;
}

/** Copies scripts into a folder of the guest; `limitMs` is for each. The same again does no harm. */
export async function copyScripts(
  { host, vmId, account: { user, password } }: GuestReached,
  scripts: readonly { readonly name: string; readonly text: string }[],
  { folder, limitMs }: { readonly folder: string; readonly limitMs: Ms },
): Promise<HostResult<Record<never, never>>> {
  for (const { name, text } of scripts) {
    const data = new TextEncoder().encode(text).toBase64();
    const file = { vmId, user, password, path: `${folder}\\${name}`, offset: 0, data };
    const copied = await host.call("guest.copyIn", file, { limitMs });
    if (copied.outcome !== "ok") return copied;
  }
  return { outcome: "ok", value: {} };
}

/** Runs a script of the guest; after `timeoutMs` it is ended there. */
export function runScript(
  { host, vmId, account: { user, password } }: GuestReached,
  path: string,
  { words, timeoutMs }: { readonly words: readonly string[]; readonly timeoutMs: Ms },
): Promise<HostResult<HostValue<"guest.exec">>> {
  return host.call("guest.exec", {
    vmId,
    user,
    password,
    program: "powershell.exe",
    arguments: [
      ...["-NoLogo", "-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-File", path],
      ...words,
    ],
    timeoutMs,
    maxOutput: SAID,
  }, { limitMs: timeoutMs + SESSION_MS });
}
