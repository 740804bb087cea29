import assert from "node:assert/strict";
import fc from "fast-check";
import { LineCutter } from "./line_cutter.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("LineCutter puts lines together, however they are cut into chunks", () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.replaceAll(/[\r\n\ufeff]/g, "")),
      ),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
      (lines, sizes) => {
        const all = bytes(lines.map((line) => `${line}\n`).join(""));
        const cutter = new LineCutter();
        const found: string[] = [];
        let at = 0;
        for (let i = 0; at < all.length; i++) {
          const size = sizes[i % sizes.length] ?? 1;
          found.push(...cutter.push(all.subarray(at, at + size)));
          at += size;
        }
        assert.deepEqual(found, lines);
        assert.equal(cutter.rest(), "");
      },
    ),
  );
});

Deno.test("LineCutter takes Windows' line ends off", () => {
  assert.deepEqual(new LineCutter().push(bytes("a\r\n\r\nb\n")), ["a", "", "b"]);
});

Deno.test("LineCutter keeps what has no end yet", () => {
  const cutter = new LineCutter();
  assert.deepEqual(cutter.push(bytes("a\nb")), ["a"]);
  assert.equal(cutter.rest(), "b");
});

Deno.test("LineCutter drops a line that is too long, and goes on after it", () => {
  const cutter = new LineCutter(10);
  assert.deepEqual(cutter.push(bytes("01234567")), []);
  assert.deepEqual(cutter.push(bytes("89x\nshort\n")), ["short"]);
  assert.equal(cutter.dropped, 1);
});
