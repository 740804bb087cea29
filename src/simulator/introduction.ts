/** What a guest is given: the config drive, or a file on its own disk. */
import { CONFIG_DRIVE_FILE } from "../ports/guest.ts";

/** One small file of a config drive. */
export interface DriveFile {
  readonly name: string;
  readonly text: string;
}

/** Reads the config drive as the guest script does: anything malformed is as if it were not there. */
export function readIntroduction(
  files: readonly DriveFile[] | undefined,
): { use: number; jitConfig: string } | undefined {
  const text = files?.find((file) => file.name === CONFIG_DRIVE_FILE)?.text;
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // a drive that cannot be read is none
  }
  const { protocol, use, jitConfig } = (value ?? {}) as {
    protocol?: unknown;
    use?: unknown;
    jitConfig?: unknown;
  };
  if (protocol !== 1 || typeof use !== "number" || !Number.isInteger(use) || typeof jitConfig !== "string") {
    return undefined;
  }
  return { use, jitConfig };
}

/** A config file that was put onto the disk itself, as the guest script finds it. */
export function introductionOn(bytes: Uint8Array | undefined): DriveFile[] | undefined {
  return bytes === undefined
    ? undefined
    : [{ name: CONFIG_DRIVE_FILE, text: new TextDecoder().decode(bytes) }];
}
