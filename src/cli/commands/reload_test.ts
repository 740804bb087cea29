import assert from "node:assert/strict";
import { call, withRunning } from "../testing/called.ts";

const CHANGES = ["pool linux: size 2 → 3, 1 machine is made", "limit start 2 → 4"];

Deno.test("hvpool plan and reload say what changes and what counts after a restart; only reload does it", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.reloadAnswer = { ok: true, changes: CHANGES, restart: ["api.listen"] };
    const plan = await call(["plan", "--data-dir", dataDir]);
    assert.equal(plan.code, 0);
    assert.deepEqual(plan.out.split("\n"), [...CHANGES, "after a restart of hvpool: api.listen"]);
    assert.equal(plan.err, "Nothing was changed: `hvpool reload` does it.");
    const reload = await call(["reload", "--data-dir", dataDir]);
    assert.deepEqual([reload.code, reload.out], [0, plan.out]);
    assert.match(reload.err, /^Done\. /);
    assert.deepEqual(operations.reloads, [
      { apply: false, actor: "administrator", source: "api (hvpool plan)" },
      { apply: true, actor: "administrator", source: "api (hvpool reload)" },
    ]);
  });
});

Deno.test("hvpool plan and reload say that nothing changes, with exit code 0", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (const name of ["plan", "reload"]) {
      assert.deepEqual(await call([name, "--data-dir", dataDir]), {
        code: 0,
        out: "Nothing changes.",
        err: "",
      });
    }
    operations.reloadAnswer = { ok: true, changes: [], restart: ["api.listen"] };
    const { out, err } = await call(["reload", "--data-dir", dataDir]);
    assert.deepEqual([out, err], ["after a restart of hvpool: api.listen", ""]);
  });
});

Deno.test("hvpool plan and reload --json print one object", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.reloadAnswer = { ok: true, changes: CHANGES, restart: [] };
    for (const name of ["plan", "reload"]) {
      const { out, err } = await call([name, "--json", "--data-dir", dataDir]);
      assert.deepEqual(JSON.parse(out), { applied: name === "reload", changes: CHANGES, restart: [] });
      assert.equal(err, "");
    }
  });
});

Deno.test("hvpool plan and reload say each problem of a bad configuration, with exit code 2", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const problems = ["config.yaml:3:1: pools: none", "config.yaml:9:5: github.org: missing"];
    operations.reloadAnswer = { ok: false, problems };
    for (const name of ["plan", "reload"]) {
      const { code, out, err } = await call([name, "--data-dir", dataDir]);
      assert.deepEqual([code, out], [2, ""]);
      assert.deepEqual(err.split("\n"), [
        ...problems,
        "Nothing was changed: hvpool goes on with the configuration that it has.",
      ]);
      const json = await call([name, "--json", "--data-dir", dataDir]);
      assert.deepEqual([json.code, JSON.parse(json.out)], [2, { problems }]);
    }
  });
});
