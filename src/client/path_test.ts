import assert from "node:assert/strict";
import { pathOf } from "./path.ts";

Deno.test("pathOf() keeps a name one part of the path, whatever is in it", () => {
  for (const name of ["linux-1", "linux/1.7", "a b", "50%", "?x#y", "...", "%2e%2e", "é", "a\\b"]) {
    const { pathname, search, hash } = new URL(pathOf("/v1/vms", name, "hold"), "http://127.0.0.1");
    const parts = pathname.split("/");
    assert.deepEqual([parts.length, parts[4], search, hash], [5, "hold", "", ""], name);
    assert.equal(decodeURIComponent(parts[3] ?? ""), name);
  }
  assert.equal(pathOf("/v1/jobs", "a/b"), "/v1/jobs/a%2Fb");
});

Deno.test("pathOf() refuses names that would lead elsewhere: /v1/pools/../drain drains the whole host", () => {
  for (const name of ["", ".", ".."]) {
    assert.throws(() => pathOf("/v1/pools", name, "drain"), { name: "ApiError", code: "not_found" });
  }
});
