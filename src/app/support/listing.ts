/** What lies in a data directory, without looking into it. */
import { join } from "node:path";
import { jsonText, missingPart, type Part, reasonOf, textPart } from "./part.ts";

const NAME = "data-directory.json";
const MAX_ENTRIES = 5_000;

interface Entry {
  /** With slashes, below the data directory. */
  readonly path: string;
  readonly bytes: number;
  /** Last change: ISO 8601 in UTC; `null` where it is not known. */
  readonly at: string | null;
}

/** Lists its files with lengths and times. Links are not followed. */
export async function listingPart(dataDir: string): Promise<Part> {
  const entries: Entry[] = [];
  let whole = true;
  async function walk(below: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(join(dataDir, below))) {
      if (entries.length >= MAX_ENTRIES) {
        whole = false;
        return;
      }
      const path = below === "" ? name : `${below}/${name}`;
      try {
        if (isDirectory) await walk(path);
        else {
          const { size, mtime } = await Deno.lstat(join(dataDir, path));
          entries.push({ path, bytes: size, at: mtime?.toISOString() ?? null });
        }
      } catch (error) {
        // A running hvpool removes files all the time.
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }
  try {
    await walk("");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return missingPart(NAME, `there is no ${dataDir}`);
    return missingPart(NAME, reasonOf(error));
  }
  entries.sort((a, b) => a.path.localeCompare(b.path));
  const part = textPart(NAME, jsonText({ dataDir, entries }));
  return whole ? part : { ...part, missing: [{ name: NAME, why: `more than ${MAX_ENTRIES} files` }] };
}
