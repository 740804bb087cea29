import assert from "node:assert/strict";
import { processStartedAt } from "./process_time.ts";

Deno.test("processStartedAt() knows when a process began", async () => {
  const before = Date.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["repl", "--quiet"],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  try {
    const startedAt = await processStartedAt(child.pid) ?? 0;
    // As exact as the check of leftovers needs it.
    assert.ok(Math.abs(startedAt - before) < 5_000, `${startedAt - before} ms apart`);
  } finally {
    await child.stdin.close();
    child.kill("SIGKILL");
    await child.status;
  }
});

Deno.test("processStartedAt() knows nothing of a process that is not there", async () => {
  assert.equal(await processStartedAt(0x7fff_fff0), undefined);
});
