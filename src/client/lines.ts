/** Reads lines of text out of bytes. */

/** A line longer than this is refused: the server is not hvpool. */
const MAX_LINE_CHARS = 4_000_000;

/** Lines as they come in, without empty ones; one that is cut off at the end is dropped. */
export async function* lines(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const part of body) {
    const all = (rest + decoder.decode(part, { stream: true })).split(/\r?\n/);
    rest = all.pop() ?? "";
    if (rest.length > MAX_LINE_CHARS) throw new Error("the answer has a line without end");
    for (const line of all) if (line !== "") yield line;
  }
}
