import assert from "node:assert/strict";
import { leaseToken } from "../../api/lease_token.ts";
import type { FakeLeases } from "../../api/testing/fake_leases.ts";
import { LEASE_KEY } from "../../api/testing/served.ts";
import { call, recordingOutput, withRunning } from "../testing/called.ts";

const ID = "l-00000000000000000000000001";
const TOKEN = leaseToken(LEASE_KEY, ID);
const ACQUIRE = ["lease", "acquire", "--pool", "desktops"];

/** Gives the one machine away. */
async function leased(leases: FakeLeases): Promise<void> {
  await leases.acquire({ pool: "desktops", holder: "ci-42", source: "test" }, 0);
}

/** Until a command waits. */
async function waits(leases: FakeLeases): Promise<void> {
  for (let turn = 0; turn < 1_000 && leases.waiting === 0; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(leases.waiting, 1);
}

Deno.test("hvpool lease acquire prints the machine, its address, the lease and its token", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    const { code, out, err } = await call([...ACQUIRE, "--data-dir", dataDir]);
    assert.deepEqual([code, err], [0, ""]);
    const [vm, address, endpoints, lease, token] = out.split("\n");
    assert.equal(vm, "vm           desktops-1");
    assert.equal(address, "address      172.20.1.5");
    assert.equal(endpoints, "endpoints    http://172.20.1.5:8080/mcp");
    assert.equal(lease, `lease        ${ID}`);
    assert.equal(token, `token        ${TOKEN}`);
    assert.match(out, /^origin {7}standby$/m);
    assert.match(
      out,
      /^steps {8}queued 1\.0s, ready after 2\.0s \(start 1\.5s, network 0\.2s, guest 0\.3s\)$/m,
    );
    assert.match(out, /^idle {9}ends after 5m without a heartbeat$/m);
    const [asked] = leases.acquired;
    assert.match(asked?.key ?? "", /^[0-9a-f-]{36}$/);
    assert.deepEqual(asked, {
      pool: "desktops",
      holder: "admin",
      key: asked?.key,
      actor: "administrator",
      source: "api (hvpool lease acquire)",
    });
  });
});

Deno.test("hvpool lease acquire hands on what it is told, and the same key gets the same lease", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    const args = [
      ...[...ACQUIRE, "--holder", "ci-42", "--label", "run=42", "--label", "of=a=b", "--purpose", "smoke"],
      ...["--wait", "10m", "--idle", "90s", "--ttl", "2h", "--priority", "-5", "--release", "destroy"],
      ...["--on-idle", "save", "--key", "run-42", "--json", "--data-dir", dataDir],
    ];
    const first = await call(args);
    assert.deepEqual([first.code, first.err], [0, ""]);
    assert.deepEqual(JSON.parse(first.out), { lease: leases.list()[0], token: TOKEN });
    assert.deepEqual(leases.acquired, [{
      pool: "desktops",
      holder: "ci-42",
      labels: { run: "42", of: "a=b" },
      purpose: "smoke",
      waitMs: 600_000,
      idleMs: 90_000,
      totalMs: 7_200_000,
      priority: -5,
      release: "destroy",
      onIdle: "save",
      key: "run-42",
      actor: "administrator",
      source: "api (hvpool lease acquire)",
    }]);
    assert.deepEqual(await call(args), first);
    const other = await call(args.map((arg) => arg === "smoke" ? "another" : arg));
    assert.equal(other.code, 1);
    assert.match(other.err, /key was used for another request/);
    leases.end(ID);
    assert.deepEqual((await call(args)).err, `error: hvpool refused: The lease ${ID} has ended.`);
  });
});

