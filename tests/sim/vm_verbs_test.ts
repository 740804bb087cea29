/** What operators ask of single machines of an agent pool, against a simulated host. */
import assert from "node:assert/strict";
import { MINUTE } from "./settings.ts";
import { AGENT, OperatedPlant } from "./operated_plant.ts";

const VM = "runner-1";

Deno.test("vm resume wakes a saved machine and keeps it awake, until it is leased; vm save puts it back", () => {
  const there = OperatedPlant.ready();
  assert.equal(there.truth(there.machine()).power, "saved");
  assert.equal(there.ask({ action: "wake", vm: VM }).ok, true);
  there.until("it is awake", () => there.machine().phase === "online");
  there.plant.advance(60 * MINUTE);
  assert.deepEqual([there.machine().phase, there.truth(there.machine()).power], ["online", "running"]);
  assert.equal(there.ask({ action: "save", vm: VM }).ok, true);
  there.until("it is saved", () => there.machine().phase === "standby");
  assert.equal(there.truth(there.machine()).power, "saved");
});

Deno.test("a machine that was woken is handed out at once, and is as every other afterwards", () => {
  const there = OperatedPlant.ready();
  there.ask({ action: "wake", vm: "runner-2" });
  there.until("it is awake", () => there.machine(2).phase === "online");
  const { lease, cycle } = there.hold("bob");
  assert.deepEqual([cycle.slot, there.lease(lease)?.origin, cycle.wish], [2, "hot", undefined]);
  there.release(lease);
  there.until("it is saved again", () => there.machine(2).phase === "standby");
  there.plant.advance(10 * MINUTE);
  assert.equal(there.machine(2).phase, "standby");
});

Deno.test("vm save keeps a machine saved that its pool would have run, until somebody leases it", () => {
  const there = OperatedPlant.ready({ hot: 1 }, { slots: 1 });
  there.until("it runs", () => there.machine().phase === "online");
  there.ask({ action: "save", vm: VM });
  there.until("it is saved", () => there.machine().phase === "standby");
  there.plant.advance(60 * MINUTE);
  assert.equal(there.machine().phase, "standby");
  const { lease } = there.hold("bob");
  there.release(lease);
  there.until("it runs again", () => there.machine().phase === "online");
});

Deno.test("vm stop turns a machine off and nobody gets it, until vm prepare makes it ready", () => {
  const there = OperatedPlant.ready({}, { slots: 1 });
  assert.equal(there.ask({ action: "stop", vm: VM }).ok, true);
  there.until("it is off", () => there.truth(there.machine()).power === "off");
  const before = there.machine().id;
  const lease = there.acquire("bob");
  there.plant.advance(20 * MINUTE);
  assert.deepEqual([there.truth(there.machine()).power, there.lease(lease)?.state], ["off", "queued"]);
  assert.equal(there.machine().id, before, "its place is not filled with another");
  there.controller.crash();
  there.controller.start();
  there.plant.advance(10 * MINUTE);
  assert.equal(there.truth(there.machine()).power, "off", "a restart changes nothing");
  assert.equal(there.ask({ action: "prepare", vm: VM }).ok, true);
  there.until("bob has it", () => there.lease(lease)?.state === "active");
  assert.equal(there.machine().id, before);
});

Deno.test("vm prepare boots one of the machines that a pool leaves off, and only that", () => {
  const there = new OperatedPlant({ agent: { ...AGENT, warm: 1 } });
  there.until("one is saved, and two are off", () => {
    return there.cycles().map(({ phase }) => phase).toSorted().join() === "provisioning,provisioning,standby";
  });
  const [off] = there.cycles().filter(({ phase }) => phase === "provisioning");
  const slot = off?.slot ?? assert.fail();
  there.until("it is made", () => there.machine(slot).vm === "known");
  assert.equal(there.ask({ action: "prepare", vm: `runner-${slot}` }).ok, true);
  there.until("it is ready", () => there.machine(slot).phase === "standby");
  there.plant.advance(30 * MINUTE);
  assert.equal(there.cycles().filter(({ phase }) => phase === "provisioning").length, 1);
  assert.equal(there.machine(slot).phase, "standby", "it stays ready");
});

Deno.test("vm reset puts an idle machine back and proves it anew", () => {
  const there = OperatedPlant.ready();
  const cycle = there.machine();
  assert.equal(there.ask({ action: "reset", vm: VM }).ok, true);
  there.until("it was put back", () => there.types(cycle).includes("op.closed"));
  there.until("it is ready again", () => there.machine().phase === "standby");
  const calls = there.events.flatMap((event) =>
    event.type === "op.opened" && event.data.cycle === cycle.id ? [event.data.call] : []
  );
  assert.deepEqual(calls.slice(0, 2), ["checkpoint.restore", "vm.start"]);
  assert.equal(there.machine().id, cycle.id);
});

Deno.test("vm save and vm resume pause and resume the lease of a machine, and its holder keeps it", () => {
  const there = OperatedPlant.ready();
  const { lease, cycle } = there.hold("bob");
  const vm = `runner-${cycle.slot}`;
  assert.equal(there.ask({ action: "save", vm }).ok, true);
  there.until("it is paused", () => there.lease(lease)?.state === "paused");
  assert.equal(there.truth(cycle).power, "saved");
  assert.equal(there.ask({ action: "wake", vm }).ok, true);
  there.until("it goes on", () => there.lease(lease)?.state === "active");
  assert.deepEqual([there.lease(lease)?.cycle, there.truth(cycle).power], [cycle.id, "running"]);
});

Deno.test("vm reset puts a leased machine back for its holder", () => {
  const there = OperatedPlant.ready();
  const { lease, cycle } = there.hold("bob");
  assert.equal(there.ask({ action: "reset", vm: `runner-${cycle.slot}` }).ok, true);
  there.until("it is being put back", () => there.lease(lease)?.state === "changing");
  there.until("it is bob's again", () => there.lease(lease)?.state === "active");
  assert.equal(there.lease(lease)?.cycle, cycle.id);
});

Deno.test("vm stop --force ends a lease and turns its machine off; without it nothing happens", () => {
  const there = OperatedPlant.ready();
  const { lease, cycle } = there.hold("bob");
  const vm = `runner-${cycle.slot}`;
  assert.equal(there.ask({ action: "stop", vm }).ok, false);
  assert.equal(there.lease(lease)?.state, "active");
  assert.equal(there.ask({ action: "stop", vm, force: true }).ok, true);
  assert.equal(there.lease(lease), undefined);
  there.until("it is off", () => there.truth(cycle).power === "off");
  there.plant.advance(20 * MINUTE);
  assert.equal(there.truth(cycle).power, "off");
  assert.equal(there.ask({ action: "wake", vm }).ok, true);
  there.until("it is awake and clean", () => there.machine(cycle.slot).phase === "online");
  assert.deepEqual([there.machine(cycle.slot).id, there.machine(cycle.slot).used], [cycle.id, false]);
});

Deno.test("vm delete takes a leased machine by force only, and another one fills its place", () => {
  const there = OperatedPlant.ready();
  const { lease, cycle } = there.hold("bob");
  const vm = `runner-${cycle.slot}`;
  assert.equal(there.ask({ action: "destroy", vm }).ok, false);
  assert.equal(there.lease(lease)?.state, "active");
  assert.equal(there.ask({ action: "destroy", vm, force: true }).ok, true);
  there.until("another one is ready", () => {
    return there.cycles().some(({ slot, id, phase }) =>
      slot === cycle.slot && id !== cycle.id && phase === "standby"
    );
  });
  assert.equal(there.lease(lease), undefined);
});
