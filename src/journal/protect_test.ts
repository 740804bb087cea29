import assert from "node:assert/strict";
import { join } from "node:path";
import { inDirectory } from "./journal_fixture.ts";
import { icaclsArguments, protect } from "./protect.ts";

Deno.test("icaclsArguments() drops inherited rights and names accounts in no language", () => {
  assert.deepEqual(icaclsArguments("C:\\data\\key", "file"), [
    "C:\\data\\key",
    "/inheritance:r",
    "/grant:r",
    "*S-1-5-18:F",
    "*S-1-5-32-544:F",
    "*S-1-3-4:F",
  ]);
  assert.equal(icaclsArguments("C:\\data", "directory").at(-1), "*S-1-3-4:(OI)(CI)F");
});

Deno.test({
  name: "protect() leaves a file and a directory to their owner",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inDirectory((dir) => {
      Deno.writeTextFileSync(join(dir, "file"), "", { mode: 0o644 });
      protect(join(dir, "file"), "file");
      assert.equal((Deno.statSync(join(dir, "file")).mode ?? 0) & 0o777, 0o600);
      protect(dir, "directory");
      assert.equal((Deno.statSync(dir).mode ?? 0) & 0o777, 0o700);
    }),
});
