/** Cuts what a process writes into lines, however the system cuts it into chunks. */

/** Longest line that is kept: three times a screen in base64, so that a process without newlines cannot fill the memory. */
export const MAX_LINE_BYTES = 64_000_000;

/** One stream's lines. A line that is too long is dropped and counted. */
export class LineCutter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder("utf-8");
  #parts: Uint8Array[] = [];
  #length = 0;
  /** Lines dropped for their length. */
  dropped = 0;

  /** @param maxBytes A longer line is dropped. */
  constructor(maxBytes = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** Takes a chunk; answers the lines that it completes, without their ends (`\n` or `\r\n`). */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      this.#keep(chunk.subarray(from, to));
      const line = this.#take();
      if (line !== undefined) lines.push(line);
      from = to + 1;
    }
    if (from < chunk.length) this.#keep(chunk.slice(from));
    return lines;
  }

  /** What came after the last line end, when nothing more will come. */
  rest(): string {
    return this.#take() ?? "";
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#maxBytes) this.#parts = [];
    else this.#parts.push(part);
  }

  #take(): string | undefined {
    const parts = this.#parts;
    const length = this.#length;
    this.#parts = [];
    this.#length = 0;
    if (length > this.#maxBytes) {
      this.dropped++;
      return undefined;
    }
    const [only] = parts;
    const bytes = parts.length === 1 && only !== undefined ? only : joined(parts, length);
    const text = this.#decoder.decode(bytes);
    return text.endsWith("\r") ? text.slice(0, -1) : text;
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
