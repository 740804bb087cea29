/** Leases over the API, as any program would use them: with fetch, a token and JSON. */
import assert from "node:assert/strict";
import { z } from "zod";
import { leaseStatusSchema } from "../../src/api/lease_schemas.ts";
import { HOST_CALLS } from "../../src/ports/host.ts";
import { LeaseStage } from "./support/lease_stage.ts";
import { until, untilTrue } from "./support/until.ts";

const SIZE = 3;
const SHORTEST_SECONDS = 1;

Deno.test("a machine is leased, released, and clean for whoever has it next; nobody at GitHub is asked", async () => {
  await using stage = await LeaseStage.open(21);
  const { api } = stage;
  const first = await api.hold("ada", { purpose: "a test", labels: { ticket: "7" } });
  assert.deepEqual([first.lease.origin, first.lease.holder, first.lease.labels], [
    "standby",
    "ada",
    { ticket: "7" },
  ]);
  await untilTrue("the lease names the address that its machine really has", async () => {
    const { address } = await stage.machine(first.vmId);
    return address !== null && (await api.look(first))?.vm?.address === address;
  });
  assert.equal(await api.heartbeat(first), 200);
  assert.deepEqual(await stage.mark(first.vmId, "adas-file"), []);
  assert.deepEqual((await stage.machine(first.vmId)).marks, ["adas-file"]);
  assert.equal(await api.release(first), 204);
  assert.equal(await api.release(first), 204, "a second time is no error");
  await untilTrue("the lease has ended", async () => await api.look(first) === undefined);

  // All three at once: the one that ada had is among them.
  const next = await Promise.all(["bob", "eve", "kim"].map((holder) => api.hold(holder)));
  assert.equal(new Set(next.map(({ vmId }) => vmId)).size, SIZE);
  assert.ok(next.some(({ vmId }) => vmId === first.vmId), "her machine was made anew");
  for (const { vmId, lease } of next) assert.deepEqual(await stage.mark(vmId, lease.id), []);
  const [bob, eve] = next;
  assert.ok(bob !== undefined && eve !== undefined);
  const foreign = await api.ask("POST", `/v1/leases/${bob.lease.id}/release`, { token: eve.token });
  assert.equal(foreign.status, 403, "eve's token ended bob's lease");

  const { operations, runners } = await stage.simulator.truth();
  assert.deepEqual(operations.filter(({ call }) => !Object.hasOwn(HOST_CALLS, call)), []);
  assert.deepEqual(runners, []);
});

Deno.test("a holder that says nothing any more loses its machine, which is put back", async () => {
  await using stage = await LeaseStage.open(22);
  const { api } = stage;
  const silent = await api.hold("ada", { idle_seconds: SHORTEST_SECONDS });
  await stage.mark(silent.vmId, "adas-file");
  await untilTrue("the lease has ended by itself", async () => {
    // Asked of the list: a look at the lease with its own token would be a sign of life.
    const { json } = await api.ask("GET", "/v1/leases");
    return z.object({ leases: z.array(z.unknown()) }).parse(json).leases.length === 0;
  });
  assert.equal(await api.heartbeat(silent), 410);
  await stage.allSaved();
  const { marks, power } = await stage.machine(silent.vmId);
  assert.deepEqual([marks, power], [[], "saved"]);
});

Deno.test("a lease outlives a kill of the controller, and its machine is not handed out twice", async () => {
  await using stage = await LeaseStage.open(23);
  const { api } = stage;
  const mine = await api.hold("ada");
  await stage.mark(mine.vmId, "adas-file");
  await stage.killController();

  const after = await api.look(mine);
  assert.deepEqual([after?.state, after?.vm?.id], ["active", mine.vmId]);
  assert.equal(await api.heartbeat(mine), 200);
  const others = await Promise.all(["bob", "eve"].map((holder) => api.hold(holder)));
  const waiting = await api.acquire("kim", {}, 0);
  assert.equal(new Set([mine, ...others].map(({ vmId }) => vmId)).size, SIZE);
  assert.deepEqual((await stage.machine(mine.vmId)).marks, ["adas-file"], "it was put back under its holder");
  const queued = await api.look(waiting);
  assert.deepEqual([queued?.state, queued?.position, queued?.vm], ["queued", 1, null]);

  assert.equal(await api.release(mine), 204);
  const served = await until("who waited is served", async () => {
    const lease = await api.look(waiting);
    return lease?.state === "active" ? lease : undefined;
  });
  assert.equal(served.vm?.id, mine.vmId);
  assert.deepEqual(await stage.mark(mine.vmId, "kims-file"), []);
});

