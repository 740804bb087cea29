/**
 * `media.put` and `media.take` on a Hyper-V host: the adapter writes the config drive itself and has workers set
 * it into the drive (`dvd.set`) or empty the drive (`dvd.eject`). Both may be repeated after an unknown answer.
 *
 * Each put writes a file of its own: one that lies in a drive is locked. What an earlier put or a crash left is
 * deleted by the next put or take.
 */
import { win32 } from "node:path";
import type { Answer, Lost } from "../../ports/engine.ts";
import type { ErrorRecord, HostArgs } from "../../ports/host.ts";
import { fileErrorRecord, FileRequestError } from "../file_errors.ts";
import { IsoError, writeIso } from "./iso.ts";
import type { MediaFiles } from "./media_files.ts";

/** Label of the config drive's volume. */
export const CONFIG_DRIVE_LABEL = "HVPOOL";

const NAME = /^config-\d+-[0-9a-f]{8}\.iso$/;
/** A drive lets go of its file a moment after it was emptied. */
const TRIES = 10;
const TRY_AFTER_MS = 200;

/** Makes one call through a worker; answers as the worker does. */
export type SendDvd = (
  ...call:
    | ["dvd.set", HostArgs<"dvd.set">]
    | ["dvd.eject", HostArgs<"dvd.eject">]
) => Promise<Answer | Lost>;

/** What the composed calls reach. */
export interface MediaOptions {
  readonly send: SendDvd;
  readonly files: MediaFiles;
  /** Milliseconds since 1970. @default `Date.now` */
  readonly now?: () => number;
  /** Waits so many milliseconds. @default a timer */
  readonly sleep?: (ms: number) => Promise<void>;
}

/** Writes the config drive into the cycle's directory and sets it into the VM's DVD drive. */
export async function putMedia(args: HostArgs<"media.put">, options: MediaOptions): Promise<Answer | Lost> {
  const { files, send, now = Date.now } = options;
  const startedAt = performance.now();
  const path = win32.join(args.directory, `config-${args.use}-${crypto.randomUUID().slice(0, 8)}.iso`);
  const encoder = new TextEncoder();
  try {
    const drive = writeIso({
      label: CONFIG_DRIVE_LABEL,
      createdAt: now(),
      files: args.files.map(({ name, text }) => ({ name, data: encoder.encode(text) })),
    });
    await files.write(path, drive);
  } catch (error) {
    return failed(fileError(error, "media.put", path), startedAt);
  }
  const set = await send("dvd.set", { vmId: args.vmId, path });
  // A lost call may still have set it: then the next put or the take deletes it.
  if ("lost" in set) return set;
  if (!set.ok) {
    await files.remove(path);
    return set;
  }
  await removeDrives(args.directory, files, path);
  return { ok: true, value: { path }, ms: elapsed(startedAt) };
}

/** Ejects the config drive and deletes its file. Nothing to take is no error. */
export async function takeMedia(args: HostArgs<"media.take">, options: MediaOptions): Promise<Answer | Lost> {
  const { files, send, sleep = pause } = options;
  const startedAt = performance.now();
  const ejected = await send("dvd.eject", { vmId: args.vmId });
  if ("lost" in ejected || !ejected.ok) return ejected;
  for (let tried = 1;; tried++) {
    const locked = await removeDrives(args.directory, files);
    if (locked === undefined) return { ok: true, value: {}, ms: elapsed(startedAt) };
    if (tried === TRIES) return failed(fileError(locked.error, "media.take", locked.path), startedAt);
    await sleep(TRY_AFTER_MS);
  }
}

/** Deletes config drives but `except`; answers the first that could not be deleted. */
async function removeDrives(
  directory: string,
  files: MediaFiles,
  except?: string,
): Promise<{ path: string; error: unknown } | undefined> {
  let left: { path: string; error: unknown } | undefined;
  let names: string[];
  try {
    names = await files.list(directory);
  } catch (error) {
    return { path: directory, error };
  }
  for (const name of names) {
    const path = win32.join(directory, name);
    if (!NAME.test(name) || path === except) continue;
    const error = await files.remove(path);
    if (error !== undefined) left ??= { path, error };
  }
  return left;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function elapsed(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

function failed(error: ErrorRecord, startedAt: number): Answer {
  return { ok: false, error, ms: elapsed(startedAt) };
}

/** A config drive that cannot be written as an ISO file was asked for wrongly. */
function fileError(error: unknown, command: string, target: string): ErrorRecord {
  return fileErrorRecord(
    error instanceof IsoError ? new FileRequestError(error.message) : error,
    command,
    target,
  );
}
