/** A picture in memory, as Hyper-V keeps a VM's: RGB565, little-endian, rows from the top. */
import { glyph, LETTER_WIDTH } from "./font.ts";

/** Where something is, in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Whether a point lies in a box. */
export function inside(box: Box, x: number, y: number): boolean {
  return x >= box.x && y >= box.y && x < box.x + box.width && y < box.y + box.height;
}

/** `0xRRGGBB` in 16 bits. */
export function rgb565(color: number): number {
  return ((color >> 8) & 0xf800) | ((color >> 5) & 0x07e0) | ((color >> 3) & 0x001f);
}

/** Something to draw on. Colours are `0xRRGGBB`; what falls outside is not drawn. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Uint16Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = new Uint16Array(width * height);
  }

  /** Fills a box. */
  fill(box: Box, color: number): void {
    const value = rgb565(color);
    const left = Math.max(0, box.x);
    const right = Math.min(this.width, box.x + box.width);
    for (let y = Math.max(0, box.y); y < Math.min(this.height, box.y + box.height); y++) {
      if (left < right) this.#pixels.fill(value, y * this.width + left, y * this.width + right);
    }
  }

  /** Fills a box and draws its edge, one pixel wide. */
  frame(box: Box, color: number, edge: number): void {
    this.fill(box, edge);
    this.fill({ x: box.x + 1, y: box.y + 1, width: box.width - 2, height: box.height - 2 }, color);
  }

  /** Writes one line. `scale` is how many pixels a dot of a letter is wide and high. */
  write(text: string, at: { x: number; y: number; scale?: number }, color: number): void {
    const scale = at.scale ?? 2;
    let x = at.x;
    for (const letter of text) {
      glyph(letter).forEach((column, dx) => {
        for (let dy = 0; dy < 8; dy++) {
          if ((column >> dy) % 2 === 0) continue;
          this.fill({ x: x + dx * scale, y: at.y + dy * scale, width: scale, height: scale }, color);
        }
      });
      x += LETTER_WIDTH * scale;
    }
  }

  /** Colour of one pixel in 16 bits; black outside. */
  at(x: number, y: number): number {
    return x < 0 || y < 0 || x >= this.width || y >= this.height ? 0 : this.#pixels[y * this.width + x] ?? 0;
  }

  /**
   * The picture at another size, as bytes. A shape that differs gets black bars; nothing is smoothed, so that
   * pictures of one screen are equal.
   */
  scaled(width: number, height: number): Uint8Array {
    const bytes = new Uint8Array(width * height * 2);
    const scale = Math.min(width / this.width, height / this.height);
    const left = Math.floor((width - this.width * scale) / 2);
    const top = Math.floor((height - this.height * scale) / 2);
    for (let y = 0; y < height; y++) {
      const fromY = Math.floor((y - top) / scale);
      for (let x = 0; x < width; x++) {
        const value = this.at(Math.floor((x - left) / scale), fromY);
        const to = (y * width + x) * 2;
        bytes[to] = value & 0xff;
        bytes[to + 1] = value >> 8;
      }
    }
    return bytes;
  }
}
