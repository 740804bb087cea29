import assert from "node:assert/strict";
import type { FakeOperations } from "../../api/testing/fake_operations.ts";
import type { PoolStatus } from "../../model/status.ts";
import { call, inFolder, recordingPrograms, withRunning } from "../testing/called.ts";

/** Changes one pool of a status. */
function change(operations: FakeOperations, name: string, pool: Partial<PoolStatus>): void {
  const pools = operations.current.pools.map((one) => one.name === name ? { ...one, ...pool } : one);
  operations.current = { ...operations.current, pools };
}

/** Makes a pool in as many looks as there are changes to it. */
function growing(operations: FakeOperations, name: string, steps: readonly Partial<PoolStatus>[]): void {
  const rest = [...steps];
  const status = operations.status.bind(operations);
  operations.status = () => {
    const step = rest.shift();
    if (step !== undefined) change(operations, name, step);
    return status();
  };
}

const CREATE = ["pool", "create", "--name", "desks", "--template", "win11", "--count", "3"];

Deno.test("hvpool pool create asks for a pool, by an option or an argument, and says what there is", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const plain = await call([...CREATE, "--data-dir", dataDir]);
    assert.deepEqual(plain, {
      code: 0,
      out: "Pool desks keeps 3 machines made from win11. `hvpool pool show desks` tells how far it is.",
      err: "",
    });
    const json = await call([
      "pool",
      "create",
      "more",
      "--template",
      "win11",
      "--json",
      "--data-dir",
      dataDir,
    ]);
    assert.equal(JSON.parse(json.out).pool.name, "more");
    const source = "api (hvpool pool create)";
    assert.deepEqual(operations.pools.asked, [
      { name: "desks", template: "win11", size: 3, actor: "administrator", source },
      { name: "more", template: "win11", size: 1, actor: "administrator", source },
    ]);
  });
});

Deno.test("hvpool pool create hands on every option", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const options = "--hot 1 --warm 1 --max 4 --idle 5m --ttl 1h --on-idle save --no-desktop --switch nat"
      .split(" ");
    assert.equal((await call([...CREATE, ...options, "--data-dir", dataDir])).code, 0);
    assert.deepEqual(operations.pools.asked, [{
      name: "desks",
      template: "win11",
      size: 3,
      hot: 1,
      warm: 1,
      max: 4,
      desktop: false,
      idleMs: 300_000,
      totalMs: 3_600_000,
      onIdle: "save",
      switchName: "nat",
      actor: "administrator",
      source: "api (hvpool pool create)",
    }]);
  });
});

Deno.test("hvpool pool create refuses bad use before anything is asked", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const wrong: [args: string[], message: RegExp][] = [
      [["--template", "win11"], /Say once what the pool is called/],
      [["a", "--name", "b", "--template", "win11"], /Say once what the pool is called/],
      [["a"], /--template/],
      [["a", "--template", "t", "--count", "-1"], /--count|unknown option/],
      [["a", "--template", "t", "--count", "1001"], /whole number from 0 to 1000/],
      [["a", "--template", "t", "--ttl", "2d"], /Expected 1s to 1d/],
      [["a", "--template", "t", "--on-idle", "stop"], /release, save/],
      [["a", "--template", "t", "--timeout", "1m"], /add --wait/],
    ];
    for (const [args, message] of wrong) {
      const { code, err } = await call(["pool", "create", ...args, "--data-dir", dataDir]);
      assert.equal(code, 2, args.join(" "));
      assert.match(err, message);
    }
    assert.deepEqual(operations.pools.asked, []);
  });
});

