import assert from "node:assert/strict";
import { ask, problemOf } from "./testing/ask.ts";
import { SAMPLE_EVIDENCE } from "./testing/fake_evidence.ts";
import { served } from "./testing/served.ts";

Deno.test("GET /v1/vms/{vm}/evidence lists what is kept by a VM's name or a cycle id", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    for (const vm of ["linux-1", "linux%2F1.5"]) {
      const response = await ask(address, `/v1/vms/${vm}/evidence`);
      assert.deepEqual([response.status, await response.json()], [200, { evidence: [SAMPLE_EVIDENCE] }]);
    }
    const none = await ask(address, "/v1/vms/linux-2/evidence");
    assert.deepEqual([none.status, await none.json()], [200, { evidence: [] }]);
  });
});

Deno.test("GET /v1/evidence/{cycle}/{file} answers with the bytes and their type", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    for (
      const [file, type] of [["screen.png", "image/png"], ["events.jsonl", "application/x-ndjson"]] as const
    ) {
      const response = await ask(address, `/v1/evidence/linux%2F1.5/${file}`);
      assert.equal(response.headers.get("content-type"), type);
      assert.equal(response.headers.get("cache-control"), "no-store");
      const kept = operations.evidence.files.get(`linux/1.5 ${file}`);
      assert.deepEqual(new Uint8Array(await response.arrayBuffer()), kept);
    }
  });
});

Deno.test("GET /v1/evidence/{cycle}/{file} gives nothing that the list does not name", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    const refused = async (path: string) => await problemOf(await ask(address, `/v1/evidence/${path}`));
    for (const file of ["evidence.json", "diag.zip", "..%2Fscreen.png", "..%2F..%2Ftoken", "..%5Ctoken"]) {
      const { status, code, detail } = await refused(`linux%2F1.5/${file}`);
      assert.deepEqual([status, code], [404, "not_found"], file);
      assert.match(detail, /There is: events\.jsonl, screen\.png\.$/);
    }
    for (const cycle of ["linux-1", "linux%2F1.6", "..%2F.."]) {
      assert.match((await refused(`${cycle}/screen.png`)).detail, /Nothing is kept of this cycle\.$/, cycle);
    }
  });
});

Deno.test("evidence needs the token, and says 405 with Allow to another method", async () => {
  await served(async ({ address, operations }) => {
    operations.evidence.keepSample();
    for (const path of ["/v1/vms/linux-1/evidence", "/v1/evidence/linux%2F1.5/screen.png"]) {
      assert.equal(
        (await problemOf(await ask(address, path, { headers: { authorization: "" } }))).status,
        401,
      );
      const posted = await ask(address, path, { method: "POST" });
      assert.equal(posted.headers.get("allow"), "GET, HEAD");
      assert.equal((await problemOf(posted)).status, 405);
    }
  });
});
