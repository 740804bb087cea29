import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { isMissingProgram } from "./missing_program.ts";

const MISSING = join(Deno.cwd(), "no", "such", "program.exe");

Deno.test("isMissingProgram() knows the error of Deno.Command", async () => {
  await assert.rejects(async () => await new Deno.Command(MISSING).output(), isMissingProgram);
});

Deno.test("isMissingProgram() knows the error of spawn", async () => {
  const error = await new Promise<Error>((resolve) => spawn(MISSING, []).on("error", resolve));
  assert.ok(isMissingProgram(error), error.message);
});

// What Deno 2.9.5 for Windows said, for both.
Deno.test("isMissingProgram() knows the words that come without a code on Windows", () => {
  assert.ok(isMissingProgram(new Error("Failed to spawn 'C:\\no\\such.exe': File not found")));
});

Deno.test("isMissingProgram() does not take other failures for it", () => {
  for (
    const error of [
      new Error("Failed to spawn 'C:\\windows\\win.ini': Bad EXE format for %1. (os error 193)"),
      new Deno.errors.PermissionDenied("Access is denied. (os error 5)"),
      "File not found",
    ]
  ) assert.equal(isMissingProgram(error), false);
});
