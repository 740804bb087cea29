import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SAMPLE_CORDON, SAMPLE_STATUS, SAMPLE_VM_JOB } from "../../api/testing/fake_operations.ts";
import { call, inFolder, recordingOutput, recordingPrograms, withRunning } from "../testing/called.ts";

Deno.test("hvpool status --json prints the status as one line", async () => {
  await withRunning(async ({ dataDir }) => {
    const { code, out } = await call(["status", "--json", "--data-dir", dataDir]);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), SAMPLE_STATUS);
    assert.equal(out.split("\n").length, 1);
  });
});

Deno.test("hvpool status shows controller, GitHub, pools and VMs in aligned columns", async () => {
  await withRunning(async ({ dataDir }) => {
    const { code, out } = await call(["status", "--data-dir", dataDir]);
    assert.equal(code, 0);
    const lines = out.split("\n");
    assert.match(lines[0] ?? "", /^hvpool 0\.1\.0 {2}running since \d{4}-.* controller 00000000$/);
    assert.match(lines[1] ?? "", /^GitHub {2}ok {2}4990 of 5000 requests left until \d\d:\d\d:\d\d$/);
    assert.equal(lines[3], "POOL   KIND    SIZE  READY  CLAIMED  STANDBY  STARTING  FAILED  WHY");
    assert.equal(lines[4], "linux  runner     2      1        0        0         1       0");
    assert.match(
      lines[6] ?? "",
      /^VM +POOL +CYCLE +PHASE +POWER +FOR +MEMORY +FAILURES +RUNNER +JOB OR LEASE +WHY$/,
    );
    assert.match(lines[7] ?? "", /^linux-1 +linux +linux\/1\.7 +online +running .* linux-1-00000000-7\.1$/);
  });
});

Deno.test("hvpool status says below the pools what is rolled out in them", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.rollOut();
    const { out } = await call(["status", "--data-dir", dataDir]);
    const lines = out.split("\n");
    assert.match(
      lines[5] ?? "",
      /^Rollout of linux {2}canary {2}from 1a2b3c4d to e5f6a7b8 {2}for \S+ {2}0 jobs, 1 failure {2}its first machine has no job yet$/,
    );
    assert.equal(lines[6], "");
    assert.match(lines[7] ?? "", /^VM /);
  });
});

Deno.test("hvpool status says below the pools who paused or drained them and why, and which were resized", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const lineOf = async () => (await call(["status", "--data-dir", dataDir])).out.split("\n")[5] ?? "";
    operations.changePool({ cordon: SAMPLE_CORDON });
    assert.match(
      await lineOf(),
      /^Cordon of linux {2}drained by ann@desk, through api \(hvpool drain\) for \S+: a new disk$/,
    );
    operations.changePool({ cordon: { ...SAMPLE_CORDON, drain: false, reason: null } });
    assert.match(
      await lineOf(),
      /^Cordon of linux {2}paused by ann@desk, through api \(hvpool drain\) for \S+$/,
    );
    operations.changePool({ cordon: null, size: 5 });
    assert.equal(
      await lineOf(),
      "Size of linux  5, in the configuration 2: `hvpool pool resize linux --reset` goes back to it",
    );
  });
});

Deno.test("hvpool status shows the job of a VM as far as it is known, and until when one is held", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.setVms(
      { phase: "claimed", job: SAMPLE_VM_JOB },
      { phase: "claimed", job: { ...SAMPLE_VM_JOB, repository: null, run: null, job: null } },
      { phase: "quarantined", heldUntil: "2026-03-01T12:30:00.000Z", why: "held by alice" },
      { phase: "quarantined", heldUntil: "2026-03-01T12:30:00.000Z" },
    );
    const { out } = await call(["status", "--data-dir", dataDir]);
    const [known = "", unknown = "", why = "", held = ""] = out.split("\n").slice(7);
    assert.match(known, /linux-1-00000000-7\.1 {2}acme\/app build$/);
    assert.match(unknown, /linux-1-00000000-7\.1$/);
    assert.match(why, / held until 2026-03-01 \d\d:30:00; held by alice$/);
    assert.match(held, / held until 2026-03-01 \d\d:30:00$/);
  });
});

Deno.test("hvpool status says below the pools whose image is old, in colour where there is any", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const args = ["status", "--data-dir", dataDir];
    assert.doesNotMatch((await call(args)).out, /^Image of/m);
    operations.age({ level: "warn", why: "The runner 2.320.0 is 21 days behind. Prepare it anew." });
    const { out } = await call(args);
    assert.equal(
      out.split("\n")[5],
      "Image of linux  warn  The runner 2.320.0 is 21 days behind. Prepare it anew.",
    );
    const painted = async (level: "warn" | "error") => {
      operations.age({ level, why: "Old." });
      const { output, outLines } = recordingOutput();
      await call(args, { output: { ...output, colors: true } });
      return outLines.join("\n");
    };
    assert.ok((await painted("warn")).includes("\x1b[33mwarn\x1b[39m  \x1b[33mOld.\x1b[39m"));
    assert.ok((await painted("error")).includes("\x1b[31merror\x1b[39m  \x1b[31mOld.\x1b[39m"));
  });
});

