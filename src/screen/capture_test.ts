import assert from "node:assert/strict";
import { deflateRawSync } from "node:zlib";
import { type Capture, CaptureError, readCapture } from "./capture.ts";

const PIXELS = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);

function capture(bytes: Uint8Array, size = { width: 3, height: 2 }): Capture {
  const data = new Uint8Array(deflateRawSync(bytes)).toBase64();
  return { ...size, format: "rgb565", encoding: "deflate+base64", data };
}

Deno.test("readCapture() takes pixels with and without the length in front", () => {
  assert.deepEqual(readCapture(capture(PIXELS)).rgb565, PIXELS);
  assert.deepEqual(readCapture(capture(Uint8Array.from([0, 0, 0, 16, ...PIXELS]))).rgb565, PIXELS);
});

Deno.test("readCapture() refuses other lengths, other prefixes and damage", () => {
  const bad: Capture[] = [
    capture(PIXELS.subarray(1)),
    capture(Uint8Array.from([0, 0, 0, 15, ...PIXELS])),
    capture(Uint8Array.from([16, 0, 0, 0, ...PIXELS])),
    capture(new Uint8Array(1_000)),
    { ...capture(PIXELS), data: "AAAA" },
    { ...capture(PIXELS), data: "not base64" },
    { ...capture(PIXELS), data: "" },
  ];
  for (const one of bad) assert.throws(() => readCapture(one), CaptureError, one.data);
});
