/** SHA-256 of files, and what people write it into. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Stats } from "node:fs";

/** Of a file: 64 hexadecimal digits. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path, { highWaterMark: 1_048_576 })) {
    hash.update(part as Uint8Array);
  }
  return hash.digest("hex");
}

/** The one checksum of a text: of `sha256sum`, `certutil` or `Get-FileHash`. */
export function sha256In(text: string | undefined): string | undefined {
  return /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/i.exec(text ?? "")?.[0].toLowerCase();
}

/** Checksums by the names of their files in lower case, from lines such as `sha256sum` writes. */
export function sha256Sums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, sum, name] = /^\\?([0-9a-f]{64})\s+\*?(?:\.[\\/])?(\S+)\s*$/i.exec(line) ?? [];
    if (sum !== undefined && name !== undefined) sums.set(name.toLowerCase(), sum.toLowerCase());
  }
  return sums;
}

/** A small text, also as Windows PowerShell writes it with `>`; `undefined`: no file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    const bytes = await readFile(path);
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    return new TextDecoder(encoding).decode(bytes);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** A file's size and times; `undefined`: no file. */
export async function statIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Whether an error says that there is no such file. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
