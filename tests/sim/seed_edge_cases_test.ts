/** The edge cases that the seed of agent pools names, one to six, against a simulated host. */
import assert from "node:assert/strict";
import type { LeaseId } from "../../src/model/leases/lease.ts";
import { AGENT, OperatedPlant } from "./operated_plant.ts";
import { HOUR, MINUTE } from "./settings.ts";

/** Leases with their machines, and that no machine has two. */
function holders(there: OperatedPlant): Map<string, string> {
  const byMachine = new Map<string, string>();
  for (const { id, cycle, state } of there.state.leases.values()) {
    if (cycle === undefined || state === "queued") continue;
    assert.ok(!byMachine.has(cycle), `${cycle} has two holders`);
    byMachine.set(cycle, id);
  }
  return byMachine;
}

function failures(there: OperatedPlant): string[] {
  return there.events.flatMap((event) =>
    event.type === "cycle.resume_failed" ? [`${event.data.cycle} ${event.data.cause} ${event.data.rung}`] : []
  );
}

Deno.test("edge case 1, saved state corruption: it is dropped, the machine put back, and its lease served all the same", () => {
  const there = OperatedPlant.ready({}, { slots: 1 });
  const { id } = there.machine();
  there.plant.first.faults.add({ call: "vm.start", kind: "error", code: "saved_state_corrupt", times: 1 });
  const { cycle } = there.hold("bob");
  assert.deepEqual(failures(there), [`${id} resume-saved_state_corrupt 1`]);
  assert.equal(cycle.id, id, "the same machine, from its clean checkpoint");
  assert.deepEqual(
    there.events.flatMap((event) => event.type === "op.opened" ? [event.data.call] : []).slice(0, 4),
    ["vm.start", "savedState.remove", "checkpoint.restore", "vm.start"],
  );
});

Deno.test("edge case 1, saved state corruption: where the checkpoint is broken as well, the machine is made anew", () => {
  const there = OperatedPlant.ready({}, { slots: 1 });
  const { id } = there.machine();
  there.plant.first.host.breakSavedStates();
  const { cycle } = there.hold("bob");
  assert.notEqual(cycle.id, id);
  assert.equal(failures(there)[0], `${id} resume-saved_state_corrupt 1`);
});

Deno.test("edge case 2, another address after a resume: a holder is never told the one from before", () => {
  const { addressless: _, ...agent } = AGENT;
  const there = OperatedPlant.ready({ agent }, { slots: 1 });
  there.plant.first.host.trouble({ what: "old_address", lateMs: 40_000 });
  const seen = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const { lease, cycle } = there.hold(`holder ${round}`);
    const { vmId } = cycle;
    const told = vmId === undefined ? undefined : there.controller.view?.guests.get(vmId)?.address;
    assert.equal(told, there.truth(cycle).address, `round ${round}`);
    assert.ok(told !== undefined && !seen.has(told), "its network is renewed with each resume");
    seen.add(told);
    there.release(lease);
    there.until("it is put back", () => there.machine().phase === "standby");
  }
});

Deno.test("edge case 3, concurrent acquires: two hundred on twenty machines, and none has two holders", () => {
  const there = OperatedPlant.ready({}, { slots: 20, memoryMb: 262_144 });
  const leases = new Set<LeaseId>();
  for (let i = 0; i < 200; i++) leases.add(there.acquire(`holder ${i}`));
  const served = new Set<LeaseId>();
  const end = there.plant.timeline.now + 8 * HOUR;
  while (served.size < 200 && there.plant.timeline.now < end) {
    there.plant.advance(1_000);
    assert.ok(holders(there).size <= 20);
    for (const { id, state } of [...there.state.leases.values()]) {
      if (state !== "active") continue;
      served.add(id);
      there.release(id);
    }
  }
  assert.equal(served.size, 200);
  for (const id of leases) assert.ok(served.has(id));
});

