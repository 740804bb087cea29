import assert from "node:assert/strict";
import { markerText, mayBeAtWork, readMarker } from "./marker.ts";

const NAME = "hvpool-doctor-0123abcd";

/** A process that has ended. */
async function endedPid(): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), { args: ["--version"], stdout: "null", stderr: "null" })
    .spawn();
  await child.status;
  return child.pid;
}

Deno.test("readMarker() reads what markerText() wrote, and nothing that somebody changed", () => {
  const text = markerText(NAME);
  const marker = readMarker(`${text}\r\n`);
  assert.deepEqual(marker, { name: NAME, pid: Deno.pid, machine: Deno.hostname() });
  for (const other of ["", "ours", `my ${text}`, `${text} I use it.`, text.replace("0123abcd", "0123abcx")]) {
    assert.equal(readMarker(other), undefined, other);
  }
});

Deno.test("mayBeAtWork() is false only for a process that has ended on this machine", async () => {
  const mine = { name: NAME, pid: Deno.pid, machine: Deno.hostname() };
  const pid = await endedPid();
  assert.deepEqual([mine, { ...mine, pid }, { ...mine, pid, machine: "elsewhere" }].map(mayBeAtWork), [
    true,
    false,
    true,
  ]);
});
