import assert from "node:assert/strict";
import { join } from "node:path";
import { inDirectory } from "./journal_fixture.ts";
import { readOrCreateKey, readOrCreateToken, tokenFile } from "./secrets.ts";

function modeOf(path: string): number {
  return (Deno.statSync(path).mode ?? 0) & 0o777;
}

Deno.test("readOrCreateToken() makes one token, which stays", () =>
  inDirectory((dir) => {
    const token = readOrCreateToken(dir);
    assert.match(token, /^[A-Za-z0-9_-]{43}$/);
    assert.equal(readOrCreateToken(dir), token);
    if (Deno.build.os !== "windows") assert.equal(modeOf(tokenFile(dir)), 0o600);
  }));

Deno.test("readOrCreateToken() takes a token that a person put there", () =>
  inDirectory((dir) => {
    Deno.writeTextFileSync(tokenFile(dir), "\uFEFFcorrect-horse-battery\r\n");
    assert.equal(readOrCreateToken(dir), "correct-horse-battery");
  }));

for (const text of ["", "short", "sixteen letters and a blank", "line one is long enough\nline two"]) {
  Deno.test(`readOrCreateToken() refuses ${JSON.stringify(text)} without printing it`, () =>
    inDirectory((dir) => {
      Deno.writeTextFileSync(tokenFile(dir), text);
      assert.throws(() => readOrCreateToken(dir), (error) => {
        assert.ok(error instanceof Error && "code" in error && error.code === "broken");
        return text === "" || !error.message.includes(text);
      });
    }));
}

Deno.test("readOrCreateKey() makes 32 bytes once", () =>
  inDirectory((dir) => {
    const key = readOrCreateKey(dir);
    assert.equal(key.length, 32);
    assert.deepEqual(readOrCreateKey(dir), key);
    if (Deno.build.os !== "windows") assert.equal(modeOf(join(dir, "key")), 0o600);
  }));

Deno.test("readOrCreateKey() refuses a key of another length", () =>
  inDirectory((dir) => {
    Deno.writeFileSync(join(dir, "key"), new Uint8Array(31));
    assert.throws(() => readOrCreateKey(dir), { code: "broken", message: /31 bytes instead of 32/ });
  }));

Deno.test("two directories have two secrets", () =>
  inDirectory((one) =>
    inDirectory((two) => {
      assert.notEqual(readOrCreateToken(one), readOrCreateToken(two));
      assert.notDeepEqual(readOrCreateKey(one), readOrCreateKey(two));
    })
  ));