Deno.test("hvpool pool create --wait says a line for each change, and ends when the pool is full", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    growing(operations, "desks", [
      { starting: 3 },
      { starting: 2, standby: 1, why: "waiting for a place in lane boot" },
      { starting: 0, standby: 2, ready: 1, why: null },
    ]);
    const { code, out, err } = await call([...CREATE, "--wait", "--data-dir", dataDir]);
    assert.deepEqual([code, out], [0, "Pool desks is full: 1 ready, 2 saved."]);
    const [made, starting, some, all, ...more] = err.split("\n");
    assert.equal(made, "Pool desks: 0 of 3 machines");
    assert.equal(starting, "Pool desks: 0 of 3 machines (3 starting)");
    assert.match(
      some ?? "",
      /^Pool desks: 1 of 3 machines \(1 saved, 2 starting\) {2}waiting for a place in lane boot {2}about \d+s left$/,
    );
    assert.equal(all, "Pool desks: 3 of 3 machines (1 ready, 2 saved)");
    assert.deepEqual(more, []);
  });
});

Deno.test("hvpool pool create --wait --json says nothing but one object at the end", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    growing(operations, "desks", [{}, { standby: 3 }]);
    const { code, out, err } = await call([...CREATE, "--wait", "--json", "--data-dir", dataDir]);
    assert.deepEqual([code, err], [0, ""]);
    assert.equal(JSON.parse(out).pool.standby, 3);
  });
});

Deno.test("hvpool pool create --wait ends with 124 when the time is over, says why, and the pool stays", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    growing(operations, "desks", [{ standby: 1, why: "the host has no room." }]);
    const called = await call([...CREATE, "--wait", "--timeout", "600ms", "--data-dir", dataDir]);
    assert.equal(called.code, 124);
    assert.match(
      called.err,
      /error: Pool desks has 1 of 3 machines after 0s: the host has no room\. It stays/,
    );
    assert.ok(operations.current.pools.some(({ name }) => name === "desks"));
    const json = await call([...CREATE, "--wait", "--timeout", "1ms", "--json", "--data-dir", dataDir]);
    assert.deepEqual([json.code, JSON.parse(json.out).pool.standby], [124, 1]);
  });
});

Deno.test("hvpool pool create --wait ends with 130 on Ctrl+C, and the pool stays", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    let stop = () => {};
    const signals = {
      onStop: (listener: (name: string) => void) => {
        stop = () => listener("SIGINT");
        return () => {};
      },
    };
    const status = operations.status.bind(operations);
    operations.status = () => {
      stop();
      return status();
    };
    const { code, err } = await call([...CREATE, "--wait", "--data-dir", dataDir], { signals });
    assert.equal(code, 130);
    assert.match(err, /error: Pool desks goes on being filled without this command/);
  });
});

Deno.test("hvpool pool create --wait ends when somebody deletes the pool", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const status = operations.status.bind(operations);
    operations.status = () => ({ ...status(), pools: [] });
    const { code, err } = await call([...CREATE, "--wait", "--data-dir", dataDir]);
    assert.deepEqual([code, err.split("\n").at(-1)], [
      1,
      "error: Somebody deleted the pool desks meanwhile.",
    ]);
  });
});

Deno.test("hvpool pool status is hvpool pool show", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({
      kind: "agent",
      created: true,
      parked: 1,
      off: 2,
      queued: 3,
      cold: "it has a GPU",
    });
    const [show, status] = await Promise.all(
      ["show", "status"].map((name) => call(["pool", name, "linux", "--data-dir", dataDir])),
    );
    assert.deepEqual(show, status);
    assert.match(show?.out ?? "", /^made {6}at run time/m);
    assert.match(show?.out ?? "", /0 failed, 1 parked, 2 off$/m);
    assert.match(show?.out ?? "", /^waiting {3}3 leases$/m);
    assert.match(show?.out ?? "", /^cold {6}it has a GPU$/m);
  });
});