Deno.test("hvpool status --watch looks again until it is ended", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const ending = new AbortController();
    const { output, outLines } = recordingOutput(() => {
      operations.current = {
        ...SAMPLE_STATUS,
        controller: { ...SAMPLE_STATUS.controller, state: "draining" },
      };
      if (outLines.length === 2) ending.abort();
    });
    const args = ["status", "--watch", "--json", "--interval", "1ms", "--data-dir", dataDir];
    await call(args, { output, until: ending.signal });
    assert.deepEqual(outLines.map((line) => JSON.parse(line).controller.state), ["running", "draining"]);
  });
});

const NEED_RUNNING = [
  ["status"],
  ["status", "--watch"],
  ["stop"],
  ["events", "--follow"],
  ["pool", "rollout", "ci"],
  ["pool", "rollout", "ci", "--pause"],
  ["pool", "list"],
  ["pool", "show", "ci"],
  ["pool", "pause", "ci"],
  ["pool", "resume", "ci"],
  ["pool", "resize", "ci", "3"],
  ["drain"],
  ["drain", "--wait"],
  ["uncordon"],
  ["vm", "list"],
  ["vm", "info", "ci-1"],
  ["vm", "recreate", "ci-1"],
  ["vm", "destroy", "ci-1", "--force", "--yes"],
  ["vm", "hold", "ci-1"],
  ["vm", "quarantine", "list"],
  ["vm", "quarantine", "release", "ci-1"],
  ["job", "list"],
  ["job", "list", "--jsonl"],
  ["job", "show", "ci-1"],
  ["plan"],
  ["reload"],
];

Deno.test("what asks a running hvpool says that nothing runs, with exit code 3", async () => {
  await inFolder(async (dataDir) => {
    for (const args of NEED_RUNNING) {
      const { code, out, err } = await call([...args, "--data-dir", dataDir]);
      assert.deepEqual({ code, out }, { code: 3, out: "" }, args.join(" "));
      assert.match(err, /^error: hvpool is not running with the data directory .*hvpool run.*--data-dir/);
    }
  });
});

Deno.test("the data directory of a configuration is where to look", async () => {
  await withRunning(async ({ dataDir }) => {
    await inFolder(async (folder) => {
      const file = join(folder, "config.yaml");
      writeFileSync(file, `debug: {use_mock: true}\ndata_dir: '${dataDir}'\n`);
      assert.equal((await call(["status", "-c", file])).code, 0);
      writeFileSync(file, `debug: {use_mock: maybe}\n`);
      const { code, err } = await call(["status", "-c", file]);
      assert.equal(code, 2);
      assert.match(err, /config\.yaml:1:\d+: debug\.use_mock/);
    });
  });
});

Deno.test("hvpool events prints what is kept, a line each", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.commit({ type: "cycle.opened", data: { cycle: "linux/1.7", slot: 1 } });
    operations.commit({
      type: "op.closed",
      data: { call: "vm.start", outcome: "failed", message: "no \u001b[2J memory" },
    });
    const { code, out } = await call(["events", "--data-dir", dataDir]);
    assert.equal(code, 0);
    const [first = "", second = ""] = out.split("\n");
    assert.match(first, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}cycle\/linux\/1\.7 +cycle\.opened +slot=1$/);
    assert.match(second, /op\.closed +call=vm\.start outcome=failed message="no .* memory"$/);
    assert.ok(!out.includes("\u001b"));
  });
});

Deno.test("hvpool events --json prints whole events; --limit keeps the newest", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const rows = Array.from({ length: 2500 }, () => operations.commit());
    const all = await call(["events", "--json", "--data-dir", dataDir]);
    assert.deepEqual(all.out.split("\n").map((line) => JSON.parse(line)), rows);
    const few = await call(["events", "--json", "--limit", "3", "--data-dir", dataDir]);
    assert.deepEqual(few.out.split("\n").map((line) => JSON.parse(line)), rows.slice(-3));
  });
});

Deno.test("hvpool events narrows by its options", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.commit({ stream: "pool/linux", type: "pool.degraded", at: "2026-03-01T09:00:00.000Z" });
    operations.commit({ stream: "cycle/windows/1.8" });
    operations.commit({ type: "op.closed" });
    const seqs = async (...args: string[]) => {
      const { out } = await call(["events", "--json", "--data-dir", dataDir, ...args]);
      return out.split("\n").map((line) => JSON.parse(line).seq);
    };
    assert.deepEqual(await seqs("--pool", "linux"), [1, 3]);
    assert.deepEqual(await seqs("--type", "op"), [2, 3]);
    assert.deepEqual(await seqs("--vm", "linux/1.7"), [3]);
    assert.deepEqual(await seqs("--since", "2026-03-01T09:30:00Z"), [2, 3]);
  });
});

