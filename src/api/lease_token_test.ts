import assert from "node:assert/strict";
import { isLeaseToken, leaseToken, opensLease } from "./lease_token.ts";

const KEY = new Uint8Array(32).fill(1);
const ID = "l-00000000000000000000000001";

Deno.test("leaseToken() is the same for the same key and lease, and never another's", () => {
  const token = leaseToken(KEY, ID);
  assert.match(token, /^hvl_[A-Za-z0-9_-]{43}$/);
  assert.equal(leaseToken(KEY, ID), token);
  assert.notEqual(leaseToken(KEY, ID.replace(/1$/, "2")), token);
  assert.notEqual(leaseToken(new Uint8Array(32).fill(2), ID), token);
  assert.throws(() => leaseToken(new Uint8Array(), ID), TypeError);
});

Deno.test("leaseToken() is the HMAC-SHA256 of the id as base64url", async () => {
  const key = await crypto.subtle.importKey("raw", KEY, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  const mac = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(ID));
  const text = new Uint8Array(mac).toBase64({ alphabet: "base64url", omitPadding: true });
  assert.equal(leaseToken(KEY, ID), `hvl_${text}`);
});

Deno.test("opensLease() takes the token of this lease and nothing near it", () => {
  const token = leaseToken(KEY, ID);
  assert.ok(opensLease(KEY, ID, token));
  const others = [
    "",
    "hvl_",
    token.slice(0, -1),
    `${token}A`,
    token.slice(4),
    token.toUpperCase(),
    `hvl_${"A".repeat(43)}`,
    `hvl_${"é".repeat(43)}`,
    leaseToken(KEY, "l-00000000000000000000000002"),
    leaseToken(new Uint8Array(32), ID),
  ];
  for (const other of others) assert.equal(opensLease(KEY, ID, other), false, other);
});

Deno.test("isLeaseToken() knows their form", () => {
  assert.ok(isLeaseToken(leaseToken(KEY, ID)));
  for (const text of ["", "hvl_", "test-token-0123456789", `hvl_${"A".repeat(44)}`]) {
    assert.equal(isLeaseToken(text), false, text);
  }
});
