/**
 * Writes an ISO 9660 volume with Joliet names: the config drive. One folder of small files, the same bytes for
 * the same input. By ECMA-119 (ISO 9660) and Microsoft's Joliet specification; the numbers in parentheses are
 * ECMA-119's.
 */
import {
  ASCII_TEXT,
  asciiBytes,
  both16,
  both32,
  JOLIET_TEXT,
  NO_VOLUME_TIME,
  recordTime,
  SECTOR_BYTES,
  sectorsOf,
  textField,
  type TextForm,
  utf16BigEndian,
  volumeTime,
} from "./iso_fields.ts";
import { compareShort, compareUnits, nameFault, shortNames } from "./iso_names.ts";

/** One file of a volume. */
export interface IsoFile {
  /** At most 64 UTF-16 units. */
  readonly name: string;
  readonly data: Uint8Array;
}

/** What a volume is made of. */
export interface IsoOptions {
  /** Label: at most 16 of `A`–`Z`, `0`–`9` and `_`. */
  readonly label: string;
  /** Time that all files and the volume bear, in milliseconds since 1970. */
  readonly createdAt: number;
  readonly files: readonly IsoFile[];
}

/** Something that cannot be put on a volume. */
export class IsoError extends Error {
  override readonly name = "IsoError";
}

/** Larger than any config drive, and far below what 32-bit numbers count. */
export const MAX_ISO_BYTES = 64 * 1024 * 1024;

/** The system area that every volume begins with (6.2.1). */
const SYSTEM_SECTORS = 16;
/** Systems read ahead of what they need; other writers leave as much. */
const PADDING_SECTORS = 150;

/** Where things lie, in sectors. */
const PRIMARY = SYSTEM_SECTORS;
const JOLIET = PRIMARY + 1;
const TERMINATOR = JOLIET + 1;
const PRIMARY_TABLES = TERMINATOR + 1;
const JOLIET_TABLES = PRIMARY_TABLES + 2;
const FIRST_FOLDER = JOLIET_TABLES + 2;

/** Size of a path table with the root alone (9.4). */
const PATH_TABLE_BYTES = 10;
const ROOT_RECORD_BYTES = 34;
const IS_FOLDER = 2;
const THIS_FOLDER = Uint8Array.of(0);
const PARENT_FOLDER = Uint8Array.of(1);

interface Extent {
  readonly sector: number;
  readonly bytes: number;
}

interface Entry extends Extent {
  readonly identifier: Uint8Array;
}

/**
 * The bytes of a volume.
 * @throws IsoError when a name cannot be written, two names differ by case alone, or it is too large
 */
export function writeIso({ label, createdAt, files }: IsoOptions): Uint8Array<ArrayBuffer> {
  if (!/^[A-Z0-9_]{1,16}$/.test(label)) {
    throw new IsoError(`"${label}" cannot be a volume's label: at most 16 of A-Z, 0-9 and _.`);
  }
  checkFiles(files);
  const short = shortNames(files.map((file) => file.name));
  // What lies where follows from sizes alone, so these come first.
  const folderSectors = (identifiers: readonly Uint8Array[]): number =>
    layRecords(identifiers.map((one) => recordBytes(one.length))).sectors;
  const primaryNames = short.map(asciiBytes);
  const jolietNames = files.map((file) => utf16BigEndian(file.name));
  const primaryFolder = folderExtent(FIRST_FOLDER, folderSectors(primaryNames));
  const jolietFolder = folderExtent(
    FIRST_FOLDER + sectorsOf(primaryFolder.bytes),
    folderSectors(jolietNames),
  );

  let next = jolietFolder.sector + sectorsOf(jolietFolder.bytes);
  const extents = files.map(({ data }) => {
    const extent = { sector: next, bytes: data.length };
    next += sectorsOf(data.length);
    return extent;
  });
  const totalSectors = next + PADDING_SECTORS;
  if (totalSectors * SECTOR_BYTES > MAX_ISO_BYTES) {
    throw new IsoError(`The files of "${label}" take more than ${MAX_ISO_BYTES / 1024 / 1024} MB.`);
  }

  const volume = new Uint8Array(totalSectors * SECTOR_BYTES);
  const put = (sector: number, bytes: Uint8Array): void => volume.set(bytes, sector * SECTOR_BYTES);
  const inOrder = (
    names: readonly string[],
    identifiers: readonly Uint8Array[],
    compare: (a: string, b: string) => number,
  ): Entry[] =>
    extents
      .map((extent, i) => ({ ...extent, name: names[i] ?? "", identifier: identifiers[i] ?? THIS_FOLDER }))
      .toSorted((a, b) => compare(a.name, b.name));

  const about = { label, createdAt, totalSectors };
  put(PRIMARY, descriptor({ ...about, joliet: false, tables: PRIMARY_TABLES, root: primaryFolder }));
  put(JOLIET, descriptor({ ...about, joliet: true, tables: JOLIET_TABLES, root: jolietFolder }));
  put(TERMINATOR, Uint8Array.of(255, ...asciiBytes("CD001"), 1));
  for (const [tables, root] of [[PRIMARY_TABLES, primaryFolder], [JOLIET_TABLES, jolietFolder]] as const) {
    put(tables, pathTable(root, true));
    put(tables + 1, pathTable(root, false));
  }
  put(primaryFolder.sector, folder(primaryFolder, inOrder(short, primaryNames, compareShort), createdAt));
  const names = files.map((file) => file.name);
  put(jolietFolder.sector, folder(jolietFolder, inOrder(names, jolietNames, compareUnits), createdAt));
  files.forEach(({ data }, i) => put(extents[i]?.sector ?? 0, data));
  return volume;
}

