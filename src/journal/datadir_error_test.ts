import assert from "node:assert/strict";
import { DataDirError, explainedFor } from "./datadir_error.ts";

Deno.test({
  name: "a full disk is told apart from other failures",
  ignore: Deno.build.os !== "linux", // /dev/full refuses every byte as a full disk does
  fn: () => {
    assert.throws(
      () => explainedFor("d", "use the data directory", () => Deno.writeTextFileSync("/dev/full", "x")),
      {
        name: "DataDirError",
        code: "full",
        message: /^Cannot use the data directory d: its disk is full \(.*\)\.$/,
        remedy: /Free some space/,
      },
    );
  },
});

for (
  const [osCode, code] of [["EROFS", "read_only"], ["EACCES", "read_only"], ["EDQUOT", "full"], ["EIO", "io"]]
) {
  Deno.test(`${osCode} is ${code}`, () => {
    const fail = () => {
      throw Object.assign(new Error("no"), { code: osCode });
    };
    assert.throws(() => explainedFor("d", "use", fail), { code });
  });
}

Deno.test("an error that says what to do is passed on as it is", () => {
  const error = new DataDirError("broken", "why", "what to do");
  const fail = () => {
    throw error;
  };
  assert.throws(() => explainedFor("d", "use", fail), (thrown) => thrown === error);
});
