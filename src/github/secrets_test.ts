import { equal } from "node:assert/strict";
import { withoutSecrets } from "./secrets.ts";

Deno.test("withoutSecrets() takes out tokens, signatures, keys and long base64, and leaves the rest", () => {
  const base64 = "QUJD".repeat(40);
  const cases: [string, string][] = [
    ["token ghs_abcdefgh12345678 refused", "[redacted] refused"],
    ["got ghs_abcdefgh12345678", "got [redacted]"],
    ["Bearer eyJhbGciOi.eyJpc3MiOiIx.c2ln", "[redacted]"],
    ["eyJhbGciOi.eyJpc3MiOiIx.c2ln", "[redacted]"],
    ["-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- x", "[redacted] x"],
    [`config ${base64}==`, "config [redacted]"],
    ["the token permissions differ", "the token permissions differ"],
    ["Resource not accessible by integration", "Resource not accessible by integration"],
  ];
  for (const [text, clean] of cases) equal(withoutSecrets(text), clean);
  equal(withoutSecrets("no opaque-value-1 here", ["opaque-value-1"]), "no [redacted] here");
});
