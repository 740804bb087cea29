import assert from "node:assert/strict";
import { placeScript } from "./script_files.ts";

async function withFolder(use: (folder: string) => void): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "hvpool-scripts-" });
  try {
    use(`${scratch}/scripts`);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

const SIGNATURE = "\r\n# SIG # Begin signature block\r\n# MIIabc\r\n# SIG # End signature block\r\n";

Deno.test("placeScript() writes a script with Windows' line ends", async () => {
  await withFolder((folder) => {
    const path = placeScript(folder, "call.ps1", "a\nb\n");
    assert.equal(Deno.readTextFileSync(path), "a\r\nb\r\n");
  });
});

Deno.test("placeScript() keeps a signature under the same script", async () => {
  await withFolder((folder) => {
    const path = placeScript(folder, "call.ps1", "a\nb\n");
    Deno.writeTextFileSync(path, `a\r\nb\r\n${SIGNATURE}`);
    placeScript(folder, "call.ps1", "a\nb\n");
    assert.match(Deno.readTextFileSync(path), /MIIabc/);
  });
});

Deno.test("placeScript() replaces a script of another version, signed or not", async () => {
  await withFolder((folder) => {
    const path = placeScript(folder, "call.ps1", "old\n");
    Deno.writeTextFileSync(path, `old\r\n${SIGNATURE}`);
    placeScript(folder, "call.ps1", "new\n");
    assert.equal(Deno.readTextFileSync(path), "new\r\n");
  });
});

Deno.test({
  name: "placeScript() makes a folder that is its owner's alone",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withFolder((folder) => {
      placeScript(folder, "call.ps1", "a\n");
      assert.equal((Deno.statSync(folder).mode ?? 0) & 0o777, 0o700);
    }),
});
