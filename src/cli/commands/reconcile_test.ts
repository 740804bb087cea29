import assert from "node:assert/strict";
import { call, withRunning } from "../testing/called.ts";

const ITEMS = [
  {
    kind: "vm",
    name: "dc01",
    id: "x",
    belongs: "foreign",
    plan: "left alone",
    why: "hvpool did not make it",
  },
  { kind: "directory", name: "ci-1.7", place: "D:\\vms", belongs: "lost", plan: "left alone", why: "lost" },
] as const;

Deno.test("hvpool reconcile shows what there is and why, and how to take up a lost journal", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const none = await call(["reconcile", "--dry-run", "--data-dir", dataDir]);
    assert.deepEqual([none.code, none.out], [0, "Nothing is there beside the machines of the pools."]);
    operations.found = { items: ITEMS, listedAt: "2026-03-01T10:00:00.000Z", lostUpTo: 40 };
    const shown = await call(["reconcile", "--data-dir", dataDir]);
    assert.match(shown.out, /vm +dc01 +foreign +left alone +hvpool did not make it/);
    assert.match(shown.out, /up to 40 waits for `hvpool reconcile --adopt` or --retire/);
    const json = await call(["reconcile", "--json", "--data-dir", dataDir]);
    assert.equal(JSON.parse(json.out).lostUpTo, 40);
    assert.deepEqual(operations.reconciles, []);
  });
});

Deno.test("hvpool reconcile --adopt and --retire ask for it, and not both at once", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (const option of ["--adopt", "--retire"]) {
      assert.deepEqual((await call(["reconcile", option, "--data-dir", dataDir])).out, "Taken.");
    }
    assert.deepEqual(operations.reconciles.map(({ adopt }) => adopt), [true, false]);
    assert.equal((await call(["reconcile", "--adopt", "--retire", "--data-dir", dataDir])).code, 2);
    assert.equal((await call(["reconcile", "--dry-run", "--adopt", "--data-dir", dataDir])).code, 2);
  });
});
