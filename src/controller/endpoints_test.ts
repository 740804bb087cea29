import assert from "node:assert/strict";
import { endpointsOf } from "./endpoints.ts";

Deno.test("endpointsOf() tells where a machine is reached, by the probe of its template", () => {
  const http = { http: "http://{address}:8080/mcp?of={address}" };
  assert.deepEqual(endpointsOf("172.20.1.5", http), [
    { name: "http", url: "http://172.20.1.5:8080/mcp?of=172.20.1.5" },
  ]);
  assert.deepEqual(endpointsOf("172.20.1.5", { tcp: 3389 }), [
    { name: "tcp", url: "tcp://172.20.1.5:3389" },
  ]);
});

Deno.test("endpointsOf() tells none without a probe, or while there is no address", () => {
  assert.deepEqual(endpointsOf("172.20.1.5", undefined), []);
  assert.deepEqual(endpointsOf(undefined, { tcp: 3389 }), []);
});
