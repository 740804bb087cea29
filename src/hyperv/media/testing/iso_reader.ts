/**
 * A second reader of ISO 9660 volumes, written from ECMA-119 and Joliet alone and sharing nothing with the
 * writer. It checks what a lenient system would not: both byte orders, both path tables, the order of records.
 */
import assert from "node:assert/strict";

const SECTOR = 2048;

/** One side of a volume: the primary one, or Joliet's. */
export interface ReadVolume {
  readonly label: string;
  readonly sectors: number;
  /** In the order of the folder's records; ISO 9660 names with their version. */
  readonly files: readonly {
    readonly name: string;
    readonly data: Uint8Array;
    readonly recordedAt: string;
  }[];
}

/** Both sides of a volume. */
export interface ReadIso {
  readonly primary: ReadVolume;
  readonly joliet: ReadVolume;
}

/** Reads a volume of one folder. Fails on anything that the standards do not allow. */
export function readIso(bytes: Uint8Array): ReadIso {
  assert.equal(bytes.length % SECTOR, 0, "a whole number of sectors");
  assert.ok(bytes.subarray(0, 16 * SECTOR).every((byte) => byte === 0), "an empty system area");
  const found = new Map<number, Uint8Array>();
  for (let sector = 16;; sector++) {
    const descriptor = sectorsAt(bytes, sector, SECTOR);
    assert.equal(ascii(descriptor.subarray(1, 6)), "CD001");
    assert.equal(descriptor[6], 1);
    const type = descriptor[0] ?? -1;
    if (type === 255) break;
    assert.ok(!found.has(type), `one descriptor of type ${type}`);
    found.set(type, descriptor);
  }
  const primary = found.get(1);
  const joliet = found.get(2);
  assert.ok(primary !== undefined && joliet !== undefined);
  assert.equal(ascii(joliet.subarray(88, 91)), "%/E");
  return { primary: readVolume(bytes, primary, ascii), joliet: readVolume(bytes, joliet, utf16) };
}

function readVolume(
  bytes: Uint8Array,
  descriptor: Uint8Array,
  text: (bytes: Uint8Array) => string,
): ReadVolume {
  const sectors = both32(descriptor, 80);
  assert.equal(sectors * SECTOR, bytes.length, "the volume's size is the file's");
  assert.deepEqual([both16(descriptor, 120), both16(descriptor, 124), both16(descriptor, 128)], [
    1,
    1,
    SECTOR,
  ]);
  assert.equal(descriptor[881], 1);
  const tableBytes = both32(descriptor, 132);
  const view = viewOf(descriptor);
  const little = sectorsAt(bytes, view.getUint32(140, true), tableBytes);
  const big = sectorsAt(bytes, view.getUint32(148, false), tableBytes);
  const root = readRecord(descriptor, 156);
  assert.equal(root.length, 34);
  assert.equal(tableBytes, 10, "a path table with the root alone");
  for (const [table, littleEndian] of [[little, true], [big, false]] as const) {
    const entry = viewOf(table);
    assert.deepEqual([table[0], table[1], table[8], table[9]], [1, 0, 0, 0]);
    assert.equal(entry.getUint32(2, littleEndian), root.sector);
    assert.equal(entry.getUint16(6, littleEndian), 1);
  }
  const folder = sectorsAt(bytes, root.sector, root.bytes);
  assert.equal(folder.length % SECTOR, 0);
  const records = [...recordsOf(folder)];
  for (const [i, name] of [[0, 0], [1, 1]] as const) {
    const own = records[i];
    assert.deepEqual([own?.sector, own?.bytes, own?.flags, own?.identifier[0]], [
      root.sector,
      root.bytes,
      2,
      name,
    ]);
  }
  const files = records.slice(2).map((record) => {
    assert.equal(record.flags, 0);
    return {
      name: text(record.identifier),
      data: sectorsAt(bytes, record.sector, record.bytes),
      recordedAt: record.recordedAt,
    };
  });
  return { label: text(descriptor.subarray(40, 72)).trimEnd(), sectors, files };
}

function* recordsOf(folder: Uint8Array): Generator<ReturnType<typeof readRecord>> {
  for (let at = 0; at < folder.length;) {
    if (folder[at] === 0) {
      const next = (Math.floor(at / SECTOR) + 1) * SECTOR;
      assert.ok(
        folder.subarray(at, next).every((byte) => byte === 0),
        "nothing after a sector's last record",
      );
      at = next;
      continue;
    }
    const record = readRecord(folder, at);
    assert.equal(Math.floor(at / SECTOR), Math.floor((at + record.length - 1) / SECTOR), "within one sector");
    yield record;
    at += record.length;
  }
}

function readRecord(bytes: Uint8Array, at: number) {
  const length = bytes[at] ?? 0;
  const record = bytes.subarray(at, at + length);
  assert.equal(length % 2, 0);
  assert.equal(record[1], 0);
  assert.equal(both16(record, 28), 1);
  const identifier = record.subarray(33, 33 + (record[32] ?? 0));
  assert.equal(length, 33 + identifier.length + (identifier.length % 2 === 0 ? 1 : 0));
  const [year = 0, ...rest] = record.subarray(18, 24);
  const parts = rest.map((part) => String(part).padStart(2, "0"));
  assert.equal(record[24], 0, "UTC");
  return {
    length,
    sector: both32(record, 2),
    bytes: both32(record, 10),
    flags: record[25],
    identifier,
    recordedAt: `${1900 + year}-${parts.slice(0, 2).join("-")}T${parts.slice(2).join(":")}Z`,
  };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function both16(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  assert.equal(view.getUint16(at, true), view.getUint16(at + 2, false), `both byte orders at ${at}`);
  return view.getUint16(at, true);
}

function both32(bytes: Uint8Array, at: number): number {
  const view = viewOf(bytes);
  assert.equal(view.getUint32(at, true), view.getUint32(at + 4, false), `both byte orders at ${at}`);
  return view.getUint32(at, true);
}

function sectorsAt(bytes: Uint8Array, sector: number, length: number): Uint8Array {
  const at = sector * SECTOR;
  assert.ok(at + length <= bytes.length, `sector ${sector} lies within the volume`);
  return bytes.subarray(at, at + length);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function utf16(bytes: Uint8Array): string {
  return new TextDecoder("utf-16be").decode(bytes);
}
