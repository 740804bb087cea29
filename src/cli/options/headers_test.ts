import assert from "node:assert/strict";
import { parseHeaders } from "./headers.ts";

const env = (name: string) => ({ TOKEN: "Bearer s3cret", EMPTY: "" })[name];

Deno.test("parseHeaders() reads names and values, and variables of the environment", () => {
  assert.deepEqual(parseHeaders(["Authorization: env:TOKEN", "x-ms-blob-type:BlockBlob", "x-empty:"], env), {
    Authorization: "Bearer s3cret",
    "x-ms-blob-type": "BlockBlob",
    "x-empty": "",
  });
});

Deno.test("parseHeaders() refuses what is none without telling what it was", () => {
  for (const text of ["s3cret", ": s3cret", "a b: s3cret", "Authorization: s3cret\r\nx: y", ""]) {
    assert.throws(() => parseHeaders([text], env), (error: Error & { exitCode?: number }) => {
      assert.match(error.message, /NAME: VALUE/);
      assert.doesNotMatch(error.message, /s3cret/);
      return error.exitCode === 2;
    });
  }
});

Deno.test("parseHeaders() names a variable that is not set or empty", () => {
  assert.throws(
    () => parseHeaders(["a: env:NOTHING"], env),
    /a: the environment variable NOTHING is not set/,
  );
  assert.throws(() => parseHeaders(["a: env:EMPTY"], env), /EMPTY is empty/);
});
