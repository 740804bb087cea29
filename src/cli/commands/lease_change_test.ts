import assert from "node:assert/strict";
import { leaseToken } from "../../api/lease_token.ts";
import type { FakeLeases } from "../../api/testing/fake_leases.ts";
import { LEASE_KEY } from "../../api/testing/served.ts";
import { call, withRunning } from "../testing/called.ts";

const ID = "l-00000000000000000000000001";
const TOKEN = leaseToken(LEASE_KEY, ID);

/** Every command that changes a machine, what it asks for, and what it says. */
const CHANGES: [args: string[], change: object, says: RegExp][] = [
  [
    ["pause", ID],
    { kind: "pause" },
    /^Lease l-0+1 is paused: desktops-1 is saved\. `hvpool lease resume l-0+1`/,
  ],
  [["resume", ID], { kind: "resume" }, /^Lease l-0+1 goes on: desktops-1 is ready\.$/],
  [["reset", ID], { kind: "reset" }, /^Lease l-0+1: desktops-1 is clean and ready\.$/],
  [
    ["checkpoint", ID, "installed"],
    { kind: "checkpoint", name: "installed" },
    /^Lease l-0+1 has the checkpoint installed\.$/,
  ],
  [
    ["restore", ID, "installed"],
    { kind: "restore", name: "installed" },
    /^Lease l-0+1: desktops-1 is back at the checkpoint installed and ready\.$/,
  ],
];

async function leased(leases: FakeLeases): Promise<void> {
  await leases.acquire({ pool: "desktops", holder: "ci-42", source: "test" }, 0);
}

/** Until the request of a command is held: the machine is being changed. */
async function changes(leases: FakeLeases): Promise<void> {
  for (let turn = 0; turn < 1_000 && leases.waiting === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual([leases.waiting, leases.list()[0]?.state], [1, "changing"]);
}

Deno.test("hvpool lease pause, resume, reset, checkpoint and restore say what has come of it", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    for (const [args, change, says] of CHANGES) {
      const { code, out, err } = await call(["lease", ...args, "--data-dir", dataDir]);
      assert.deepEqual([code, err], [0, ""], args[0]);
      assert.match(out, says);
      const source = `api (hvpool lease ${args[0]})`;
      assert.deepEqual(leases.changed.splice(0), [{ lease: ID, change, actor: "administrator", source }]);
    }
    assert.deepEqual(leases.heartbeats, []);
  });
});

Deno.test("hvpool lease resume and restore of a machine that was not ready in time say what it lacked", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    await call(["lease", "checkpoint", ID, "a", "--data-dir", dataDir]);
    leases.lacks = "its clock is 5 min behind";
    const said = async (...args: string[]) => {
      const { code, out, err } = await call(["lease", ...args, "--data-dir", dataDir]);
      assert.deepEqual([code, err], [0, ""]);
      return out.replace(ID, "it");
    };
    const lacks = "was not ready in time: its clock is 5 min behind.";
    assert.equal(await said("resume", ID), `Lease it goes on: desktops-1 ${lacks}`);
    assert.equal(
      await said("restore", ID, "a"),
      `Lease it: desktops-1 is back at the checkpoint a and ${lacks}`,
    );
    assert.match(await said("show", ID), /^why {10}it goes on, but its clock is 5 min behind$/m);
  });
});

Deno.test("with --json they print the lease, and with --token they are the holder's", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    await Deno.remove(`${dataDir}/token`);
    const env = (name: string) => name === "LEASE_TOKEN" ? TOKEN : undefined;
    for (const [args] of CHANGES) {
      const whole = ["lease", ...args, "--json", "--token", "env:LEASE_TOKEN", "--data-dir", dataDir];
      const { code, out, err } = await call(whole, { env });
      assert.deepEqual([code, err, JSON.parse(out)], [0, "", leases.list()[0]], args[0]);
      assert.deepEqual(leases.heartbeats.splice(0), [ID]);
    }
    const other = ["lease", "pause", ID.replace(/1$/, "2"), "--token", TOKEN, "--data-dir", dataDir];
    const { code, err } = await call(other);
    assert.equal(code, 1);
    assert.match(err, /does not open the lease l-0+2\./);
  });
});

Deno.test("they wait until it is done, and say that it goes on without --wait", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    leases.slow = true;
    const brief = await call(["lease", "pause", ID, "--no-wait", "--data-dir", dataDir]);
    assert.deepEqual([brief.code, brief.err], [0, ""]);
    assert.match(brief.out, /^Lease l-0+1: pause goes on\. `hvpool lease show l-0+1` says how far it is\.$/);
    const shown = await call(["lease", "show", ID, "--data-dir", dataDir]);
    assert.match(shown.out, /^state +changing for /m);
    assert.match(shown.out, /^change +pause$/m);
    const called = call(["lease", "pause", ID, "--data-dir", dataDir]);
    await changes(leases);
    leases.finish(ID);
    assert.deepEqual([(await called).code, leases.list()[0]?.state], [0, "paused"]);
  });
});

Deno.test("one that takes longer than its request is held is looked at until it is done", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    leases.slow = true;
    const called = call(["lease", "checkpoint", ID, "a", "--data-dir", dataDir]);
    await changes(leases);
    for (let turn = 0; turn < 1_000 && leases.waiting > 0; turn++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    leases.finish(ID);
    const { code, out, err } = await called;
    assert.deepEqual([code, out, err], [0, `Lease ${ID} has the checkpoint a.`, "checkpoint a goes on"]);
    assert.equal(leases.changed.length, 1, "it was asked for once");
  });
});