Deno.test("a lease whose holder dies while the controller is away ends some time after its restart", async () => {
  await using stage = await LeaseStage.open(24);
  const { api } = stage;
  const silent = await api.hold("ada", { idle_seconds: 4 });
  await stage.mark(silent.vmId, "adas-file");
  await stage.killController();
  const { json } = await api.ask("GET", "/v1/leases");
  const { leases: [still] } = z.object({ leases: z.array(leaseStatusSchema) }).parse(json);
  assert.deepEqual([still?.id, still?.state], [silent.lease.id, "active"]);
  await stage.allSaved();
  assert.deepEqual((await stage.machine(silent.vmId)).marks, []);
});

Deno.test("a machine is leased, paused, resumed, put back to a checkpoint, reset, released, and clean for the next", async () => {
  await using stage = await LeaseStage.open(25, { size: 1 });
  const { api } = stage;
  const ada = await api.hold("ada");
  assert.equal(await api.heartbeat(ada), 200);
  await stage.mark(ada.vmId, "before");

  const paused = await api.change(ada, "pause");
  assert.deepEqual([paused.state, (await stage.machine(ada.vmId)).power], ["paused", "saved"]);
  assert.equal((await api.look(ada))?.state, "paused", "looking at it resumes nothing");
  assert.equal((await api.change(ada, "pause")).pausedAt, paused.pausedAt, "a second time changes nothing");
  const resumed = await api.change(ada, "resume");
  assert.deepEqual([resumed.state, resumed.pausedAt, resumed.vm?.id], ["active", null, ada.vmId]);
  assert.deepEqual((await stage.machine(ada.vmId)).marks, ["before"], "its memory was lost");

  const kept = await api.change(ada, "checkpoints", { name: "installed" });
  assert.deepEqual(kept.checkpoints.map(({ name }) => name), ["installed"]);
  await stage.mark(ada.vmId, "after");
  await api.change(ada, "checkpoints/installed/restore");
  assert.deepEqual((await stage.machine(ada.vmId)).marks, ["before"]);
  const reset = await api.change(ada, "reset");
  assert.deepEqual([reset.state, (await stage.machine(ada.vmId)).marks], ["active", []]);
  await stage.mark(ada.vmId, "last");

  const bob = await api.acquire("bob", {}, 0);
  assert.equal(bob.lease.position, 1);
  const foreign = await api.ask("POST", `/v1/leases/${ada.lease.id}/pause`, { token: bob.token });
  assert.equal(foreign.status, 403, "bob's token paused ada's lease");
  assert.equal(await api.release(ada), 204);
  const served = await until("bob is served", async () => {
    const lease = await api.look(bob);
    return lease?.state === "active" ? lease : undefined;
  });
  assert.deepEqual(served.checkpoints, []);
  assert.deepEqual(await stage.mark(served.vm?.id ?? assert.fail("he has no machine"), "bobs"), []);
  const late = await api.ask("POST", `/v1/leases/${ada.lease.id}/resume`, { token: ada.token });
  assert.equal(late.status, 410);
});

Deno.test("two hundred ask at once for twenty machines: everybody is served, and nobody beside another", async () => {
  await using stage = await LeaseStage.open(26, { size: 20, speed: 200 });
  const { api } = stage;
  const holderOf = new Map<string, string>();
  const most = { machines: 0 };
  const serve = async (number: number): Promise<string> => {
    const holder = `holder-${number % 25}`;
    const asked = await api.acquire(holder, { purpose: String(number) });
    const lease = await until(`number ${number} is served`, async () => {
      const now = asked.lease.state === "active" ? asked.lease : await api.look(asked);
      assert.ok(now !== undefined, `number ${number} was given up`);
      return now.state === "active" ? now : undefined;
    });
    const vm = lease.vm?.id ?? assert.fail("it has no machine");
    assert.equal(holderOf.get(vm), undefined, `${vm} has two holders`);
    holderOf.set(vm, lease.id);
    most.machines = Math.max(most.machines, holderOf.size);
    assert.deepEqual(await stage.mark(vm, lease.id), [], `${vm} came to ${lease.id} with somebody's file`);
    assert.equal(await api.heartbeat(asked), 200);
    holderOf.delete(vm);
    assert.equal(await api.release(asked), 204);
    return lease.id;
  };
  const served = await Promise.all(Array.from({ length: 200 }, (_, number) => serve(number)));
  assert.equal(new Set(served).size, 200);
  assert.ok(most.machines > 1, "one after the other");
  await untilTrue("nobody has or wants a machine any more", async () => {
    const { json } = await api.ask("GET", "/v1/leases");
    return z.object({ leases: z.array(z.unknown()) }).parse(json).leases.length === 0;
  });
});
