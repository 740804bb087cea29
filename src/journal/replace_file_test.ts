import assert from "node:assert/strict";
import { join } from "node:path";
import { inDirectory } from "./journal_fixture.ts";
import { readTextIfThere, replaceFile } from "./replace_file.ts";

Deno.test("replaceFile() writes anew, over a longer text, and over what a crash left", () =>
  inDirectory((dir) => {
    const path = join(dir, "file");
    Deno.writeTextFileSync(`${path}.tmp`, "half of something longer than the new text");
    replaceFile(path, "a first text");
    assert.equal(readTextIfThere(path), "a first text");
    replaceFile(path, "ä");
    assert.equal(readTextIfThere(path), "ä");
    assert.deepEqual([...Deno.readDirSync(dir)].map((entry) => entry.name), ["file"]);
  }));

Deno.test("replaceFile() leaves the old text, and nothing else, when the new one cannot be put in its place", () =>
  inDirectory((dir) => {
    const path = join(dir, "file");
    Deno.mkdirSync(join(path, "full"), { recursive: true });
    assert.throws(() => replaceFile(path, "new"));
    assert.deepEqual([...Deno.readDirSync(dir)].map((entry) => entry.name), ["file"]);
  }));

Deno.test({
  name: "replaceFile() makes a secret readable by its owner only, also where it was not",
  ignore: Deno.build.os === "windows", // there it is the access list: protect_test.ts
  fn: () =>
    inDirectory((dir) => {
      const path = join(dir, "file");
      Deno.writeTextFileSync(path, "open to all", { mode: 0o644 });
      Deno.writeTextFileSync(`${path}.tmp`, "too", { mode: 0o644 });
      replaceFile(path, "secret", { secret: true });
      assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
      assert.equal(Deno.readTextFileSync(path), "secret");
    }),
});

Deno.test("readTextIfThere() takes a byte order mark off and knows a missing file", () =>
  inDirectory((dir) => {
    Deno.writeTextFileSync(join(dir, "file"), "\uFEFFtext");
    assert.equal(readTextIfThere(join(dir, "file")), "text");
    assert.equal(readTextIfThere(join(dir, "none")), undefined);
    assert.equal(readTextIfThere(join(dir, "file", "below")), undefined);
  }));
