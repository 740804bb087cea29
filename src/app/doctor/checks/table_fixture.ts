/** Tables of cases for the checks: facts in, one line out. */
import assert from "node:assert/strict";
import type { Check, CheckStatus } from "../check.ts";

/** What is so, the line that comes of it, and what it has to say. */
export type Case = readonly [what: string, check: () => Check, status: CheckStatus, says: RegExp];

/** Makes a test of each case. */
export function table(id: string, cases: readonly Case[]): void {
  for (const [what, run, status, says] of cases) {
    Deno.test(`${id}: ${what} is ${status}`, () => {
      const check = run();
      assert.equal(check.id, id);
      assert.equal(check.status, status, JSON.stringify(check));
      assert.match(`${check.message} ${check.remedy}`, says);
      assert.match(check.message, /[.!?]$/);
      // Whoever is told of trouble is told what to do about it; nobody else is.
      assert.equal(check.remedy === "", status === "ok", JSON.stringify(check));
    });
  }
}
