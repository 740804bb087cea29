/** How numbers, texts and times are written on an ISO 9660 volume (ECMA-119, 7.2 to 8.4; Joliet for UCS-2 texts). */

/** Bytes of a sector, and of a logical block. */
export const SECTOR_BYTES = 2048;

/** Whole sectors that so many bytes take. */
export function sectorsOf(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES);
}

/** Writes a 16-bit number in both byte orders, little end first: 4 bytes (7.2.3). */
export function both16(view: DataView, at: number, value: number): void {
  view.setUint16(at, value, true);
  view.setUint16(at + 2, value, false);
}

/** Writes a 32-bit number in both byte orders, little end first: 8 bytes (7.3.3). */
export function both32(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, value, false);
}

/** Text as one byte a character; the text must be ASCII. */
export function asciiBytes(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Text as UTF-16, big end first: what Joliet calls UCS-2. */
export function utf16BigEndian(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), false);
  return bytes;
}

/** How texts of one volume descriptor are written and filled up. */
export interface TextForm {
  readonly encode: (text: string) => Uint8Array;
  readonly blank: Uint8Array;
}

/** The primary volume's texts. */
export const ASCII_TEXT: TextForm = { encode: asciiBytes, blank: Uint8Array.of(0x20) };
/** The Joliet volume's texts. */
export const JOLIET_TEXT: TextForm = { encode: utf16BigEndian, blank: Uint8Array.of(0, 0x20) };

/** Writes a text and fills the rest of its field with blanks. An odd byte left over in a Joliet field stays 0. */
export function textField(bytes: Uint8Array, at: number, length: number, text: string, form: TextForm): void {
  const encoded = form.encode(text);
  if (encoded.length > length) throw new RangeError(`"${text}" does not fit into ${length} bytes`);
  bytes.set(encoded, at);
  const { blank } = form;
  for (let i = encoded.length; i + blank.length <= length; i += blank.length) bytes.set(blank, at + i);
}

/** A time in a directory record: 7 bytes, UTC (9.1.5). */
export function recordTime(atMs: number): Uint8Array {
  const at = new Date(atMs);
  return Uint8Array.of(
    at.getUTCFullYear() - 1900,
    at.getUTCMonth() + 1,
    at.getUTCDate(),
    at.getUTCHours(),
    at.getUTCMinutes(),
    at.getUTCSeconds(),
    0,
  );
}

/** A time in a volume descriptor: 16 digits and the offset from UTC (8.4.26.1). */
export function volumeTime(atMs: number): Uint8Array {
  const digits = new Date(atMs).toISOString().replaceAll(/\D/g, "").slice(0, 16);
  return Uint8Array.of(...asciiBytes(digits), 0);
}

/** A time in a volume descriptor that is not given. */
export const NO_VOLUME_TIME: Uint8Array = Uint8Array.of(...asciiBytes("0".repeat(16)), 0);