Deno.test("hvpool pool delete deletes, and is refused while the pool is leased", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    await call([...CREATE, "--data-dir", dataDir]);
    operations.pools.leased.add("desks");
    const refused = await call(["pool", "delete", "desks", "--data-dir", dataDir]);
    assert.deepEqual([refused.code, refused.err], [1, "error: hvpool refused: It is leased, or configured."]);
    const unasked = await call(["pool", "delete", "desks", "--force", "--data-dir", dataDir]);
    assert.deepEqual([unasked.code, unasked.out], [2, ""]);
    assert.match(
      unasked.err,
      /--force ends leases of pool desks\. There is no terminal to ask on: add --yes/,
    );
    const forced = await call(["pool", "delete", "desks", "--force", "--yes", "--data-dir", dataDir]);
    assert.deepEqual(forced, { code: 0, out: "Pool desks is deleted.", err: "" });
    await call([...CREATE, "--data-dir", dataDir]);
    operations.pools.leased.clear();
    const json = await call(["pool", "delete", "desks", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { deleted: "desks" });
  });
});

Deno.test("hvpool pool delete --force asks on a terminal when leases end, unless --yes says it", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const pool = "desktops";
    operations.changePool({ name: pool, created: true });
    const acquire = ["lease", "acquire", "--pool", pool, "--holder", "ada", "--json", "--data-dir", dataDir];
    assert.equal((await call(acquire)).code, 0);
    const asked: string[] = [];
    const ask = (question: string) => asked.push(question) === 0;
    const no = await call(["pool", "delete", pool, "--force", "--data-dir", dataDir], { ask });
    assert.deepEqual([no.code, no.err], [1, "error: Nothing was done."]);
    assert.match(asked.join(), /1 lease ends \(ada\)/);
    await call(["pool", "delete", pool, "--force", "--yes", "--data-dir", dataDir], { ask });
    assert.equal(asked.length, 1);
    assert.deepEqual(operations.pools.asked.map((request) => "force" in request && request.force), [true]);
  });
});

Deno.test("hvpool pool delete --force asks on a terminal while hvpool is not running, too", async () => {
  await inFolder(async (dataDir) => {
    const { programs, calls } = recordingPrograms();
    const asked: string[] = [];
    const force = (...more: string[]) =>
      call(["pool", "delete", "desks", "--force", ...more, "--data-dir", dataDir], {
        programs: () => Promise.resolve({ ...programs }),
        ask: (question) => (asked.push(question), false),
      });
    const no = await force();
    assert.deepEqual([no.code, no.err, calls], [1, "error: Nothing was done.", []]);
    assert.match(asked.join(), /^Delete pool desks at once\? hvpool is not running\. Leases of it end/);
    await force("--yes");
    assert.deepEqual([asked.length, calls.length], [1, 1]);
  });
});

Deno.test("hvpool pool delete works on the journal while hvpool is not running", async () => {
  const dataDir = await Deno.makeTempDir();
  try {
    const { programs, calls } = recordingPrograms();
    const none = await call(["pool", "delete", "desks", "--data-dir", dataDir], {
      programs: () => Promise.resolve(programs),
    });
    assert.equal(none.code, 3);
    assert.match(none.err, /not running/);
    const options = { dataDir, pool: "desks", force: false, source: "hvpool pool delete" };
    assert.deepEqual(calls.splice(0), [{ deletePoolStopped: options }]);
    await call(["pool", "delete", "desks", "--reason", "old", "--data-dir", dataDir], {
      programs: () => Promise.resolve(programs),
      actor: "CORP\\alice",
    });
    assert.deepEqual(calls, [{ deletePoolStopped: { ...options, actor: "CORP\\alice", reason: "old" } }]);
    const answered = (answer: Awaited<ReturnType<typeof programs.deletePoolStopped>>) =>
      call(["pool", "delete", "desks", "--data-dir", dataDir], {
        programs: () => Promise.resolve({ ...programs, deletePoolStopped: () => Promise.resolve(answer) }),
      });
    assert.deepEqual(await answered({ ok: true }), { code: 0, out: "Pool desks is deleted.", err: "" });
    assert.deepEqual((await answered({ ok: false, message: "Leased." })).err, "error: Leased.");
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});
