/** `controller.json`: who this controller is. It outlives the journal, so that what it made stays known as its own. */
import { join } from "node:path";
import { z } from "zod";
import type { ControllerId } from "../model/ids.ts";
import { DataDirError } from "./datadir_error.ts";
import { readTextIfThere, replaceFile } from "./replace_file.ts";

/** How far the journal had got: what lies beside the file and has got less far is an older copy. */
const markSchema = z.looseObject({
  /** Counts the starts of the program, over all its journals. The journal has this run, or a later one. */
  run: z.int().positive(),
  /** It has this event of that run, and mostly later ones: the mark follows at intervals. */
  seq: z.int().positive(),
  /** The run ended in order, and this was its last event. */
  ended: z.boolean(),
});

/** How far the journal has got. */
export type JournalMark = Pick<z.infer<typeof markSchema>, "run" | "seq" | "ended">;

/** The file's content; keys of later versions are kept. */
const controllerSchema = z.looseObject({
  /** 32 lower-case hexadecimal digits. */
  id: z.string().regex(/^[0-9a-f]{32}$/, "32 lower-case hexadecimal digits"),
  /** Name of the host that it was made on. */
  machine: z.string().min(1),
  /** Where the directory lies; missing until a version that knows of it has run. */
  directory: z.string().min(1).optional(),
  /** Cycle numbers up to this one may have been given out. */
  issuedUpTo: z.int().nonnegative(),
  /** Missing until a version that knows of it has run. */
  journal: markSchema.optional(),
});

/** See {@linkcode controllerFile}. */
export type ControllerFile = z.infer<typeof controllerSchema>;

/** Where the file lies. */
export function controllerFile(dir: string): string {
  return join(dir, "controller.json");
}

/**
 * What the file says; `undefined` when there is none and none is missed.
 * @throws DataDirError `broken`, `lost_identity` or `other_host`.
 */
export function readController(dir: string, machine: string): ControllerFile | undefined {
  const path = controllerFile(dir);
  const text = readTextIfThere(path);
  if (text === undefined) {
    refuseOrphanedJournal(dir);
    return undefined;
  }
  const file = parse(path, text);
  // Windows does not tell names apart by case.
  if (file.machine.toLowerCase() !== machine.toLowerCase()) throw otherHost(dir, file.machine, machine);
  return file;
}

/** The id in a directory that may be anything, or nothing: it is only looked at. */
export function idIn(dir: string): string | undefined {
  try {
    return controllerSchema.safeParse(JSON.parse(readTextIfThere(controllerFile(dir)) ?? "null")).data?.id;
  } catch {
    return undefined; // whatever lies there, it is no controller's
  }
}

/** A new identity with nothing issued yet. */
export function newController(machine: string): ControllerFile {
  const id: string = crypto.getRandomValues(new Uint8Array(16)).toHex();
  return { id, machine, issuedUpTo: 0 };
}

/** Writes the file durably. */
export function writeController(dir: string, file: ControllerFile): void {
  replaceFile(controllerFile(dir), JSON.stringify(file, null, 2) + "\n");
}

/** The id as the rest of the program knows it. */
export function controllerId(file: ControllerFile): ControllerId {
  return file.id as ControllerId;
}

function parse(path: string, text: string): ControllerFile {
  let why: string;
  try {
    const parsed = controllerSchema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    why = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`).join(
      "; ",
    );
  } catch (error) {
    why = error instanceof Error ? error.message : String(error);
  }
  throw new DataDirError(
    "broken",
    `Cannot tell which controller this is: ${path} cannot be read (${why}).`,
    "Put back a backup of it: VMs and runners carry the id in it, and a new id would not know them as its own. " +
      "Only when nothing made by this hvpool is left on the host and at GitHub, delete the whole data directory.",
  );
}

function refuseOrphanedJournal(dir: string): void {
  let journal: string | undefined;
  try {
    for (const { name } of Deno.readDirSync(dir)) if (name.startsWith("journal.sqlite")) journal = name;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return; // a first start
    throw error;
  }
  if (journal === undefined) return;
  throw new DataDirError(
    "lost_identity",
    `Cannot tell which controller this is: ${
      controllerFile(dir)
    } is missing, although ${journal} lies beside it.`,
    "Put back a backup of controller.json: VMs and runners carry the id in it, and a new id would not know them " +
      "as its own. Only when nothing made by this hvpool is left, delete the whole data directory.",
  );
}

function otherHost(dir: string, made: string, here: string): DataDirError {
  return new DataDirError(
    "other_host",
    `Cannot use the data directory ${dir}: it was made on the host "${made}", and this is "${here}". ` +
      "Two hosts with one controller id would take each other's machines for their own.",
    `If it is a copy, delete it here; the next start makes a new one. If the host was renamed, set "machine" to ` +
      `"${here}" in ${controllerFile(dir)}.`,
  );
}
