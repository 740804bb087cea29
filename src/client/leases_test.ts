import assert from "node:assert/strict";
import { leaseToken } from "../api/lease_token.ts";
import { LEASE_KEY, served, TOKEN } from "../api/testing/served.ts";
import { Client } from "./client.ts";
import { findEndpoint } from "./endpoint.ts";
import { ApiError, Unauthorized } from "./errors.ts";

const ID = "l-00000000000000000000000001";
const REQUEST = { pool: "desktops" };

function clientOf(address: string, token = TOKEN): Client {
  const endpoint = { address, token, pid: Deno.pid, startedAt: "2026-03-01T10:00:00.000Z" };
  return new Client({ locate: () => Promise.resolve(endpoint), name: "test" });
}

function refusedAs(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ApiError && error.code === code;
}

Deno.test("acquire() brings a lease and its token, again under the same key", async () => {
  await served(async ({ address, operations }) => {
    const { leases } = clientOf(address);
    const acquired = await leases.acquire(REQUEST, { key: "k", answerWithinSeconds: 0 });
    assert.deepEqual(acquired, { lease: operations.leases.list()[0], token: leaseToken(LEASE_KEY, ID) });
    assert.deepEqual(await leases.acquire(REQUEST, { key: "k" }), acquired);
    const again = leases.acquire({ ...REQUEST, priority: 1 }, { key: "k" });
    await assert.rejects(again, refusedAs("conflict"));
    assert.equal(operations.leases.acquired[0]?.key, "k");
  });
});

Deno.test("acquire() waits as long as it is told to, and its signal ends the waiting alone", async () => {
  await served(async ({ address, operations }) => {
    operations.leases.free = 0;
    const { leases } = clientOf(address);
    const brief = await leases.acquire(REQUEST, { answerWithinSeconds: 0.02 });
    assert.equal(brief.lease.state, "queued");
    const stop = new AbortController();
    const waits = leases.acquire(REQUEST, { signal: stop.signal });
    while (operations.leases.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await assert.rejects(waits, { name: "AbortError" });
    assert.equal(operations.leases.list().length, 2);
  });
});

Deno.test("an administrator's client lists, shows, keeps, extends, releases and takes away", async () => {
  await served(async ({ address, operations }) => {
    const { leases } = clientOf(address);
    await leases.acquire(REQUEST);
    assert.deepEqual(await leases.list(), operations.leases.list());
    assert.deepEqual(await leases.show(ID), operations.leases.list()[0]);
    assert.equal((await leases.heartbeat(ID)).id, ID);
    assert.equal((await leases.extend(ID, 7200)).totalSeconds, 7200);
    await leases.release(ID, { release: "destroy" });
    await leases.release(ID);
    const { lease } = await leases.acquire(REQUEST);
    await leases.forceRelease(lease.id, { reason: "a reboot" });
    await leases.forceRelease(lease.id);
    assert.deepEqual(operations.leases.released.map(({ lease, release, cause }) => [lease, release, cause]), [
      [ID, "destroy", "an administrator released it"],
      [lease.id, undefined, "an administrator took it away: a reboot"],
    ]);
    await assert.rejects(leases.show(ID), refusedAs("gone"));
    await assert.rejects(leases.heartbeat(ID), refusedAs("gone"));
    await assert.rejects(leases.show("nope"), refusedAs("not_found"));
    assert.throws(() => leases.show(".."), refusedAs("not_found"));
  });
});

Deno.test("change() says what is done with the machine, until it is over", async () => {
  await served(async ({ address, operations }) => {
    const { token } = await clientOf(address).leases.acquire(REQUEST);
    for (const { leases } of [clientOf(address), clientOf(address, token)]) {
      assert.equal((await leases.change(ID, { kind: "pause" })).state, "paused");
      assert.equal((await leases.change(ID, { kind: "resume" })).state, "active");
      assert.equal((await leases.change(ID, { kind: "reset" })).state, "active");
      const { checkpoints } = await leases.change(ID, { kind: "checkpoint", name: "a.b-c" });
      assert.equal(checkpoints.at(-1)?.name, "a.b-c");
      assert.equal((await leases.change(ID, { kind: "restore", name: "a.b-c" })).change, null);
      await assert.rejects(leases.change(ID, { kind: "restore", name: "none" }), refusedAs("not_found"));
      await assert.rejects(leases.change(ID, { kind: "restore", name: ".." }), refusedAs("not_found"));
      await assert.rejects(leases.change(ID, { kind: "restore", name: "a/b" }), refusedAs("invalid_request"));
    }
    operations.leases.slow = true;
    const { leases } = clientOf(address, token);
    const goesOn = await leases.change(ID, { kind: "pause" }, { answerWithinSeconds: 0.02 });
    assert.deepEqual(goesOn.change, { kind: "pause", name: null });
    await assert.rejects(leases.change(ID, { kind: "reset" }), refusedAs("conflict"));
    const stop = new AbortController();
    const waits = leases.change(ID, { kind: "pause" }, { signal: stop.signal });
    while (operations.leases.waiting === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort();
    await assert.rejects(waits, { name: "AbortError" });
    assert.equal(operations.leases.list()[0]?.state, "changing");
  });
});

Deno.test("a holder's client does what the lease's token opens, and nothing else", async () => {
  await served(async ({ address }) => {
    const { token } = await clientOf(address).leases.acquire(REQUEST);
    const { leases } = clientOf(address, token);
    assert.equal((await leases.heartbeat(ID)).state, "active");
    assert.equal((await leases.extend(ID, 60)).totalSeconds, 60);
    await assert.rejects(leases.list(), refusedAs("administrator_only"));
    await assert.rejects(leases.forceRelease(ID), refusedAs("administrator_only"));
    await assert.rejects(leases.show(ID.replace("1", "2")), refusedAs("not_your_lease"));
    await leases.release(ID);
    await assert.rejects(clientOf(address, "nonsense").leases.show(ID), Unauthorized);
  });
});

Deno.test("findEndpoint() with another token needs no access to the administrator's", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const endpoint = { address: "http://127.0.0.1:7420", tokenFile: "token", pid: Deno.pid };
    const startedAt = "2026-03-01T10:00:00.000Z";
    await Deno.writeTextFile(`${dir}/endpoint.json`, JSON.stringify({ ...endpoint, startedAt }));
    await assert.rejects(findEndpoint(dir), Unauthorized);
    assert.equal((await findEndpoint(dir, "hvl_x")).token, "hvl_x");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