Deno.test("hvpool lease acquire waits with progress, and with --json without", async () => {
  for (const json of [false, true]) {
    await withRunning(async ({ dataDir, operations: { leases } }) => {
      await leased(leases);
      const called = call([...ACQUIRE, "--data-dir", dataDir, ...(json ? ["--json"] : [])]);
      await waits(leases);
      leases.addMachine();
      const { code, out, err } = await called;
      assert.equal(code, 0);
      assert.equal(err, json ? "" : "waiting, position 1: every machine has a holder");
      assert.match(out, json ? /^{"lease":/ : /^vm {11}desktops-1\n/);
    });
  }
});

Deno.test("hvpool lease acquire ends with 124 when no machine came free, and with 1 when it was taken away", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    const late = call([...ACQUIRE, "--wait", "10m", "--data-dir", dataDir]);
    await waits(leases);
    leases.end(leases.list()[1]?.id ?? "");
    const { code, out, err } = await late;
    assert.deepEqual([code, out], [124, ""]);
    assert.match(
      err,
      /^error: No machine of pool desktops came free within 10m\. `hvpool lease list` shows/m,
    );
    leases.waitsUntil = new Date(Date.now() + 3_600_000).toISOString();
    const taken = call([...ACQUIRE, "--data-dir", dataDir]);
    await waits(leases);
    leases.end(leases.list()[1]?.id ?? "");
    const refused = await taken;
    assert.equal(refused.code, 1);
    assert.match(refused.err, /error: hvpool refused: The lease l-0+3 has ended\.$/);
  });
});

Deno.test("Ctrl+C ends hvpool lease acquire, not the lease, and says how to release it", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    let stop = () => {};
    const signals = {
      onStop(listener: (name: string) => void) {
        stop = () => listener("SIGINT");
        return () => stop = () => {};
      },
    };
    const called = call([...ACQUIRE, "--key", "k", "--data-dir", dataDir], { signals });
    await waits(leases);
    stop();
    const { code, out, err } = await called;
    assert.deepEqual([code, out], [1, ""]);
    const id = leases.list()[1]?.id;
    assert.ok(
      err.endsWith(
        `error: The lease ${id} goes on without this command. The same command with --key k waits on. ` +
          `\`hvpool lease release ${id}\` ends it.`,
      ),
      err,
    );
    assert.ok(!err.includes("hvl_"));
    assert.equal(leases.list()[1]?.state, "queued");
  });
});

Deno.test("hvpool lease acquire refuses what makes no sense before it asks", async () => {
  const bad: [args: string[], says: RegExp][] = [
    [["lease", "acquire"], /--pool/],
    [[...ACQUIRE, "--ttl", "0s"], /--ttl.*Expected 1s to 1d/],
    [[...ACQUIRE, "--ttl", "999999999d"], /--ttl.*Expected 1s to 1d/],
    [[...ACQUIRE, "--ttl", "forever"], /--ttl/],
    [[...ACQUIRE, "--wait", "2d"], /--wait.*Expected 0s to 1d/],
    [[...ACQUIRE, "--label", "run"], /--label.*Expected name=value/],
    [[...ACQUIRE, "--priority", "101"], /--priority.*Expected a whole number/],
    [[...ACQUIRE, "--release", "sell"], /--release.*reset, destroy, save, keep/],
    [[...ACQUIRE, "--on-idle", "keep"], /--on-idle.*release, save/],
    [[...ACQUIRE, "--keep", "0s"], /--keep.*Expected 1s to 7d/],
    [[...ACQUIRE, "--keep", "8d"], /--keep.*Expected 1s to 7d/],
    [[...ACQUIRE, "--release", "reset", "--keep", "1h"], /--keep goes with --release save or keep/],
    [["lease", "release", ID, "--release", "destroy", "--keep", "1h"], /--keep goes with/],
    [["lease", "extend", ID], /--ttl/],
  ];
  for (const [args, says] of bad) {
    const { code, err } = await call([...args, "--data-dir", "nowhere"]);
    assert.equal(code, 2, args.join(" "));
    assert.match(err, says);
  }
});

