/** Reads a zip back by its central directory, and believes nothing that it does not check. */
import assert from "node:assert/strict";
import { crc32, inflateRawSync } from "node:zlib";

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const LOCAL = 0x04034b50;
/** Length of the end record without a comment. */
const END_BYTES = 22;

/** Names to contents, in the order of the directory. */
export function unzip(bytes: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - END_BYTES;
  assert.equal(view.getUint32(end, true), END);
  const files = new Map<string, Uint8Array>();
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left--) {
    assert.equal(view.getUint32(at, true), ENTRY);
    const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
    const [packed, plain] = [view.getUint32(at + 20, true), view.getUint32(at + 24, true)];
    const [nameLength, local] = [view.getUint16(at + 28, true), view.getUint32(at + 42, true)];
    const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
    assert.equal(view.getUint32(local, true), LOCAL);
    // From the version to the length of the name, both headers say the same.
    assert.deepEqual(bytes.slice(local + 4, local + 28), bytes.slice(at + 6, at + 30));
    const begin = local + 30 + nameLength + view.getUint16(local + 28, true);
    const data = bytes.subarray(begin, begin + packed);
    const content = method === 8 ? new Uint8Array(inflateRawSync(data)) : data.slice();
    assert.equal(content.length, plain);
    assert.equal(crc32(content), crc);
    assert.ok(!files.has(name), `${name} is in it twice`);
    files.set(name, content);
    at += 46 + nameLength;
  }
  assert.equal(at, end);
  return files;
}

/** One file of a zip as text. */
export function textIn(files: ReadonlyMap<string, Uint8Array>, name: string): string {
  const content = files.get(name);
  assert.ok(content, `there is no ${name}, but ${[...files.keys()].join(", ")}`);
  return new TextDecoder().decode(content);
}
