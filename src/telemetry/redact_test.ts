import assert from "node:assert/strict";
import { createRedactor, REDACTED } from "./redact.ts";

Deno.test("text() takes out the token of a lease wherever it stands", () => {
  const { text } = createRedactor();
  const tokens = [`hvl_${"A".repeat(43)}`, `hvl_${"a-b_9".repeat(8)}xyz`, `hvl_${"-".repeat(43)}`];
  for (const token of tokens) {
    assert.equal(text(`got ${token}, and`), `got ${REDACTED}, and`);
    assert.equal(text(`{"text":"first\\n${token}"}`), `{"text":"first\\n${REDACTED}"}`);
    assert.equal(text(`LEASE_TOKEN=${token}`), `LEASE_TOKEN=${REDACTED}`);
  }
});

Deno.test("text() leaves what only begins like a token of a lease", () => {
  const { text } = createRedactor();
  for (const other of ["hvl_", "hvl_token", `hvl_${"A".repeat(42)}`]) assert.equal(text(other), other);
});
