/** Evidence of machines that failed: what is said of it, and screens where they are asked for. */
import { evidenceDirectory, readEvidence, readEvidenceFile } from "../evidence/folder.ts";
import { folderOf } from "../evidence/record.ts";
import { jsonText, type Missing, missingPart, type Part, type PartFile, reasonOf } from "./part.ts";

/** Of all pictures together, the newest first. */
const MAX_SCREEN_BYTES = 64 * 1_048_576;

/** Reads it, newest first. */
export async function evidenceParts(dataDir: string, { screens }: { screens: boolean }): Promise<Part> {
  const directory = evidenceDirectory(dataDir);
  try {
    const files: PartFile[] = [];
    const missing: Missing[] = [];
    let left = MAX_SCREEN_BYTES;
    let skipped = 0;
    for (const item of await readEvidence(directory)) {
      const below = `evidence/${folderOf(item.cycle)}`;
      files.push({ name: `${below}/evidence.json`, text: jsonText(item) });
      const screen = item.files.find(({ name }) => name === "screen.png");
      if (screen === undefined) continue;
      if (!screens || screen.bytes > left) {
        skipped++;
        continue;
      }
      const bytes = await readEvidenceFile(directory, item.cycle, screen.name);
      if (bytes === undefined) missing.push({ name: `${below}/${screen.name}`, why: "it is gone" });
      else {
        left -= bytes.length;
        files.push({ name: `${below}/${screen.name}`, bytes });
      }
    }
    if (skipped > 0) {
      const why = screens ? "the newest alone fit" : "not asked for, see --screens";
      missing.push({ name: "evidence/", why: `${skipped} pictures of screens: ${why}` });
    }
    return files.length === 0 ? missingPart("evidence/", "none is kept") : { files, missing };
  } catch (error) {
    return missingPart("evidence/", reasonOf(error));
  }
}
