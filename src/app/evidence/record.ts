/** What lies in the folder of one item of evidence, and the folder's name. */
import { z } from "zod";
import { parseCycleId } from "../../model/ids.ts";

/** The file that says what the others are; an item without it is none. */
export const RECORD_FILE = "evidence.json";

/** Files that an item can have beside {@linkcode RECORD_FILE}. */
export const EVIDENCE_FILES = ["events.jsonl", "screen.png", "diag.zip"] as const;

const file = z.object({ name: z.enum(EVIDENCE_FILES), bytes: z.int().min(0) });

/** `evidence.json`. */
export const recordSchema = z.object({
  cycle: z.string().refine((cycle) => folderOf(cycle) !== undefined),
  vm: z.string(),
  cause: z.string(),
  message: z.string(),
  at: z.iso.datetime(),
  files: z.array(file),
  /** What was too large, for people. */
  omitted: z.array(z.string()),
});

/** One item of evidence, as its `evidence.json` has it. */
export type EvidenceRecord = z.infer<typeof recordSchema>;

/**
 * Name of a cycle's folder: `linux-1.7` of `linux/1.7`, `linux-1.7~2` of a record that was found. `undefined` when
 * the text is no cycle: no other text may become a path.
 */
export function folderOf(cycle: string): string | undefined {
  const [, id = "", found = ""] = /^([^~]*)(~[1-9]\d{0,14})?$/.exec(cycle) ?? [];
  return parseCycleId(id) === undefined ? undefined : `${id.replace("/", "-")}${found}`;
}

/** Whether a folder's name is one that {@linkcode folderOf} makes. */
export function isEvidenceFolder(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}-[1-9]\d{0,5}\.[1-9]\d{0,14}(~[1-9]\d{0,14})?$/.test(name);
}

/** Reads an `evidence.json`; `undefined` when it is none of ours. */
export function parseRecord(text: string): EvidenceRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // no JSON: cut off, or written by somebody else
  }
}