Deno.test("what takes too long ends with 124, what comes to nothing with 1, and both say why", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    leases.slow = true;
    // A hvpool that holds the request for that long is not called silent.
    for (const time of ["0.05s", "1s"]) {
      const late = await call(["lease", "reset", ID, "--timeout", time, "--data-dir", dataDir]);
      assert.deepEqual([late.code, late.out], [124, ""]);
      assert.match(
        late.err,
        /error: reset of lease l-0+1 is not done after .*\. It goes on without this command;/,
      );
    }
    for (const args of [["reset", ID], ["pause", ID], ["checkpoint", ID, "a"]]) {
      if (leases.list()[0]?.change !== null) leases.finish(ID);
      const called = call(["lease", ...args, "--data-dir", dataDir]);
      await changes(leases);
      leases.finish(ID, "the disk is full");
      const { code, err } = await called;
      assert.deepEqual([code, err], [
        1,
        `error: ${args[0]} of lease ${ID} did not come about: it is active, the disk is full.`,
      ]);
    }
  });
});

Deno.test("Ctrl+C ends the command, not the change", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    leases.slow = true;
    let stop = () => {};
    const signals = {
      onStop(listener: (name: string) => void) {
        stop = () => listener("SIGINT");
        return () => stop = () => {};
      },
    };
    const called = call(["lease", "pause", ID, "--data-dir", dataDir], { signals });
    await changes(leases);
    stop();
    const { code, out, err } = await called;
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^error: pause of lease l-0+1 was asked for\. It goes on without this command;/);
    assert.equal(leases.list()[0]?.state, "changing");
  });
});

Deno.test("they end with 2 for bad use, 1 for a refusal and 3 without a hvpool", async () => {
  for (const name of ["", "a b", "..", "a/b", "x".repeat(41)]) {
    for (const what of ["checkpoint", "restore"]) {
      const { code, err } = await call(["lease", what, ID, name, "--data-dir", "nowhere"]);
      assert.equal(code, 2, name);
      assert.match(err, /Expected 1 to 40 letters/);
    }
  }
  for (const args of [["pause"], ["checkpoint", ID], ["restore", ID], ["reset", ID, "--timeout", "soon"]]) {
    assert.equal((await call(["lease", ...args, "--data-dir", "nowhere"])).code, 2, args.join(" "));
  }
  for (const [args] of CHANGES) {
    assert.equal((await call(["lease", ...args, "--data-dir", "nowhere"])).code, 3, args.join(" "));
  }
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    const unknown = await call(["lease", "restore", ID, "nothing", "--data-dir", dataDir]);
    assert.deepEqual([unknown.code, unknown.out], [1, ""]);
    assert.match(unknown.err, /^error: hvpool refused: .*no checkpoint nothing\.$/);
    leases.end(ID);
    for (const [args] of CHANGES) {
      const gone = await call(["lease", ...args, "--data-dir", dataDir]);
      assert.deepEqual([gone.code, gone.err], [1, `error: hvpool refused: The lease ${ID} has ended.`]);
    }
  });
});

Deno.test("hvpool lease show and list tell of pauses, checkpoints and steps", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    const acquired = await call([
      ...["lease", "acquire", "--pool", "desktops", "--on-idle", "save", "--release", "save", "--keep", "1h"],
      ...["--data-dir", dataDir],
    ]);
    assert.equal(acquired.code, 0);
    assert.equal(leases.acquired[0]?.keepMs, 3_600_000);
    assert.match(acquired.out, /^steps +queued 1\.0s, ready after 2\.0s \(start .*\)$/m);
    assert.match(acquired.out, /^idle +is paused after 5m without a heartbeat$/m);
    assert.match(acquired.out, /^then +saved for its holder's next lease$/m);
    assert.doesNotMatch(acquired.out, /^(checkpoints|change)/m);
    for (const args of [["checkpoint", ID, "one"], ["checkpoint", ID, "two"], ["pause", ID]]) {
      assert.equal((await call(["lease", ...args, "--data-dir", dataDir])).code, 0);
    }
    const shown = await call(["lease", "show", ID, "--data-dir", dataDir]);
    assert.match(shown.out, /^state +paused for /m);
    assert.match(shown.out, /^checkpoints +one \(2026-03-01 [\d:]+\), two \(2026-03-01 [\d:]+\)$/m);
    assert.match(shown.out, /^expires +2026-03-01/m);
    const listed = await call(["lease", "list", "--data-dir", dataDir]);
    assert.match(listed.out, /^l-0+1 +desktops +admin +paused +desktops-1 /m);
    const json = await call(["lease", "list", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(json.out), { leases: leases.list() });
    const alive = await call(["lease", "heartbeat", ID, "--data-dir", dataDir]);
    assert.match(alive.out, /^Lease l-0+1 is paused, until 2026-03-01 [\d:]+ at most\.$/);
    leases.slow = true;
    await call(["lease", "resume", ID, "--no-wait", "--data-dir", dataDir]);
    assert.match((await call(["lease", "list", "--data-dir", dataDir])).out, / changing .* resume$/m);
  });
});

Deno.test("hvpool lease release says what becomes of the machine, and for how long it waits", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    const args = ["lease", "release", ID, "--release", "keep", "--keep", "2h", "--data-dir", dataDir];
    assert.deepEqual(await call(args), { code: 0, out: `Lease ${ID} is released.`, err: "" });
    const [released] = leases.released;
    assert.deepEqual([released?.release, released?.keepMs], ["keep", 7_200_000]);
  });
});
