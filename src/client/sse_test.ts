import assert from "node:assert/strict";
import fc from "fast-check";
import { type SseMessage, sseMessages } from "./sse.ts";

async function read(parts: readonly Uint8Array[]): Promise<SseMessage[]> {
  async function* body(): AsyncGenerator<Uint8Array> {
    yield* parts;
    await Promise.resolve();
  }
  return await Array.fromAsync(sseMessages(body()));
}

const TEXT = 'retry: 2000\n\n: beat\n\nid: 1\ndata: {"a":"ä€😀"}\n\n' +
  "event: reset\r\ndata:x\r\ndata: y\r\n\r\nid: 2\rdata: last\r\r" + "data: cut off";

const MESSAGES: SseMessage[] = [
  { event: "message", data: '{"a":"ä€😀"}', id: "1" },
  { event: "reset", data: "x\ny" },
  { event: "message", data: "last", id: "2" },
];

Deno.test("sseMessages() reads messages with every kind of line end, and skips comments", async () => {
  assert.deepEqual(await read([new TextEncoder().encode(TEXT)]), MESSAGES);
});

Deno.test("sseMessages() reads the same however the bytes are cut", async () => {
  const bytes = new TextEncoder().encode(TEXT);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length }), { maxLength: 12 }), async (cuts) => {
      const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
      const parts = edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge));
      assert.deepEqual(await read(parts), MESSAGES);
    }),
    { numRuns: 200 },
  );
});
