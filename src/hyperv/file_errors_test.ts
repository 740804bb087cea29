import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { classifyError } from "../ports/errors.ts";
import { fileErrorRecord, FileRequestError } from "./file_errors.ts";

const PATH = "C:\\store\\disk.vhdx";

function withCode(code: string): Error {
  return Object.assign(new Error(`${code}: words, open '${PATH}'`), { code });
}

Deno.test("fileErrorRecord() gives failures of files the classes that Windows' own have", () => {
  const classes = {
    ENOENT: "not_found",
    EACCES: "access_denied",
    EPERM: "access_denied",
    EROFS: "access_denied",
    EBUSY: "busy",
    ENOSPC: "no_space",
    EEXIST: "invalid",
    EISDIR: "invalid",
    ENAMETOOLONG: "invalid",
    EWHATEVER: "unknown",
  };
  for (const [code, expected] of Object.entries(classes)) {
    assert.equal(classifyError(fileErrorRecord(withCode(code), "file.copy", PATH)), expected, code);
  }
  const asked = fileErrorRecord(new FileRequestError("It is a folder."), "file.copy", PATH);
  assert.equal(classifyError(asked), "invalid");
});

Deno.test("fileErrorRecord() names the path where the system does not", () => {
  assert.equal(fileErrorRecord(new Error("words"), "file.copy", PATH).message, `words: "${PATH}"`);
  assert.equal(fileErrorRecord(withCode("EBUSY"), "file.copy", PATH).message, withCode("EBUSY").message);
});

Deno.test({
  name: "fileErrorRecord() knows a full disk by the system's number, which is all that there is",
  ignore: Deno.build.os !== "linux",
  async fn() {
    await using full = await open("/dev/full", "r+");
    const error: unknown = await full.write(new Uint8Array(1), 0, 1, 0).then(
      () => undefined,
      (error) => error,
    );
    assert.equal(fileErrorRecord(error, "file.write", PATH).hresult, "0x80070070");
  },
});