Deno.test("hvpool events refuses names of what never was, also when it is to follow", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.commit();
    for (const more of [[], ["--follow"], ["--limit", "3"], ["--since", "1h"]]) {
      for (
        const [option, what] of [["--vm", "VM"], ["--pool", "pool"], ["--type", "type of event"]] as const
      ) {
        const { code, out, err } = await call(["events", option, "nope", ...more, "--data-dir", dataDir]);
        assert.deepEqual([code, out], [1, ""], err);
        assert.ok(err.includes(`There is no ${what} "nope"`), err);
      }
    }
  });
});

Deno.test("hvpool events --follow goes on with what happens", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const at = new Date().toISOString();
    operations.commit();
    operations.commit({ at });
    const ending = new AbortController();
    const { output, outLines } = recordingOutput((line) => {
      const { seq } = JSON.parse(line);
      if (seq < 5) operations.commit({ at });
      else ending.abort();
    });
    const args = ["events", "--follow", "--json", "--data-dir", dataDir];
    const code = (await call(args, { output, until: ending.signal })).code;
    assert.equal(code, 0);
    // The first event is older than ten minutes.
    assert.deepEqual(outLines.map((line) => JSON.parse(line).seq), [2, 3, 4, 5]);
  });
});

Deno.test("hvpool events --follow --limit begins with the newest", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (let i = 0; i < 5; i++) operations.commit();
    const ending = new AbortController();
    const { output, outLines } = recordingOutput((line) => {
      const { seq } = JSON.parse(line);
      if (seq === 5) operations.commit();
      if (seq === 6) ending.abort();
    });
    const args = ["events", "--follow", "--limit", "2", "--json", "--data-dir", dataDir];
    await call(args, { output, until: ending.signal });
    assert.deepEqual(outLines.map((line) => JSON.parse(line).seq), [4, 5, 6]);
  });
});

Deno.test("hvpool events reads the journal when nothing runs, and closes it", async () => {
  await inFolder(async (dataDir) => {
    const row = { seq: 1, at: "2026-03-01T10:00:00.000Z", stream: "host", type: "run.started", data: {} };
    const opened: string[] = [];
    const { programs } = recordingPrograms({
      openJournal(dir) {
        opened.push(dir);
        const events = () => ({ events: [row], reset: false, next: 1 });
        return Promise.resolve({ events, close: () => void opened.push("closed") });
      },
    });
    const { code, out } = await call(["events", "--json", "--data-dir", dataDir], {
      programs: () => Promise.resolve(programs),
    });
    assert.deepEqual({ code, out: JSON.parse(out) }, { code: 0, out: row });
    assert.deepEqual(opened, [dataDir, "closed"]);
  });
});

Deno.test("hvpool events with nothing running and no journal ends with exit code 3", async () => {
  await inFolder(async (dataDir) => {
    const { programs } = recordingPrograms();
    const { code, err } = await call(["events", "--data-dir", dataDir], {
      programs: () => Promise.resolve(programs),
    });
    assert.equal(code, 3);
    assert.match(err, /there is no journal/);
  });
});

Deno.test("hvpool stop waits until the running hvpool is gone", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const realStop = operations.stop.bind(operations);
    operations.stop = (request) => {
      realStop(request);
      rmSync(join(dataDir, "endpoint.json"));
    };
    const { code, out, err } = await call(["stop", "--drain", "--data-dir", dataDir]);
    assert.deepEqual({ code, out }, { code: 0, out: "" });
    assert.match(err, /process \d+\) is draining and then stopping\.\nhvpool has stopped\./);
    assert.deepEqual(operations.stops, [{
      drain: true,
      actor: "administrator",
      source: "api (hvpool stop)",
    }]);
  });
});

Deno.test("hvpool stop waits for the process, not only for its endpoint file", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["repl"],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    })
      .spawn();
    let ended = false;
    const watching = child.status.then(() => ended = true);
    const path = join(dataDir, "endpoint.json");
    writeFileSync(path, JSON.stringify({ ...JSON.parse(Deno.readTextFileSync(path)), pid: child.pid }));
    operations.stop = () => {
      rmSync(path);
      setTimeout(() => void child.stdin.close(), 100);
    };
    assert.equal((await call(["stop", "--data-dir", dataDir])).code, 0);
    assert.ok(ended);
    await watching;
  });
});

Deno.test("hvpool stop takes a later run for the end of the one it stopped", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.stop = () => {
      const path = join(dataDir, "endpoint.json");
      const endpoint = JSON.parse(Deno.readTextFileSync(path));
      writeFileSync(path, JSON.stringify({ ...endpoint, startedAt: "2030-01-01T00:00:00.000Z" }));
    };
    assert.equal((await call(["stop", "--data-dir", dataDir])).code, 0);
  });
});

Deno.test("hvpool stop ends with exit code 124 when it takes too long", async () => {
  await withRunning(async ({ dataDir }) => {
    const { code, err } = await call(["stop", "--timeout", "1ms", "--data-dir", dataDir]);
    assert.equal(code, 124);
    assert.match(err, /still stopping.*hvpool status/);
  });
});

Deno.test("hvpool stop --no-wait only asks", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    assert.equal((await call(["stop", "--no-wait", "--data-dir", dataDir])).code, 0);
    assert.deepEqual(operations.stops, [{
      drain: false,
      actor: "administrator",
      source: "api (hvpool stop)",
    }]);
  });
});
