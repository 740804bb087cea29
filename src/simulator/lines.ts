/** JSON lines over any pair of byte streams: cutting, and writing in order. */

/** A line longer than this is thrown away, so that a peer without newlines cannot fill the memory. */
export const MAX_LINE_BYTES = 16_000_000;

/** Cuts a stream into lines. A half line at the end, a line that is too long, and one that is no UTF-8 are dropped. */
export async function* readLines(
  readable: ReadableStream<Uint8Array>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let tooLong = false;
  for await (const chunk of readable) {
    let from = 0;
    for (let to = chunk.indexOf(10); to >= 0; to = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, to));
      length += to - from;
      const text = tooLong || length > maxBytes ? undefined : decode(parts, length);
      if (text !== undefined) yield text;
      parts = [];
      length = 0;
      tooLong = false;
      from = to + 1;
    }
    length += chunk.length - from;
    if (length > maxBytes) {
      tooLong = true;
      parts = [];
    } else if (!tooLong) {
      parts.push(chunk.slice(from));
    }
  }
}

function decode(parts: Uint8Array[], length: number): string | undefined {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(whole).trim();
  } catch {
    return undefined; // noise
  }
}

/** An object out of a line; what is no JSON object is noise and `undefined`. */
export function parseLine(line: string): Record<string, unknown> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined; // noise
  }
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

/** Writes lines in order, several in one go when the other side is slow. */
export class LineWriter {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #failed: (reason: string) => void;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #writing: Promise<void> | undefined;
  #dead = false;

  /** @param failed Called once when the other side no longer takes anything. */
  constructor(writable: WritableStream<Uint8Array>, failed: (reason: string) => void) {
    this.#writer = writable.getWriter();
    this.#failed = failed;
  }

  /** Writes one value as one line, as soon as possible. */
  send(value: unknown): void {
    if (this.#dead) return;
    const line = `${JSON.stringify(value)}\n`;
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (this.#waitingBytes > 4 * MAX_LINE_BYTES) {
      this.#fail("the other side does not read");
      return;
    }
    this.#writing ??= this.#drain();
  }

  /** Writes no more. */
  async close(): Promise<void> {
    this.#dead = true;
    this.#waiting = [];
    try {
      await this.#writer.close();
    } catch {
      // It is closed or broken already, which is what was wanted.
    }
  }

  async #drain(): Promise<void> {
    const encoder = new TextEncoder();
    while (this.#waiting.length > 0 && !this.#dead) {
      const text = this.#waiting.join("");
      this.#waiting = [];
      this.#waitingBytes = 0;
      try {
        await this.#writer.write(encoder.encode(text));
      } catch (error) {
        this.#fail(String(error));
      }
    }
    this.#writing = undefined;
  }

  #fail(reason: string): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#failed(reason);
  }
}
