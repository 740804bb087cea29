/** Seeded randomness: the same seed plays the same run. */
import { hash32 } from "../model/ids.ts";

/** A generator of the sfc32 family (Chris Doty-Humphrey's Small Fast Counting generator, 32 bits). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed Any text or number. */
  constructor(seed: number | string) {
    this.#a = hash32(`${seed}/a`) | 0;
    this.#b = hash32(`${seed}/b`) | 0;
    this.#c = hash32(`${seed}/c`) | 0;
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    return this.bits() / 0x1_0000_0000;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  /** A number in [min, max). */
  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** Whether something of this probability (0–1) happens. Draws nothing for 0 and 1. */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.next() < probability;
  }

  /** One of the items. */
  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.int(0, items.length - 1)] ?? items[0];
  }

  /** `mean` give or take `share` of it, more often near the middle than at the ends. */
  jitter(mean: number, share: number): number {
    return mean * (1 + share * (this.next() + this.next() - 1));
  }

  /** Exponentially distributed with this mean: the time between events that do not know of one another. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** `length` hexadecimal digits. */
  hex(length: number): string {
    let text = "";
    while (text.length < length) text += this.bits().toString(16).padStart(8, "0");
    return text.slice(0, length);
  }

  /** A GUID in lower case. */
  guid(): string {
    const h = this.hex(32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-8${h.slice(17, 20)}-${h.slice(20)}`;
  }

  /** A generator of its own, so that what one part draws does not change what another part gets. */
  fork(label: string): Random {
    return new Random(`${this.hex(16)}/${label}`);
  }
}
