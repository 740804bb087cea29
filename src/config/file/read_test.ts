import assert from "node:assert/strict";
import { join } from "node:path";
import { formatProblem } from "./problem.ts";
import { decodeText, MAX_CONFIG_BYTES, placeOf, readBounded, readConfigFile } from "./read.ts";

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function said(path: string): Promise<string> {
  const outcome = await readConfigFile(path);
  return "problem" in outcome ? formatProblem(outcome.problem) : assert.fail("the file was read");
}

Deno.test("readConfigFile() gives the bytes, the name as given and the folder", () =>
  inFolder(async (folder) => {
    const file = join(folder, "config.yaml");
    await Deno.writeTextFile(file, "a: 1");
    const outcome = await readConfigFile(file);
    assert.ok("read" in outcome);
    assert.equal(outcome.read.bytes.length, 4);
    assert.equal(outcome.read.file, file);
    assert.equal(outcome.read.folder, folder);
  }));

Deno.test("readConfigFile() says that there is no such file, that it is a directory, that it is too large", () =>
  inFolder(async (folder) => {
    const missing = join(folder, "none.yaml");
    assert.equal(
      (await said(missing)).startsWith(
        `${missing}:1:1: cannot read the configuration: there is no such file. Copy`,
      ),
      true,
    );
    assert.match(await said(folder), /:1:1: .*this is a directory/);
    const large = join(folder, "large.yaml");
    await Deno.writeFile(large, new Uint8Array(MAX_CONFIG_BYTES + 1));
    assert.match(await said(large), /too large/);
    await Deno.writeTextFile(join(folder, "file"), "");
    assert.match(await said(join(folder, "file", "config.yaml")), /no such file|cannot read/);
  }));

Deno.test({
  name: "readBounded() says that a file may not be read",
  // Windows has no modes, and root may read everything.
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () =>
    inFolder(async (folder) => {
      const file = join(folder, "locked");
      await Deno.writeTextFile(file, "x");
      await Deno.chmod(file, 0);
      const outcome = await readBounded(file, 10);
      assert.equal(outcome.ok ? "read" : outcome.why, "unreadable");
    }),
});

Deno.test("decodeText() takes UTF-8 with and without a mark, and text with a replacement character of its own", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(decodeText(bytes("ä")), { text: "ä" });
  assert.deepEqual(decodeText(bytes("\ufeffä")), { text: "ä" });
  assert.deepEqual(decodeText(bytes("\ufffd")), { text: "\ufffd" });
  assert.deepEqual(decodeText(new Uint8Array()), { text: "" });
});

Deno.test("placeOf() counts lines and columns from 1", () => {
  assert.deepEqual(placeOf("ab\ncd", 0), { line: 1, column: 1 });
  assert.deepEqual(placeOf("ab\ncd", 4), { line: 2, column: 2 });
});
