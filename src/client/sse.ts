/** Reads server-sent events out of bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html). */

/** One message. */
export interface SseMessage {
  /** `message` unless the server names another. */
  readonly event: string;
  readonly data: string;
  /** Absent when the message has none. */
  readonly id?: string;
}

/** A message longer than this is refused: the server is not hvpool. */
const MAX_MESSAGE_CHARS = 4_000_000;

/** Messages as they come in. Comments and unknown fields are skipped; a message cut off at the end is dropped. */
export async function* sseMessages(body: AsyncIterable<Uint8Array>): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder();
  let rest = "";
  let fields: { event: string; data: string[]; id?: string } = { event: "message", data: [] };
  for await (const part of body) {
    rest += decoder.decode(part, { stream: true });
    // A lone CR at the very end may be the first half of CRLF: it waits for the next part.
    const lines = rest.split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    if (rest.length > MAX_MESSAGE_CHARS) throw new Error("The event stream has a line without end.");
    for (const line of lines) {
      if (line === "") {
        if (fields.data.length > 0) {
          const { event, data, id } = fields;
          yield { event, data: data.join("\n"), ...(id === undefined ? {} : { id }) };
        }
        fields = { event: "message", data: [] };
        continue;
      }
      const [, name = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
      if (name === "data") fields.data.push(value);
      if (name === "event") fields.event = value;
      if (name === "id") fields.id = value;
    }
  }
}
