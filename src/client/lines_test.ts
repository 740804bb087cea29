import assert from "node:assert/strict";
import { lines } from "./lines.ts";

async function* bytes(...parts: string[]): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  for (const part of parts) yield await Promise.resolve(encoder.encode(part));
}

Deno.test("lines() puts parts together, and drops empty lines and one that is cut off", async () => {
  const read = await Array.fromAsync(lines(bytes('{"a":', "1}\n\n{", '"b":2}\r\n{"c"')));
  assert.deepEqual(read, ['{"a":1}', '{"b":2}']);
});

Deno.test("lines() puts a letter together whose bytes came in two parts", async () => {
  async function* halves(): AsyncGenerator<Uint8Array> {
    const all = new TextEncoder().encode("ü\n");
    yield await Promise.resolve(all.slice(0, 1));
    yield all.slice(1);
  }
  assert.deepEqual(await Array.fromAsync(lines(halves())), ["ü"]);
});

Deno.test("lines() refuses a line without end", async () => {
  const long = "x".repeat(3_000_000);
  await assert.rejects(Array.fromAsync(lines(bytes(long, long))), /line without end/);
});
