/**
 * Which disks a migration was about to delete, in the data directory while it is under way: once their VM is gone,
 * nothing else tells of those that are not called as it was.
 */
import { join } from "node:path";
import { z } from "zod";
import { readTextIfThere, removeIfThere, replaceFile } from "../../journal/replace_file.ts";

const recordSchema = z.looseObject({ disks: z.array(z.string().min(3)) });

function recordFile(dataDir: string): string {
  return join(dataDir, "migration.json");
}

/** Disks of a migration that did not come to its end; none when there is no such. */
export function readRecord(dataDir: string): readonly string[] {
  const text = readTextIfThere(recordFile(dataDir));
  if (text === undefined) return [];
  try {
    return recordSchema.parse(JSON.parse(text)).disks;
  } catch {
    return []; // what is in it is only a help to find more
  }
}

/** Writes it down for good. */
export function writeRecord(dataDir: string, disks: readonly string[]): void {
  replaceFile(recordFile(dataDir), `${JSON.stringify({ disks }, null, 2)}\n`);
}

/** The migration came to its end. */
export function removeRecord(dataDir: string): void {
  removeIfThere(recordFile(dataDir));
}