Deno.test("hvpool lease list shows leases, of a pool or a holder if one is named, or as JSON", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    const { leases } = operations;
    const list = ["lease", "list", "--data-dir", dataDir];
    assert.deepEqual(await call(list), { code: 0, out: "There is no lease.", err: "" });
    await leased(leases);
    await leases.acquire({ pool: "desktops", holder: "bob", source: "test" }, 0);
    const { out } = await call(list);
    assert.match(
      out,
      /^LEASE .*\nl-0+1 +desktops +ci-42 +active +desktops-1 +172\.20\.1\.5 .*\nl-0+2 +desktops +bob +queued .* position 1; every/,
    );
    const bobs = await call(["lease", "ls", "--holder", "bob", "--json", "--data-dir", dataDir]);
    assert.deepEqual(JSON.parse(bobs.out), { leases: [leases.list()[1]] });
    const one = await call([...list, "--pool", "desktops"]);
    assert.deepEqual([one.code, one.out], [0, out]);
    operations.addAgentPool("idle");
    assert.equal((await call([...list, "--pool", "idle"])).out, "There is no lease.");
    for (const name of ["nope", "linux"]) {
      const { code, out, err } = await call([...list, "--pool", name]);
      assert.deepEqual([code, out, err], [1, "", `error: There is no agent pool "${name}". There is: idle.`]);
    }
    const empty = await call([...list, "--holder", ""]);
    assert.deepEqual([empty.code, empty.err], [
      2,
      "error: --holder is empty. Give it a value, or leave it out.",
    ]);
  });
});

Deno.test("hvpool lease show, heartbeat, extend and release do it in the name of the administrator", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    const lease = (...args: string[]) => call(["lease", ...args, "--data-dir", dataDir]);
    const shown = await lease("show", ID);
    assert.match(shown.out, /^vm {11}desktops-1\n[^]*^holder {7}ci-42$/m);
    assert.ok(!shown.out.includes("hvl_"));
    const until = /until 2026-03-01 \d\d:05:03; the next heartbeat is due within 5m\.$/;
    assert.match((await lease("heartbeat", ID)).out, until);
    assert.equal((await lease("extend", ID, "--ttl", "90m")).out, `Lease ${ID} ends 90m after it began.`);
    for (const what of [["show"], ["heartbeat"], ["extend", "--ttl", "90m"]]) {
      assert.deepEqual(JSON.parse((await lease(...what, ID, "--json")).out), leases.list()[0]);
    }
    assert.equal((await lease("release", ID, "--release", "destroy")).out, `Lease ${ID} is released.`);
    assert.deepEqual(JSON.parse((await lease("release", ID, "--json")).out), { released: ID });
    assert.deepEqual(leases.released, [{
      lease: ID,
      release: "destroy",
      cause: "an administrator released it",
      actor: "administrator",
      source: "api (hvpool lease release)",
    }]);
    for (const what of [["show"], ["heartbeat"], ["extend", "--ttl", "90m"]]) {
      const gone = await lease(...what, ID);
      assert.deepEqual([gone.code, gone.err], [1, `error: hvpool refused: The lease ${ID} has ended.`]);
    }
  });
});

Deno.test("hvpool lease heartbeat of one that waits says until when it does", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    leases.free = 0;
    await leased(leases);
    const { out } = await call(["lease", "heartbeat", ID, "--data-dir", dataDir]);
    assert.match(out, /^Lease l-0+1 waits for a machine until 2026-03-01 \d\d:00:00\.$/);
  });
});

Deno.test("hvpool lease heartbeat of one that is being changed says whether it counts as paused", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    leases.slow = true;
    const said = async (...args: string[]) => {
      const { out } = await call(["lease", ...args, "--data-dir", dataDir]);
      return out.replace(ID, "it");
    };
    await said("reset", ID, "--no-wait");
    assert.match(
      await said("heartbeat", ID),
      /^Lease it goes on until 2026-03-01 \d\d:05:03 at most: its reset is not over, and no heartbeat is due meanwhile\.$/,
    );
    leases.finish(ID);
    await said("pause", ID, "--no-wait");
    leases.finish(ID);
    await said("resume", ID, "--no-wait");
    assert.match(
      await said("heartbeat", ID),
      /^Lease it waits to be started again, and counts as paused until then, until 2026-03-01 \d\d:05:03 at most\.$/,
    );
  });
});

