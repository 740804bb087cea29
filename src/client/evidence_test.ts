import assert from "node:assert/strict";
import { SAMPLE_EVIDENCE } from "../api/testing/fake_evidence.ts";
import { served, TOKEN } from "../api/testing/served.ts";
import { Client } from "./client.ts";
import { ApiError } from "./errors.ts";

function clientOf(address: string): Client {
  const endpoint = { address, token: TOKEN, pid: Deno.pid, startedAt: "2026-03-01T10:00:00.000Z" };
  return new Client({ locate: () => Promise.resolve(endpoint) });
}

Deno.test("evidence() lists what is kept, and evidenceFile() reads it byte by byte", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    const bytes = crypto.getRandomValues(new Uint8Array(60_000));
    operations.evidence.files.set("linux/1.5 screen.png", bytes);
    const client = clientOf(address);
    assert.deepEqual(await client.evidence("linux-1"), [SAMPLE_EVIDENCE]);
    assert.deepEqual(await client.evidence("linux/1.5"), [SAMPLE_EVIDENCE]);
    assert.deepEqual(await client.evidence("linux-2"), []);
    assert.deepEqual(await client.evidenceFile("linux/1.5", "screen.png"), bytes);
  });
});

Deno.test("evidenceFile() says so when there is no such file", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    const client = clientOf(address);
    for (const file of ["diag.zip", "../../token", ".."]) {
      await assert.rejects(
        async () => await client.evidenceFile("linux/1.5", file),
        (error) => error instanceof ApiError && error.code === "not_found",
      );
    }
  });
});
