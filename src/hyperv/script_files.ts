/**
 * Scripts as files, for hosts whose policies forbid encoded commands or script blocks made at run time: in a folder
 * that only administrators can write to, where an operator may sign them.
 */
import { join } from "node:path";

const SIGNATURE = /\r?\n# SIG # Begin signature block[\s\S]*$/;

/** Sees to it that the file holds this script, and answers its path. A signature under the same script is kept. */
export function placeScript(folder: string, name: string, text: string): string {
  makeFolder(folder);
  const path = join(folder, name);
  if (isSame(path, text)) return path;
  Deno.writeTextFileSync(path, text.replaceAll(/\r?\n/g, "\r\n"), { mode: 0o600 });
  return path;
}

function isSame(path: string, text: string): boolean {
  try {
    return plain(Deno.readTextFileSync(path)) === plain(text);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function plain(text: string): string {
  return text.replace(SIGNATURE, "").replaceAll(/\r?\n/g, "\n").trimEnd();
}

/** On Windows the folder loses what it inherited: SYSTEM and Administrators by their ids, which no language changes. */
function makeFolder(folder: string): void {
  try {
    if (Deno.statSync(folder).isDirectory) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (Deno.build.os !== "windows") return;
  const grants = ["*S-1-5-18:(OI)(CI)F", "*S-1-5-32-544:(OI)(CI)F"];
  const { success } = new Deno.Command("icacls.exe", {
    args: [folder, "/inheritance:r", "/grant:r", ...grants],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  if (success) return;
  Deno.removeSync(folder);
  throw new Error(
    `Cannot restrict ${folder} to administrators. Run hvpool as an administrator, or set hyperv.scripts: memory.`,
  );
}
