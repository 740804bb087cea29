/** Contents of files of the simulated host: pieces of sources whose bytes are made when somebody reads them. */
import { createHash } from "node:crypto";

/** Where bytes come from. It never changes. */
export interface ByteSource {
  /** So many bytes from an offset on; the caller keeps to what there is. */
  read(offset: number, length: number): Uint8Array;
  /** Whether they are kept in memory. */
  readonly isHeld: boolean;
}

interface Span {
  readonly source: ByteSource;
  readonly from: number;
  readonly length: number;
}

const READ_BYTES = 1_048_576;

/** What is in a file. It never changes: cutting and joining make others. */
export class FileContent {
  /** Nothing. */
  static readonly empty: FileContent = new FileContent([]);
  readonly #spans: readonly Span[];
  /** Bytes. */
  readonly size: number;

  private constructor(spans: readonly Span[]) {
    this.#spans = spans;
    this.size = spans.reduce((sum, { length }) => sum + length, 0);
  }

  /** The first bytes of a source. */
  static of(source: ByteSource, size: number): FileContent {
    return size === 0 ? FileContent.empty : new FileContent([{ source, from: 0, length: size }]);
  }

  /** These bytes, kept in memory. */
  static bytes(bytes: Uint8Array): FileContent {
    const read = (offset: number, length: number) => bytes.subarray(offset, offset + length);
    return FileContent.of({ read, isHeld: true }, bytes.length);
  }

  /** How many of the bytes are kept in memory. */
  get heldBytes(): number {
    return this.#spans.reduce((sum, { source, length }) => sum + (source.isHeld ? length : 0), 0);
  }

  /** A part; what lies beyond the end is left out. */
  slice(start: number, end: number = this.size): FileContent {
    const spans: Span[] = [];
    let at = 0;
    for (const { source, from, length } of this.#spans) {
      const first = Math.max(start - at, 0);
      const last = Math.min(end - at, length);
      if (first < last) spans.push({ source, from: from + first, length: last - first });
      at += length;
    }
    return new FileContent(spans);
  }

  /** This and then another. */
  followedBy(other: FileContent): FileContent {
    const spans = [...this.#spans];
    for (const next of other.#spans) {
      const last = spans.at(-1);
      if (last?.source === next.source && last.from + last.length === next.from) {
        spans[spans.length - 1] = { ...last, length: last.length + next.length };
      } else spans.push(next);
    }
    return new FileContent(spans);
  }

  /** Bytes from an offset on; fewer at the end. */
  read(offset: number, length: number): Uint8Array {
    const part = this.slice(offset, offset + length);
    const bytes = new Uint8Array(part.size);
    let at = 0;
    for (const span of part.#spans) {
      bytes.set(span.source.read(span.from, span.length), at);
      at += span.length;
    }
    return bytes;
  }

  /** SHA-256 of all of it, in hexadecimal digits. */
  sha256(): string {
    const digest = createHash("sha256");
    for (const { source, from, length } of this.#spans) {
      for (let done = 0; done < length; done += READ_BYTES) {
        digest.update(source.read(from + done, Math.min(READ_BYTES, length - done)));
      }
    }
    return digest.digest("hex");
  }
}

const BLOCK_BYTES = 65_536;

/** An endless stream of bytes that look random: the same for the same seed, and no two blocks of it alike. */
export function streamSource(seed: string): ByteSource {
  let block: Uint8Array | undefined;
  return {
    isHeld: false,
    read(offset, length) {
      block ??= seededBlock(seed);
      const first = Math.floor(offset / BLOCK_BYTES);
      const count = Math.ceil((offset + length) / BLOCK_BYTES) - first;
      const bytes = new Uint8Array(count * BLOCK_BYTES);
      const numbers = new DataView(bytes.buffer);
      for (let i = 0; i < count; i++) {
        bytes.set(block, i * BLOCK_BYTES);
        numbers.setUint32(i * BLOCK_BYTES, first + i);
      }
      return bytes.subarray(offset - first * BLOCK_BYTES, offset - first * BLOCK_BYTES + length);
    },
  };
}

/** Xorshift, begun with a hash of the seed. Source: G. Marsaglia, "Xorshift RNGs". */
function seededBlock(seed: string): Uint8Array {
  let state = createHash("sha256").update(seed).digest().readUInt32LE(0) || 1;
  const words = new Uint32Array(BLOCK_BYTES / 4);
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer);
}
