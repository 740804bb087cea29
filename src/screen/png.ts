/** Pictures as PNG (ISO/IEC 15948): 8 bits a channel, no transparency, no interlacing. */
import { crc32, deflateSync } from "node:zlib";
import type { Pixels } from "./capture.ts";

const SIGNATURE = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
/** Bits a channel, true colour, and the only methods that there are. */
const FORMAT = [8, 2, 0, 0, 0];

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** Rows of three bytes a pixel, each after the number of its filter: none. */
function rows({ width, height, rgb565 }: Pixels): Uint8Array {
  const line = 1 + 3 * width;
  const bytes = new Uint8Array(line * height);
  let from = 0;
  for (let y = 0; y < height; y++) {
    let to = y * line + 1;
    for (let x = 0; x < width; x++) {
      const pixel = (rgb565[from] ?? 0) | ((rgb565[from + 1] ?? 0) << 8);
      from += 2;
      const red = pixel >> 11;
      const green = (pixel >> 5) & 0x3f;
      const blue = pixel & 0x1f;
      // The highest bits once more in the lowest places: white stays white.
      bytes[to++] = (red << 3) | (red >> 2);
      bytes[to++] = (green << 2) | (green >> 4);
      bytes[to++] = (blue << 3) | (blue >> 2);
    }
  }
  return bytes;
}

/** A picture as a PNG file. */
export function encodePng(pixels: Pixels): Uint8Array {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, pixels.width);
  view.setUint32(4, pixels.height);
  header.set(FORMAT, 8);
  const parts = [
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", new Uint8Array(deflateSync(rows(pixels)))),
    chunk("IEND", new Uint8Array()),
  ];
  const file = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  return file;
}
