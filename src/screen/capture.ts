/** Pictures of a VM's display as Hyper-V gives them: RGB565, mostly after four bytes that say the length. */
import { inflateRawSync } from "node:zlib";

/** What `display.capture` answers. */
export interface Capture {
  readonly width: number;
  readonly height: number;
  readonly format: "rgb565";
  readonly encoding: "deflate+base64";
  readonly data: string;
}

/** Pixels of a picture: two bytes each, little-endian, rows from the top, no padding. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb565: Uint8Array;
}

/** A picture that cannot be read. */
export class CaptureError extends Error {
  override readonly name = "CaptureError";
}

/** Length of the prefix in bytes. */
const PREFIX = 4;

/**
 * Unpacks a picture.
 *
 * The byte array comes as a CIM octet string: a prefix with the length of the whole, high byte first, unless a
 * layer in between has removed it. Left in place it would shift the picture by two pixels.
 * @throws {CaptureError} when it is damaged or has another length than its size says.
 */
export function readCapture(capture: Capture): Pixels {
  const { width, height } = capture;
  const expected = width * height * 2;
  const bytes = unpack(capture.data, expected + PREFIX);
  if (bytes.length === expected) return { width, height, rgb565: bytes };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === expected + PREFIX && view.getUint32(0) === bytes.length) {
    return { width, height, rgb565: bytes.subarray(PREFIX) };
  }
  throw new CaptureError(
    `A picture of ${width} × ${height} pixels has ${bytes.length} bytes instead of ${expected} or ${
      expected + PREFIX
    }.`,
  );
}

function unpack(data: string, limit: number): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(Uint8Array.fromBase64(data), { maxOutputLength: limit }));
  } catch (error) {
    throw new CaptureError("A picture is damaged, or larger than it says.", { cause: error });
  }
}
