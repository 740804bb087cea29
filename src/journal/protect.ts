/** Keeps other users' hands off files with secrets in them. */

/** Full access, named by identifiers because the names of accounts are localized: SYSTEM, Administrators, owner. */
const WINDOWS_ACCOUNTS = ["*S-1-5-18", "*S-1-5-32-544", "*S-1-3-4"];

/** Takes all access away from everybody but the owner (and, on Windows, SYSTEM and the administrators). */
export function protect(path: string, kind: "file" | "directory"): void {
  if (Deno.build.os !== "windows") {
    Deno.chmodSync(path, kind === "file" ? 0o600 : 0o700);
    return;
  }
  const { success, stdout, stderr } = new Deno.Command("icacls.exe", {
    args: icaclsArguments(path, kind),
    stdin: "null",
  }).outputSync();
  if (success) return;
  const said = new TextDecoder().decode(stderr.length > 0 ? stderr : stdout).trim();
  throw new Error(`icacls could not limit who may read ${path}: ${said}`);
}

/** A mode is no access list on Windows: inherited rights, such as those of all users, have to go. */
export function icaclsArguments(path: string, kind: "file" | "directory"): string[] {
  const rights = kind === "directory" ? "(OI)(CI)F" : "F"; // what is made in the directory later gets them too
  return [path, "/inheritance:r", "/grant:r", ...WINDOWS_ACCOUNTS.map((account) => `${account}:${rights}`)];
}
