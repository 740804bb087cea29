/** Reads what is kept: of a hvpool that runs, and of one that does not. */
import { join } from "node:path";
import { type EvidenceRecord, folderOf, isEvidenceFolder, parseRecord, RECORD_FILE } from "./record.ts";

/** Folders that are being written, or that a crash left. */
export const TEMPORARY_PREFIX = ".new-";

/** Where a data directory has its evidence. */
export function evidenceDirectory(dataDir: string): string {
  return join(dataDir, "evidence");
}

/** Folders of items, and left-overs, by name; none when the directory is not there. */
export async function evidenceFolders(directory: string): Promise<{ items: string[]; temporary: string[] }> {
  const items: string[] = [];
  const temporary: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(directory)) {
      if (!isDirectory) continue;
      if (isEvidenceFolder(name)) items.push(name);
      else if (name.startsWith(TEMPORARY_PREFIX)) temporary.push(name);
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { items, temporary };
}

/** What is kept, newest first. What cannot be read is left out. */
export async function readEvidence(directory: string): Promise<EvidenceRecord[]> {
  const { items } = await evidenceFolders(directory);
  const records: EvidenceRecord[] = [];
  for (const name of items) {
    const record = await readRecord(join(directory, name));
    if (record !== undefined && folderOf(record.cycle) === name) records.push(record);
  }
  return records.sort((a, b) => b.at.localeCompare(a.at));
}

/** The record of one folder; `undefined` when it has none, or went away meanwhile. */
export async function readRecord(folder: string): Promise<EvidenceRecord | undefined> {
  const text = await bytesIfThere(join(folder, RECORD_FILE));
  return text === undefined ? undefined : parseRecord(new TextDecoder().decode(text));
}

/** One file of a cycle's evidence; `undefined` unless its record names it. */
export async function readEvidenceFile(
  directory: string,
  cycle: string,
  file: string,
): Promise<Uint8Array | undefined> {
  const name = folderOf(cycle);
  if (name === undefined) return undefined;
  const folder = join(directory, name);
  const record = await readRecord(folder);
  const known = record?.cycle === cycle ? record.files.find((one) => one.name === file) : undefined;
  return known === undefined ? undefined : await bytesIfThere(join(folder, known.name));
}

async function bytesIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
