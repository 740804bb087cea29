import assert from "node:assert/strict";
import type { Effect } from "../model/effects.ts";
import type { HostPort } from "../ports/host.ts";
import { execute, type Ports } from "./executor.ts";

const PATH = "D:\\images\\win11.vhdx";

/** Copies one piece from a disk that is `before` when it begins and `after` when it is over. */
async function copy(before: string, after = before) {
  const calls: string[] = [];
  const call = (name: string) => {
    calls.push(name);
    if (name === "file.copy") return Promise.resolve({ outcome: "ok", value: { copied: 60, size: 200 } });
    return Promise.resolve({
      outcome: "ok",
      value: { identity: calls.includes("file.copy") ? after : before },
    });
  };
  const host = { call } as unknown as HostPort;
  const args = { path: PATH, identity: "asked", offset: 100, bytes: 60, target: "D:\\t", targetOffset: 100 };
  const effect = { call: "file.copy", cycle: "prepare/1.1", op: 1, args } as unknown as Effect;
  return {
    answer: await execute(effect, {
      host,
      clock: { now: () => 0, at: () => () => undefined },
    } as unknown as Ports),
    calls,
  };
}

Deno.test("a piece of the disk that was asked for is copied", async () => {
  const { answer, calls } = await copy("asked");
  assert.deepEqual(answer, { outcome: "ok", value: { copied: 160, size: 200 } });
  assert.deepEqual(calls, ["disk.info", "file.copy", "disk.info"]);
});

for (
  const [what, before, after, copied] of [
    ["is another one now", "other", "other", false],
    ["changes while it is copied", "asked", "other", true],
  ] as const
) {
  Deno.test(`a disk that ${what} is not copied on`, async () => {
    const { answer, calls } = await copy(before, after);
    assert.ok(answer.outcome === "failed" && answer.code === "invalid");
    assert.match(answer.message, /win11\.vhdx was replaced or written to/);
    assert.equal(calls.includes("file.copy"), copied);
  });
}
