import assert from "node:assert/strict";
import { unzip } from "./testing/unzip.ts";
import { zipOf } from "./zip.ts";

const ENTRIES = [
  { name: "a.txt", content: "a".repeat(10_000) },
  { name: "folder/ü.bin", content: crypto.getRandomValues(new Uint8Array(1_000)) },
  { name: "empty", content: "" },
];

for (const compress of [false, true]) {
  Deno.test(`zipOf() makes what can be read back (compress: ${compress})`, () => {
    const files = unzip(zipOf(ENTRIES, { compress }));
    assert.deepEqual(
      [...files],
      ENTRIES.map(({ name, content }) => [
        name,
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ]),
    );
  });
}

Deno.test("zipOf() makes it small when it is asked to", () => {
  assert.ok(zipOf(ENTRIES).length > 11_000);
  assert.ok(zipOf(ENTRIES, { compress: true }).length < 2_000);
});

Deno.test("zipOf() makes the same bytes of the same files, and an archive of none", () => {
  assert.deepEqual(zipOf(ENTRIES), zipOf(ENTRIES));
  assert.equal(unzip(zipOf([])).size, 0);
});

Deno.test("zipOf() refuses more files than the format counts", () => {
  const many = Array.from({ length: 65_536 }, (_, i) => ({ name: String(i), content: "" }));
  assert.throws(() => zipOf(many), RangeError);
});
