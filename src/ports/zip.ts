/** Makes zip archives. Source: PKWARE's APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16. */
import { crc32, deflateRawSync } from "node:zlib";

/** One file of an archive. */
export interface ZipEntry {
  /** With slashes between folders. */
  readonly name: string;
  readonly content: string | Uint8Array;
}

const UTF8_NAMES = 0x0800;
const VERSION = 20;
/** 1 January 1980, midnight: the same files make the same bytes. */
const DATE = 0x0021;
const STORED = 0;
const DEFLATED = 8;
/** Above either of these another format (zip64) is needed. */
const MAX_BYTES = 0xffff_ffff;
const MAX_ENTRIES = 0xffff;

/** How an archive is made. */
export interface ZipOptions {
  /**
   * Makes it small, where a file can be.
   * @default false
   */
  readonly compress?: boolean;
}

/**
 * The archive, with its entries in their order.
 * @throws RangeError for more than 65,535 entries, or 4 GiB
 */
export function zipOf(entries: readonly ZipEntry[], options: ZipOptions = {}): Uint8Array<ArrayBuffer> {
  if (entries.length > MAX_ENTRIES) {
    throw new RangeError(`A zip holds at most ${MAX_ENTRIES} files, not ${entries.length}.`);
  }
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const nameBytes = new TextEncoder().encode(name);
    const plain = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const { method, data } = packed(plain, options.compress ?? false);
    const common = [
      [2, VERSION],
      [2, UTF8_NAMES],
      [2, method],
      [2, 0],
      [2, DATE],
      [4, crc32(plain)],
      [4, data.length],
      [4, plain.length],
      [2, nameBytes.length],
      [2, 0],
    ] as const;
    const local = [fields([4, 0x04034b50], ...common), nameBytes, data];
    directory.push(
      fields([4, 0x02014b50], [2, VERSION], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]),
      nameBytes,
    );
    parts.push(...local);
    offset += lengthOf(local);
  }
  const count = entries.length;
  const directoryBytes = lengthOf(directory);
  if (offset + directoryBytes > MAX_BYTES) throw new RangeError("A zip holds at most 4 GiB.");
  const counts = [[2, 0], [2, 0], [2, count], [2, count]] as const;
  const end = fields([4, 0x06054b50], ...counts, [4, directoryBytes], [4, offset], [2, 0]);
  return joined([...parts, ...directory, end]);
}

/** Deflated where that is wanted and makes it smaller. */
function packed(plain: Uint8Array, compress: boolean): { method: number; data: Uint8Array } {
  if (compress) {
    const small = deflateRawSync(plain);
    if (small.length < plain.length) return { method: DEFLATED, data: small };
  }
  return { method: STORED, data: plain };
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(lengthOf(parts));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Numbers of 2 or 4 bytes, little end first. */
function fields(...values: readonly (readonly [2 | 4, number])[]): Uint8Array {
  const bytes = new Uint8Array(values.reduce((sum, [size]) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [size, value] of values) {
    if (size === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += size;
  }
  return bytes;
}
