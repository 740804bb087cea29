import assert from "node:assert/strict";
import { SAMPLE_ROLLOUT } from "../../api/testing/fake_operations.ts";
import { call, withRunning } from "../testing/called.ts";

const LINE = /^Rollout of linux {2}canary {2}from 1a2b3c4d to e5f6a7b8 {2}for .* no job yet$/;

Deno.test("hvpool pool rollout shows a new generation, with and without --status", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    for (const option of [[], ["--status"]]) {
      const { code, out, err } = await call(["pool", "rollout", "linux", ...option, "--data-dir", dataDir]);
      assert.deepEqual({ code, err }, { code: 0, err: "" });
      assert.match(out, LINE);
    }
    assert.deepEqual(operations.rollouts, []);
  });
});

Deno.test("hvpool pool rollout --json prints {pool, rollout}, whatever is asked", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const json = async (...options: string[]) => {
      const called = await call(["pool", "rollout", "linux", "--json", ...options, "--data-dir", dataDir]);
      assert.deepEqual([called.code, called.err], [0, ""]);
      return JSON.parse(called.out);
    };
    assert.deepEqual(await json(), { pool: "linux", rollout: null });
    operations.rollOut();
    assert.deepEqual(await json(), { pool: "linux", rollout: SAMPLE_ROLLOUT });
    assert.deepEqual(await json("--pause"), { pool: "linux", rollout: { ...SAMPLE_ROLLOUT, paused: true } });
  });
});

Deno.test("hvpool pool rollout says that nothing is rolled out, and refuses to change that", async () => {
  await withRunning(async ({ dataDir }) => {
    const here = ["pool", "rollout", "linux", "--data-dir", dataDir];
    const { code, out } = await call(here);
    assert.deepEqual({ code, out }, { code: 0, out: "Nothing is rolled out in pool linux." });
    for (const option of ["--pause", "--resume", "--revert"]) {
      const refused = await call([...here, option]);
      assert.deepEqual([refused.code, refused.out], [1, ""]);
      assert.equal(refused.err, "error: hvpool refused: Nothing is rolled out.");
    }
  });
});

Deno.test("hvpool pool rollout names the pools there are when there is no such one", async () => {
  await withRunning(async ({ dataDir }) => {
    const { code, out, err } = await call(["pool", "rollout", "linus", "--data-dir", dataDir]);
    assert.deepEqual({ code, out }, { code: 1, out: "" });
    assert.equal(err, 'error: There is no pool "linus". There is: linux.');
    assert.equal((await call(["pool", "rollout", "linus", "--pause", "--data-dir", dataDir])).code, 1);
  });
});

Deno.test("hvpool pool rollout --pause, --resume and --revert ask for it and say what comes of it", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    const says: [string, RegExp, RegExp][] = [
      ["pause", /canary, paused/, /e5f6a7b8 is paused.*\n`hvpool pool rollout linux --resume` goes on/],
      ["resume", / canary {2}/, /^Generation e5f6a7b8 goes on in pool linux\.$/],
      [
        "revert",
        / reverted {2}/,
        /back to generation 1a2b3c4d\..*\n.*mended.*--resume` tries e5f6a7b8 again/,
      ],
    ];
    for (const [action, out, err] of says) {
      const called = await call(["pool", "rollout", "linux", `--${action}`, "--data-dir", dataDir]);
      assert.equal(called.code, 0);
      assert.match(called.out, out);
      assert.match(called.err, err);
      const source = "api (hvpool pool rollout)";
      assert.deepEqual(operations.rollouts.splice(0), [{ pool: "linux", action, source }]);
    }
  });
});

Deno.test("hvpool pool rollout takes one of its options, and one pool", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    const options = ["--status", "--pause", "--resume", "--revert"];
    for (const one of options) {
      for (const other of options.filter((option) => option !== one)) {
        const { code, err } = await call(["pool", "rollout", "linux", one, other, "--data-dir", dataDir]);
        assert.equal(code, 2, `${one} ${other}`);
        assert.match(err, /cannot be used with/);
      }
    }
    assert.equal((await call(["pool", "rollout"])).code, 2);
    assert.equal((await call(["pool", "rollout", "a", "b"])).code, 2);
    assert.equal((await call(["pool", "linux"])).code, 2);
    assert.equal((await call(["pool"])).code, 2);
    assert.deepEqual(operations.rollouts, []);
  });
});

Deno.test("hvpool pool rollout --help has examples", async () => {
  const { code, out } = await call(["pool", "rollout", "--help"]);
  assert.equal(code, 0);
  assert.match(out, /^Usage: hvpool pool rollout .*<name>/);
  assert.match(out, /Examples:\n {2}hvpool pool rollout ci/);
});
