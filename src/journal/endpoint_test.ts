import assert from "node:assert/strict";
import { endpointFile, readEndpoint, removeEndpoint, writeEndpoint } from "./endpoint.ts";
import { inDirectory } from "./journal_fixture.ts";

const ENDPOINT = {
  address: "http://127.0.0.1:7420",
  tokenFile: "C:\\ProgramData\\hvpool\\token",
  pid: 4711,
  startedAt: "2026-08-21T10:15:30.000Z",
};

Deno.test("an endpoint is written, read, replaced and removed", () =>
  inDirectory((dir) => {
    assert.equal(readEndpoint(dir), undefined);
    writeEndpoint(dir, { ...ENDPOINT, pid: 1 });
    writeEndpoint(dir, ENDPOINT);
    assert.deepEqual(readEndpoint(dir), ENDPOINT);
    removeEndpoint(dir);
    removeEndpoint(dir);
    assert.equal(readEndpoint(dir), undefined);
    assert.deepEqual([...Deno.readDirSync(dir)], []);
  }));

for (
  const text of [
    "",
    "{",
    '{"address":"file:///etc","tokenFile":"t","pid":1,"startedAt":"2026-08-21T10:15:30Z"}',
  ]
) {
  Deno.test(`readEndpoint() refuses ${JSON.stringify(text)}`, () =>
    inDirectory((dir) => {
      Deno.writeTextFileSync(endpointFile(dir), text);
      assert.throws(() => readEndpoint(dir), {
        code: "broken",
        message: /endpoint\.json/,
        remedy: /Delete the file/,
      });
    }));
}
