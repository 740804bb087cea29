import assert from "node:assert/strict";
import { SAMPLE_CORDON, SAMPLE_ROLLOUT, SAMPLE_STATUS } from "../../api/testing/fake_operations.ts";
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
    for (const option of ["--pause", "--resume", "--revert", "--promote"]) {
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

Deno.test("hvpool pool rollout --pause, --resume, --promote and --revert ask for it and say what comes of it", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    const says: [string, RegExp, RegExp][] = [
      ["pause", /canary, paused/, /e5f6a7b8 is paused.*\n`hvpool pool rollout linux --resume` goes on/],
      ["resume", / canary {2}/, /^Generation e5f6a7b8 goes on in pool linux\.$/],
      ["promote", / canary {2}/, /^Pool linux follows to generation e5f6a7b8, idle machines first\.$/],
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
      assert.deepEqual(operations.rollouts.splice(0), [{
        pool: "linux",
        action,
        actor: "administrator",
        source,
      }]);
    }
  });
});

Deno.test("hvpool pool rollout takes one of its options, and one pool", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    const options = ["--status", "--pause", "--resume", "--revert", "--promote"];
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

Deno.test("hvpool pool list and pool ls show pools as the status does, or as JSON", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ cordon: SAMPLE_CORDON });
    for (const name of ["list", "ls"]) {
      const { code, out } = await call(["pool", name, "--data-dir", dataDir]);
      assert.equal(code, 0);
      assert.match(out, /^POOL .*\nlinux +runner +2 .*\nCordon of linux {2}drained by .*: a new disk$/);
    }
    const json = await call(["pool", "list", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { pools: operations.current.pools });
  });
});

Deno.test("hvpool pool list and status have columns for parked, off and waiting where a pool has any", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.addAgentPool("desks", { parked: 3, off: 4, queued: 5 });
    for (const args of [["pool", "list"], ["status"]]) {
      const { out } = await call([...args, "--data-dir", dataDir]);
      assert.match(
        out,
        /^POOL .* CLAIMED {2}PARKED {2}STANDBY {2}OFF {2}STARTING {2}FAILED {2}WAITING {2}WHY$/m,
      );
      assert.match(out, /^linux +runner +2 +1 +0 +0 +0 +0 +1 +0 +0$/m);
      assert.match(out, /^desks +agent +2 +1 +0 +3 +0 +4 +1 +0 +5$/m);
    }
    operations.current = { ...operations.current, pools: operations.current.pools.slice(0, 1) };
    operations.addAgentPool("desks", { off: 1 });
    const { out } = await call(["pool", "list", "--data-dir", dataDir]);
    assert.match(out, /^POOL .* CLAIMED {2}STANDBY {2}OFF {2}STARTING {2}FAILED {2}WHY$/m);
  });
});

Deno.test("hvpool pool show shows a pool and its machines, or as JSON", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ cordon: SAMPLE_CORDON, size: 4 });
    operations.setVms({}, { pool: "other", name: "other-1" });
    const { code, out } = await call(["pool", "show", "linux", "--data-dir", dataDir]);
    assert.equal(code, 0);
    assert.match(out, /^pool {6}linux$/m);
    assert.match(out, /^size {6}4, in the configuration 2$/m);
    assert.match(out, /^drained {3}ann@desk, through api \(hvpool drain\) for \S+: a new disk$/m);
    assert.match(out, /^machines {2}1 ready, 0 claimed, 0 standby, 1 starting, 0 failed$/m);
    assert.match(out, /^linux-1 +linux +linux\/1\.7 /m);
    assert.doesNotMatch(out, /other-1/);
    const json = await call(["pool", "show", "linux", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { pool: operations.current.pools[0], vms: SAMPLE_STATUS.vms });
    const none = await call(["pool", "show", "linus", "--data-dir", dataDir]);
    assert.deepEqual([none.code, none.err], [1, 'error: There is no pool "linus". There is: linux.']);
  });
});

Deno.test("hvpool pool pause, resume and resize ask for it and say what happens", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const asked: [args: string[], request: object][] = [
      [["pause", "linux"], { action: "pause", pool: "linux" }],
      [["pause", "linux", "--reason", "no net"], { action: "pause", pool: "linux", reason: "no net" }],
      [["resume", "linux"], { action: "resume", pool: "linux" }],
      [["resize", "linux", "0"], { action: "resize", pool: "linux", size: 0 }],
      [["resize", "linux", "8", "--reason", "x"], { action: "resize", pool: "linux", size: 8, reason: "x" }],
      [["resize", "linux", "--reset"], { action: "resize", pool: "linux" }],
    ];
    for (const [args, request] of asked) {
      const [what = ""] = args;
      const plain = await call(["pool", ...args, "--data-dir", dataDir]);
      assert.deepEqual(plain, { code: 0, out: `Done: ${what}.`, err: "" });
      const json = await call(["pool", ...args, "--json", "--data-dir", dataDir]);
      assert.deepEqual(JSON.parse(json.out), { message: `Done: ${what}.`, changed: true });
      const source = `api (hvpool pool ${what})`;
      assert.deepEqual(operations.requests.splice(0), [{ ...request, actor: "administrator", source }, {
        ...request,
        actor: "administrator",
        source,
      }]);
    }
  });
});

Deno.test("hvpool pool pause, resume and resize are refused for pools that are not there, with exit code 1", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (const args of [["pause", "nope"], ["resume", "nope"], ["resize", "nope", "3"], ["pause", ".."]]) {
      const { code, out, err } = await call(["pool", ...args, "--data-dir", dataDir]);
      assert.deepEqual([code, out], [1, ""], args.join(" "));
      assert.match(err, /^error: hvpool refused: /);
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("hvpool pool resize takes a size or --reset", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const wrong: [args: string[], message: RegExp][] = [
      [["linux"], /Say how many machines pool linux has, or --reset/],
      [["linux", "3", "--reset"], /Say how many machines/],
      [["linux", "-1"], /unknown option '-1'|whole number/],
      [["linux", "1001"], /whole number from 0 to 1000/],
      [["linux", "many"], /whole number/],
      [[], /missing required argument/],
    ];
    for (const [args, message] of wrong) {
      const { code, err } = await call(["pool", "resize", ...args, "--data-dir", dataDir]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, message);
    }
    assert.deepEqual(operations.requests, []);
  });
});