Deno.test("hvpool lease force-release takes a machine away, and says why", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    const force = ["lease", "force-release", ID, "--reason", "host reboots", "--data-dir", dataDir];
    assert.deepEqual(await call(force), { code: 0, out: `Lease ${ID} is taken away.`, err: "" });
    assert.deepEqual(leases.released.map(({ cause }) => cause), [
      "an administrator took it away: host reboots",
    ]);
  });
});

Deno.test("--token does what a holder does, also without access to the administrator's token", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    await leased(leases);
    await Deno.remove(`${dataDir}/token`);
    const env = (name: string) => name === "LEASE_TOKEN" ? ` ${TOKEN}\n` : undefined;
    for (const token of [TOKEN, "env:LEASE_TOKEN"]) {
      for (const what of [["show"], ["heartbeat"], ["extend", "--ttl", "1h"]]) {
        const args = ["lease", ...what, ID, "--token", token, "--data-dir", dataDir];
        const { code, err } = await call(args, { env });
        assert.deepEqual([code, err], [0, ""], args.join(" "));
        assert.deepEqual(leases.heartbeats.splice(0), [ID]);
      }
    }
    const other = ["lease", "show", ID.replace(/1$/, "2"), "--token", TOKEN, "--data-dir", dataDir];
    assert.match(
      (await call(other)).err,
      /^error: hvpool refused: This token does not open the lease l-0+2\./,
    );
    await call(["lease", "release", ID, "--token", TOKEN, "--data-dir", dataDir]);
    assert.deepEqual(leases.released.map(({ cause }) => cause), ["its holder released it"]);
  });
});

Deno.test("no message has anything of a --token that cannot be used", async () => {
  const env = (name: string) => name === "EMPTY" ? "" : name === "BAD" ? "secret" : undefined;
  const bad: [token: string, says: RegExp][] = [
    ["secret", /it is not the token of a lease/],
    ["hvl_secret", /it is not the token of a lease/],
    ["env:BAD", /it is not the token of a lease/],
    ["", /--token is empty/],
    ["env:EMPTY", /variable EMPTY is empty here/],
    ["env:NOWHERE", /variable NOWHERE is not set here/],
  ];
  for (const [token, says] of bad) {
    for (const what of [["show"], ["heartbeat"], ["release"], ["extend", "--ttl", "1h"]]) {
      const args = ["lease", ...what, ID, `--token=${token}`, "--data-dir", "nowhere"];
      const { code, err } = await call(args, { env });
      assert.equal(code, 2, token);
      assert.match(err, says);
      assert.ok(!err.includes("secret"), err);
    }
  }
});

Deno.test("pools of agents are shown as such", async () => {
  await withRunning(async ({ dataDir, operations }) => {
    operations.changePool({ kind: "agent" });
    for (const what of [["status"], ["pool", "list"], ["pool", "show", "linux"]]) {
      const { code, out } = await call([...what, "--data-dir", dataDir]);
      assert.equal(code, 0);
      assert.match(out, /^(linux|kind) +agent/m, what.join(" "));
    }
  });
});

Deno.test("texts of holders cannot drive the terminal", async () => {
  await withRunning(async ({ dataDir, operations: { leases } }) => {
    const { output, outLines } = recordingOutput();
    const labels = { a: "\x1b[2J" };
    await leases.acquire({ pool: "desktops", holder: "a\x1b]0;b", labels, source: "test" }, 0);
    for (const what of [["list"], ["show", ID]]) {
      await call(["lease", ...what, "--data-dir", dataDir], { output });
    }
    assert.ok(outLines.length > 5 && !outLines.join("").includes("\x1b"));
  });
});
