import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { FileContent, streamSource } from "./file_content.ts";

const STREAM = streamSource("seed");

Deno.test("FileContent cuts, joins and reads as its bytes would be", () => {
  const edit = fc.record({
    cut: fc.nat(200_000),
    from: fc.nat(200_000),
    length: fc.nat(80_000),
    held: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), fc.nat(300_000), fc.nat(100_000), (edits, at, count) => {
      let content = FileContent.empty;
      let bytes = new Uint8Array();
      for (const { cut, from, length, held } of edits) {
        const piece = STREAM.read(from, length);
        const added = held
          ? FileContent.bytes(piece)
          : FileContent.of(STREAM, 300_000).slice(from, from + length);
        content = content.slice(0, cut).followedBy(added);
        bytes = new Uint8Array([...bytes.subarray(0, cut), ...piece]);
      }
      assert.equal(content.size, bytes.length);
      assert.deepEqual(content.read(at, count), bytes.slice(at, at + count));
      assert.equal(content.sha256(), createHash("sha256").update(bytes).digest("hex"));
    }),
    { numRuns: 30 },
  );
});

Deno.test("FileContent keeps only written bytes in memory, and pieces of one source that follow each other as one", () => {
  const whole = FileContent.of(STREAM, 1_000_000);
  let content = FileContent.empty;
  for (let at = 0; at < 1_000_000; at += 1_000) content = content.followedBy(whole.slice(at, at + 1_000));
  assert.equal(content.heldBytes, 0);
  assert.equal(
    content.followedBy(FileContent.bytes(new Uint8Array(5))).slice(999_999, 1_000_003).heldBytes,
    3,
  );
  assert.equal(content.sha256(), whole.sha256());
});

Deno.test("streamSource() gives the same bytes for a seed however they are read, and others for another seed", () => {
  const whole = STREAM.read(0, 300_000);
  assert.deepEqual(STREAM.read(65_530, 70_000), whole.slice(65_530, 135_530));
  assert.deepEqual(streamSource("seed").read(0, 300_000), whole);
  assert.notDeepEqual(streamSource("other").read(0, 100), whole.slice(0, 100));
  assert.notDeepEqual(whole.slice(0, 65_536), whole.slice(65_536, 131_072));
});
