import assert from "node:assert/strict";
import { crc32, inflateSync } from "node:zlib";
import { encodePng } from "./png.ts";

/** The chunks of a file, each with its checksum checked. */
function chunks(file: Uint8Array): Map<string, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset);
  const found = new Map<string, Uint8Array>();
  for (let at = 8; at < file.length;) {
    const length = view.getUint32(at);
    const type = new TextDecoder().decode(file.subarray(at + 4, at + 8));
    found.set(type, file.subarray(at + 8, at + 8 + length));
    assert.equal(view.getUint32(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)), type);
    at += 12 + length;
  }
  return found;
}

Deno.test("encodePng() makes a file whose pixels are those of the picture", () => {
  // White, black, red, green, blue, and a grey, in a picture of 3 by 2.
  const values = [0xffff, 0x0000, 0xf800, 0x07e0, 0x001f, 0x8410];
  const rgb565 = Uint8Array.from(values.flatMap((value) => [value & 0xff, value >> 8]));
  const parts = chunks(encodePng({ width: 3, height: 2, rgb565 }));
  assert.deepEqual([...parts.keys()], ["IHDR", "IDAT", "IEND"]);
  const header = parts.get("IHDR") ?? new Uint8Array();
  assert.deepEqual([...header], [0, 0, 0, 3, 0, 0, 0, 2, 8, 2, 0, 0, 0]);
  assert.deepEqual([...inflateSync(parts.get("IDAT") ?? new Uint8Array())], [
    ...[0, 255, 255, 255, 0, 0, 0, 255, 0, 0],
    ...[0, 0, 255, 0, 0, 0, 255, 132, 130, 132],
  ]);
});
