import assert from "node:assert/strict";
import { SAMPLE_JOB } from "../../api/testing/fake_operations.ts";
import { call, withRunning } from "../testing/called.ts";

const RUNNING = {
  ...SAMPLE_JOB,
  name: "linux-2-00000000-8.1",
  vm: "linux-2",
  repository: null,
  key: null,
  endedAt: null,
  exit: null,
  result: null,
  startedAt: new Date(Date.now() - 90_500).toISOString(),
};
const UNTOLD = { ...SAMPLE_JOB, result: null, exit: 1, why: "the app may not read actions" };

Deno.test("hvpool job list shows when, how long, what, how it ended and where", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.jobRows = [RUNNING, SAMPLE_JOB, UNTOLD];
    const { code, out } = await call(["job", "list", "--data-dir", dataDir]);
    assert.equal(code, 0);
    const [head = "", running = "", ended = "", untold = ""] = out.split("\n");
    assert.match(head, /^STARTED +DURATION +REPOSITORY +JOB +RESULT +EXIT +VM +POOL$/);
    assert.match(running, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +1m +running +linux-2 +linux$/);
    assert.match(ended, / 4m +acme\/app +Build \(x64\) +success +0 +linux-1 +linux$/);
    assert.match(untold, / 4m +acme\/app +build +unknown +1 +linux-1 +linux$/);
    assert.deepEqual(operations.jobQueries, [{ filter: {}, limit: 50 }]);
    operations.jobRows = [];
    assert.equal((await call(["job", "ls", "--data-dir", dataDir])).out, "No such job is kept.");
  });
});

Deno.test("a job that ran before a lost journal was taken up is said to have begun before then", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.jobRows = [{ ...RUNNING, startedEarlier: true }];
    const { out } = await call(["job", "list", "--data-dir", dataDir]);
    assert.match(out, /\nbefore \d{4}-\d\d-\d\d \d\d:\d\d:\d\d +over 1m +running +linux-2 /);
    const shown = await call(["job", "show", RUNNING.name, "--data-dir", dataDir]);
    assert.match(shown.out, /^started +before \d{4}-[^]*^duration +over 1m$/m);
  });
});

Deno.test("hvpool job list --json is one object, --jsonl an object a line, --limit 0 all", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.jobRows = Array.from({ length: 1201 }, (_, i) => ({ ...SAMPLE_JOB, name: `job-${i}` }));
    const json = await call(["job", "list", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { jobs: operations.jobRows.slice(0, 50) });
    const lines = await call(["job", "list", "--jsonl", "--limit", "0", "--data-dir", dataDir]);
    assert.deepEqual(lines.out.split("\n").map((line) => JSON.parse(line)), operations.jobRows);
    operations.jobRows = [];
    assert.deepEqual(await call(["job", "list", "--jsonl", "--data-dir", dataDir]), {
      code: 0,
      out: "",
      err: "",
    });
  });
});

Deno.test("hvpool job list hands on what narrows it", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const options = ["--pool", "linux", "--vm", "linux/1.7", "--repo", "acme/app", "--result", "failure"];
    const since = ["--since", "2026-03-01T10:00:00Z", "--limit", "7"];
    assert.equal((await call(["job", "list", ...options, ...since, "--data-dir", dataDir])).code, 0);
    assert.deepEqual(operations.jobQueries.splice(0), [{
      filter: {
        pool: "linux",
        vm: "linux/1.7",
        repository: "acme/app",
        result: "failure",
        since: Date.parse("2026-03-01T10:00:00Z"),
      },
      limit: 7,
    }]);
    const wrong: [string[], RegExp][] = [
      [["--result", "failed"], /--result.*Allowed choices are running, success, failure/],
      [["--since", "yesterday"], /--since/],
      [["--limit", "-1"], /--limit/],
      [["--json", "--jsonl"], /cannot be used with/],
    ];
    for (const [args, message] of wrong) {
      const { code, err } = await call(["job", "list", ...args, "--data-dir", dataDir]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, message);
    }
    assert.deepEqual(operations.jobQueries, []);
  });
});

Deno.test("hvpool job show shows one job, or as JSON", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.jobRows = [SAMPLE_JOB, RUNNING];
    const { code, out } = await call(["job", "show", SAMPLE_JOB.name, "--data-dir", dataDir]);
    assert.equal(code, 0);
    assert.match(out, /^job {9}linux-1-00000000-7\.1\nresult {6}success\nrepository {2}acme\/app$/m);
    assert.match(out, /^run {9}900, attempt 1$/m);
    assert.match(out, /^vm {10}linux-1 \(linux\/1\.7\)$/m);
    assert.match(out, /^duration {4}4m$/m);
    assert.match(out, /^exit {8}0$/m);
    const json = await call(["job", "show", RUNNING.name, "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), RUNNING);
    const none = await call(["job", "show", "nope", "--data-dir", dataDir]);
    assert.equal(none.code, 1);
    assert.match(none.err, /^error: hvpool refused: No job "nope" is kept\. There is: /);
  });
});

Deno.test("hvpool job list lets nothing of a guest's words drive the terminal", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.jobRows = [{ ...SAMPLE_JOB, repository: "acme/\u001b[2Japp", key: "a\nb", result: null }];
    for (const args of [["list"], ["show", SAMPLE_JOB.name]]) {
      const { out } = await call(["job", ...args, "--data-dir", dataDir]);
      assert.ok(!out.includes("\u001b"));
      assert.match(out, /a b/);
    }
  });
});

Deno.test("hvpool job list refuses a pool, a VM and a repository that there are not", async () => {
  await withRunning(async ({ dataDir }) => {
    const list = (...args: string[]) => call(["job", "list", ...args, "--data-dir", dataDir]);
    for (const more of [[], ["--json"], ["--jsonl"]]) {
      const pool = await list("--pool", "nope", ...more);
      assert.deepEqual([pool.code, pool.out], [1, ""]);
      assert.match(pool.err, /There is no pool "nope".* There is: linux\.$/);
      const vm = await list("--vm", "nope", ...more);
      assert.deepEqual([vm.code, vm.out], [1, ""]);
      assert.match(vm.err, /There is no VM "nope".* There is: linux-1\.$/);
    }
    const repo = await list("--repo", "not-a-repo");
    assert.equal(repo.code, 2);
    assert.match(repo.err, /Expected owner\/name/);
  });
});