Deno.test("edge case 4, host resources: what the host has no memory for waits and says so, and is served once there is some", () => {
  // 80 % of it, less what the host itself and other people's machines have, is enough for two.
  const there = OperatedPlant.ready({}, { slots: 4, memoryMb: 26_000 });
  const leases = ["a", "b", "c", "d"].map((holder) => there.acquire(holder));
  there.plant.advance(20 * MINUTE);
  const active = () => leases.filter((id) => there.lease(id)?.state === "active");
  const first = active();
  assert.ok(first.length > 0 && first.length < 4, `${first.length} are served`);
  assert.equal([...there.state.leases.values()].length, 4, "nothing was refused");
  const why = [...there.controller.view?.why.values() ?? []].filter((text) => text.includes("host memory"));
  assert.match(
    why[0] ?? "",
    /^waiting for host memory: needs 4096 MiB, \d+ MiB are free beside the reserve of \d+ MiB$/,
  );
  const { vms } = there.plant.first.host.truth();
  const ours = vms.filter(({ power, foreign }) => power === "running" && !foreign);
  assert.equal(ours.length, first.length);
  assert.ok(ours.length * 4_096 <= 26_000 * 0.8);
  const [done] = first;
  there.release(done ?? assert.fail());
  there.until("the next one is served", () => active().length === first.length);
});

Deno.test("edge case 5, cleanup after a crash: leases go on, what is gone from the host is noticed, and nothing is left over", () => {
  const there = OperatedPlant.ready({}, { slots: 3 });
  const kept = there.hold("ann");
  const lost = there.hold("bob");
  const vmId = lost.cycle.vmId ?? assert.fail();
  const waits = there.acquire("eve");
  there.controller.crash();
  assert.ok(there.plant.first.host.meddle("remove", vmId));
  there.plant.advance(5 * MINUTE);
  there.controller.start();
  there.until("bob's lease has ended", () => there.lease(lost.lease) === undefined);
  const ended = there.events.flatMap((event) =>
    event.type === "lease.ended" && event.data.lease === lost.lease ? [event.data.cause] : []
  );
  assert.deepEqual(ended, ["its machine was lost"]);
  assert.equal(there.lease(kept.lease)?.cycle, kept.cycle.id, "ann's is hers");
  there.until("eve is served", () => there.lease(waits)?.state === "active");
  there.until("the pool is whole again", () => {
    return there.cycles().filter(({ phase }) => phase === "standby" || phase === "claimed").length === 3;
  });
  const ours = there.plant.first.host.truth().vms.filter(({ power, foreign }) =>
    power !== "absent" && !foreign
  );
  assert.equal(ours.length, 3, "nothing of the machine that was removed is left");
});

Deno.test("edge case 6, a guest that does not respond after its resume: it is given time, and its holder the machine", () => {
  const there = OperatedPlant.ready({}, { slots: 1 });
  there.plant.first.faults.add({ call: "kvp.read", kind: "error", code: "unavailable", forMs: 90_000 });
  const lease = there.acquire("bob");
  there.plant.advance(MINUTE);
  assert.equal(there.lease(lease)?.state, "starting");
  there.until("bob has it", () => there.lease(lease)?.state === "active", 3 * MINUTE);
  assert.deepEqual(failures(there), []);
});

Deno.test("edge case 6, a guest that does not respond after its resume: past its time its holder gets another machine", () => {
  const there = OperatedPlant.ready({}, { slots: 2 });
  const [first] = there.cycles();
  const off = there.plant.first.faults.add({ call: "nic.reconnect", kind: "hang", vmPrefix: "runner-1" });
  const lease = there.acquire("bob");
  there.until("bob has a machine", () => there.lease(lease)?.state === "active");
  assert.equal(there.lease(lease)?.cycle, there.machine(2).id);
  assert.deepEqual(failures(there), [`${first?.id} resume-timeout 1`]);
  off();
  there.until("the other one is ready again", () => there.machine(1).phase === "standby");
});
