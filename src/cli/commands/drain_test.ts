import assert from "node:assert/strict";
import { SAMPLE_CORDON, SAMPLE_VM_JOB } from "../../api/testing/fake_operations.ts";
import { call, withRunning } from "../testing/called.ts";

Deno.test("hvpool drain and uncordon are about the whole host, or about a pool", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const asked: [args: string[], request: object][] = [
      [["drain"], { action: "drain" }],
      [["drain", "--pool", "linux", "--reason", "a new disk"], {
        action: "drain",
        pool: "linux",
        reason: "a new disk",
      }],
      [["uncordon"], { action: "resume" }],
      [["uncordon", "--pool", "linux"], { action: "resume", pool: "linux" }],
    ];
    for (const [args, request] of asked) {
      const { code, out, err } = await call([...args, "--data-dir", dataDir]);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^Done: (drain|resume)\.$/);
      assert.deepEqual(operations.requests.splice(0), [{
        ...request,
        actor: "administrator",
        source: `api (hvpool ${args[0]})`,
      }]);
      const json = await call([...args, "--json", "--data-dir", dataDir]);
      assert.equal(JSON.parse(json.out).changed, true);
      operations.requests.length = 0;
    }
  });
});

Deno.test("hvpool drain --pool '' or .. never drains the whole host", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    for (const [pool, code] of [["", 2], ["..", 1], [".", 1]] as const) {
      assert.equal((await call(["drain", "--pool", pool, "--data-dir", dataDir])).code, code);
    }
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("hvpool drain --wait says who is waited for, until no machine is idle or in use", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const busy = { name: "linux-2", cycle: "linux/2.8", phase: "claimed", job: SAMPLE_VM_JOB } as const;
    // What is asked for is recorded a moment later; then one machine after the other goes.
    const steps = [
      () => operations.setVms(),
      () => operations.setVms({}, busy),
      () => operations.changePool({ cordon: SAMPLE_CORDON }),
      () => operations.setVms({ phase: "retiring" }, busy),
      () => operations.setVms({ phase: "retiring", power: "off" }, { ...busy, job: null }),
      () => operations.setVms({ phase: "quarantined" }, { phase: "preparing", pool: "prepare" }),
    ];
    const real = operations.status.bind(operations);
    operations.status = () => {
      steps.shift()?.();
      return real();
    };
    const { code, out, err } = await call(["drain", "--wait", "--timeout", "20s", "--data-dir", dataDir]);
    assert.equal(code, 0);
    assert.equal(out, "Done: drain.\nThe whole host is drained: no machine is idle or in use.");
    assert.deepEqual(err.split("\n"), [
      "waiting for linux-2 (job acme/app build), linux-1 (idle)",
      "waiting for linux-2 (job acme/app build), linux-1 (being removed)",
      "waiting for linux-2 (job)",
    ]);
    assert.deepEqual(steps, []);
  });
});

Deno.test("hvpool drain --wait names the lease and its holder, and for whom a machine is parked", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ cordon: SAMPLE_CORDON });
    operations.setVms(
      { name: "ap-1", phase: "claimed", lease: { id: "l-1", holder: "ann" } },
      { name: "ap-2", phase: "claimed", parked: { holder: "bob", until: "2026-03-01T11:00:00.000Z" } },
    );
    const { err } = await call(["drain", "--wait", "--timeout", "0s", "--data-dir", dataDir]);
    assert.match(err, /^waiting for ap-1 \(lease l-1 of ann\), ap-2 \(parked for bob\)$/m);
  });
});

Deno.test("hvpool drain --wait --pool waits for that pool alone", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const [pool] = operations.current.pools;
    assert.ok(pool);
    const pools = [{ ...pool, cordon: SAMPLE_CORDON }, { ...pool, name: "other" }];
    operations.current = { ...operations.current, pools };
    operations.setVms({ pool: "other", phase: "claimed" });
    const args = ["drain", "--wait", "--timeout", "20s", "--pool", "linux", "--json", "--data-dir", dataDir];
    const { code, out, err } = await call(args);
    assert.deepEqual([code, err], [0, ""]);
    assert.deepEqual(JSON.parse(out), { message: "Done: drain.", changed: true, drained: true });
  });
});

Deno.test("hvpool drain --wait ends with exit code 124 when it takes too long, and says that the drain goes on", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ cordon: SAMPLE_CORDON });
    const args = ["drain", "--wait", "--timeout", "0s", "--pool", "linux", "--json", "--data-dir", dataDir];
    const { code, out, err } = await call(args);
    assert.equal(code, 124);
    assert.equal(JSON.parse(out).drained, false);
    assert.match(
      err,
      /Pool linux is not drained after 0s: waiting for linux-1 \(idle\)\. The drain goes on: .*`hvpool uncordon --pool linux` ends it\.$/,
    );
  });
});

Deno.test("hvpool drain --wait ends with exit code 1 when somebody else ends the drain", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ cordon: SAMPLE_CORDON });
    const real = operations.status.bind(operations);
    let looks = 0;
    operations.status = () => {
      if (++looks === 2) operations.changePool({ cordon: { ...SAMPLE_CORDON, drain: false } });
      return real();
    };
    const { code, err } = await call(["drain", "--wait", "--timeout", "20s", "--data-dir", dataDir]);
    assert.equal(code, 1);
    assert.match(err, /The drain of the whole host was ended by somebody else; `hvpool events` says who/);
  });
});

Deno.test("hvpool drain is refused for a pool that is not there, and takes --timeout with --wait alone", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const refused = await call(["drain", "--pool", "nope", "--wait", "--data-dir", dataDir]);
    assert.deepEqual([refused.code, refused.out], [1, ""]);
    const alone = await call(["drain", "--timeout", "1h", "--data-dir", dataDir]);
    assert.equal(alone.code, 2);
    assert.match(alone.err, /--timeout goes with --wait/);
    assert.equal((await call(["drain", "--wait", "--timeout", "5", "--data-dir", dataDir])).code, 2);
    assert.deepEqual(operations.requests, []);
  });
});

Deno.test("the help of drain and of stop tells them from one another", async () => {
  const [drain, stop] = [await call(["drain", "--help"]), await call(["stop", "--help"])];
  const flat = (text: string) => text.replaceAll(/\s+/g, " ");
  assert.match(
    flat(drain.out),
    /across restarts .*`hvpool stop --drain` is another thing: it ends the program/,
  );
  assert.match(
    flat(stop.out),
    /`hvpool drain` is another thing: .*does not end the program, and survives restarts/,
  );
});
