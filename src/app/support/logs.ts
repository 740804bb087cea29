/** The newest logs, as far as they fit. */
import { join } from "node:path";
import { missingPart, type Part, type PartFile, reasonOf } from "./part.ts";

/** All log files of a bundle together. */
export const MAX_LOG_BYTES = 10 * 1_048_576;

const LOG_NAME = /^(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.log$/;

/** Reads them, newest first; `clean` takes out secrets, before anything is cut. */
export async function logParts(
  directory: string,
  clean: (text: string) => string,
  maxBytes: number = MAX_LOG_BYTES,
): Promise<Part> {
  let names: string[];
  try {
    names = await logNames(directory);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) return missingPart("logs/", reasonOf(error));
    return missingPart("logs/", `there is no ${directory}`);
  }
  if (names.length === 0) return missingPart("logs/", `there is no log in ${directory}`);
  const files: PartFile[] = [];
  const missing: Part["missing"][number][] = [];
  let left = maxBytes;
  for (const [i, name] of names.entries()) {
    if (left <= 0) {
      const rest = names.slice(i).join(", ");
      missing.push({ name: "logs/", why: `only the newest ${maxBytes} bytes are in it; not ${rest}` });
      break;
    }
    try {
      const { text, bytes, cut } = newestLines(clean(await Deno.readTextFile(join(directory, name))), left);
      left = cut ? 0 : left - bytes;
      files.push({ name: `logs/${name}`, text });
      if (cut) missing.push({ name: `logs/${name}`, why: "only its end is in it" });
    } catch (error) {
      missing.push({ name: `logs/${name}`, why: reasonOf(error) });
    }
  }
  return { files, missing };
}

async function logNames(directory: string): Promise<string[]> {
  const found: { name: string; day: string; part: number }[] = [];
  for await (const { name, isFile } of Deno.readDir(directory)) {
    const [, day, part = "1"] = isFile ? LOG_NAME.exec(name) ?? [] : [];
    if (day !== undefined) found.push({ name, day, part: Number(part) });
  }
  return found.sort((a, b) => b.day.localeCompare(a.day) || b.part - a.part).map(({ name }) => name);
}

/** The end of a text, from the beginning of a line on. */
function newestLines(text: string, maxBytes: number): { text: string; bytes: number; cut: boolean } {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return { text, bytes: bytes.length, cut: false };
  const end = bytes.subarray(bytes.length - maxBytes);
  const from = end.indexOf(10) + 1;
  return { text: new TextDecoder().decode(end.subarray(from)), bytes: maxBytes, cut: true };
}
