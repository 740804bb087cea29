/** What a guest with the loader is given: on the config drive, or in the inbox on its own disk. */
import { CONFIG_DRIVE_FILE } from "../ports/guest.ts";
import type { GuestFiles } from "./guest_surroundings.ts";

/** One small file of a config drive. */
export interface DriveFile {
  readonly name: string;
  readonly text: string;
}

/** What the guest script reads out of a configuration. */
export interface Introduction {
  readonly use: number;
  readonly jitConfig: string;
  readonly byeSeconds: number;
}

/** How long a guest waits for the host's `bye` where its configuration does not say. */
const BYE_SECONDS = 5;
const ROOT = "C:\\ProgramData\\hvpool";
/** Where the loader looks beside the drive. */
export const INBOX_FILE: string = `${ROOT}\\inbox\\${CONFIG_DRIVE_FILE}`;
const USED_FILE = `${ROOT}\\used.txt`;

/** Reads a configuration as the guest script does: anything malformed is as if it were not there. */
function readIntroduction(text: string | undefined): Introduction | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // one that cannot be read is none
  }
  const { protocol, use, jitConfig, byeSeconds = BYE_SECONDS } = (value ?? {}) as Record<string, unknown>;
  if (
    protocol !== 1 || typeof use !== "number" || !Number.isInteger(use) || typeof jitConfig !== "string" ||
    typeof byeSeconds !== "number"
  ) {
    return undefined;
  }
  return { use, jitConfig, byeSeconds };
}

/** The last use number that a disk remembers; 0 before the first. */
export function usedOn(files: GuestFiles): number {
  return Number(new TextDecoder().decode(files.read(USED_FILE))) || 0;
}

/** Whether there is anything to look at. */
export function mayBeIntroduced(drive: readonly DriveFile[] | undefined, files: GuestFiles): boolean {
  return drive !== undefined || files.read(INBOX_FILE) !== undefined;
}

/**
 * Takes the first configuration that is above all that this disk has had: of the drive, then of the inbox, where it
 * is deleted.
 */
export function takeIntroduction(
  drive: readonly DriveFile[] | undefined,
  files: GuestFiles,
): Introduction | undefined {
  const inbox = files.read(INBOX_FILE);
  const places = [
    { text: drive?.find(({ name }) => name === CONFIG_DRIVE_FILE)?.text, taken: () => {} },
    {
      text: inbox === undefined ? undefined : new TextDecoder().decode(inbox),
      taken: () => files.remove(INBOX_FILE),
    },
  ];
  const used = usedOn(files);
  for (const { text, taken } of places) {
    const found = readIntroduction(text);
    if (found === undefined || found.use <= used) continue;
    files.write(USED_FILE, String(found.use));
    taken();
    return found;
  }
  return undefined;
}
