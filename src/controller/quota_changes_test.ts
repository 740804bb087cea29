import assert from "node:assert/strict";
import { quotaChanges } from "./quota_changes.ts";

const NOW = "for whoever waits or asks from now on";

Deno.test("quotaChanges() says whose limit is another one, and which", () => {
  const before = [{ holder: "ci-*", leases: 2, queued: 5 }, { holder: "bob", memoryMb: 8_192 }];
  const after = [{ holder: "ci-*", leases: 3, memoryMb: 4_096 }, { holder: "ann" }, {
    holder: "*",
    leases: 1,
  }];
  assert.deepEqual(quotaChanges(before, after), [
    `quota of ci-*: leases 2 → 3, memory_mb no limit → 4096, queued 5 → no limit, ${NOW}`,
    `quota of ann: new, no limit, ${NOW}`,
    `quota of *: new, leases 1, ${NOW}`,
    "quota of bob: gone, it was memory_mb 8192",
  ]);
  assert.deepEqual(quotaChanges(after, after), []);
  assert.deepEqual(quotaChanges(undefined, []), []);
});

Deno.test("quotaChanges() says that another entry comes first now, since that one counts", () => {
  const [one, other, third] = [{ holder: "ci-*", leases: 2 }, { holder: "*", leases: 1 }, { holder: "a" }];
  assert.deepEqual(quotaChanges([one, other], [other, one]), [
    `quotas: another order, of which the first that fits counts, ${NOW}`,
  ]);
  assert.deepEqual(quotaChanges([third, one, other], [one, other]), [
    "quota of a: gone, it was no limit",
  ]);
});