function checkFiles(files: readonly IsoFile[]): void {
  const seen = new Map<string, string>();
  for (const { name } of files) {
    const fault = nameFault(name);
    if (fault !== undefined) {
      throw new IsoError(`${JSON.stringify(name)} cannot be put on a volume: ${fault}.`);
    }
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      throw new IsoError(`${JSON.stringify(twin)} and ${JSON.stringify(name)} are one name on Windows.`);
    }
    seen.set(name.toLowerCase(), name);
  }
}

function folderExtent(sector: number, sectors: number): Extent {
  return { sector, bytes: sectors * SECTOR_BYTES };
}

/** Length of a directory record: an odd one is filled up (9.1). */
function recordBytes(identifierBytes: number): number {
  return 33 + identifierBytes + (identifierBytes % 2 === 0 ? 1 : 0);
}

/** Where each record begins after the folder's own two; none crosses the end of a sector (6.8.1.1). */
function layRecords(lengths: readonly number[]): { starts: number[]; sectors: number } {
  let at = 2 * ROOT_RECORD_BYTES;
  const starts = lengths.map((length) => {
    const left = SECTOR_BYTES - at % SECTOR_BYTES;
    if (length > left) at += left;
    const start = at;
    at += length;
    return start;
  });
  return { starts, sectors: sectorsOf(at) };
}

function folder(root: Extent, entries: readonly Entry[], createdAt: number): Uint8Array {
  const bytes = new Uint8Array(root.bytes);
  bytes.set(record({ ...root, identifier: THIS_FOLDER }, createdAt, IS_FOLDER), 0);
  bytes.set(record({ ...root, identifier: PARENT_FOLDER }, createdAt, IS_FOLDER), ROOT_RECORD_BYTES);
  const { starts } = layRecords(entries.map(({ identifier }) => recordBytes(identifier.length)));
  entries.forEach((entry, i) => bytes.set(record(entry, createdAt, 0), starts[i] ?? 0));
  return bytes;
}

/** A directory record (9.1). */
function record(
  { sector, bytes: dataBytes, identifier }: Entry,
  createdAt: number,
  flags: number,
): Uint8Array {
  const bytes = new Uint8Array(recordBytes(identifier.length));
  const view = new DataView(bytes.buffer);
  bytes[0] = bytes.length;
  both32(view, 2, sector);
  both32(view, 10, dataBytes);
  bytes.set(recordTime(createdAt), 18);
  bytes[25] = flags;
  both16(view, 28, 1);
  bytes[32] = identifier.length;
  bytes.set(identifier, 33);
  return bytes;
}

/** A path table with one entry, the root (9.4), in one byte order. */
function pathTable(root: Extent, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(PATH_TABLE_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = 1;
  view.setUint32(2, root.sector, littleEndian);
  view.setUint16(6, 1, littleEndian);
  return bytes;
}

interface Volume {
  readonly label: string;
  readonly createdAt: number;
  readonly totalSectors: number;
  readonly joliet: boolean;
  /** Sector of the path table with the little end first; the other one follows. */
  readonly tables: number;
  readonly root: Extent;
}

/** A primary volume descriptor (8.4), or Joliet's supplementary one (8.5). */
function descriptor({ label, createdAt, totalSectors, joliet, tables, root }: Volume): Uint8Array {
  const bytes = new Uint8Array(SECTOR_BYTES);
  const view = new DataView(bytes.buffer);
  const form: TextForm = joliet ? JOLIET_TEXT : ASCII_TEXT;
  bytes[0] = joliet ? 2 : 1;
  bytes.set(asciiBytes("CD001"), 1);
  bytes[6] = 1;
  textField(bytes, 8, 32, "", form);
  textField(bytes, 40, 32, label, form);
  both32(view, 80, totalSectors);
  // UCS-2 level 3, by its escape sequence.
  if (joliet) bytes.set(asciiBytes("%/E"), 88);
  both16(view, 120, 1);
  both16(view, 124, 1);
  both16(view, 128, SECTOR_BYTES);
  both32(view, 132, PATH_TABLE_BYTES);
  view.setUint32(140, tables, true);
  view.setUint32(148, tables + 1, false);
  bytes.set(record({ ...root, identifier: THIS_FOLDER }, createdAt, IS_FOLDER), 156);
  for (const at of [190, 318, 446, 574]) textField(bytes, at, 128, "", form);
  for (const at of [702, 739, 776]) textField(bytes, at, 37, "", form);
  const time = volumeTime(createdAt);
  bytes.set(time, 813);
  bytes.set(time, 830);
  bytes.set(NO_VOLUME_TIME, 847);
  bytes.set(NO_VOLUME_TIME, 864);
  bytes[881] = 1;
  return bytes;
}
