/** Bad days of leases: what docs/operations.md says of them, on a simulated host and under the watch of the laws. */
import assert from "node:assert/strict";
import type { LeaseId } from "../../src/model/leases/lease.ts";
import { AgentPlant } from "./agent_plant.ts";
import { HOUR, MINUTE } from "./settings.ts";

const TEN = 10;

/** So many leases, each with its machine. */
function held(there: AgentPlant, count: number): LeaseId[] {
  there.assertReady(count, 0);
  const leases = Array.from({ length: count }, () => there.acquire());
  for (const lease of leases) assert.ok(there.granted(lease), "it has no machine");
  return leases;
}

function plantOf(slots: number, agent: { readonly idleMs?: number; readonly totalMs?: number } = {}) {
  return new AgentPlant({ slots, pool: { hot: slots }, agent });
}

Deno.test("a computer that sleeps for an hour, or a clock that jumps, ends no lease for its holder's silence", () => {
  const there = plantOf(1);
  const [lease] = held(there, 1);
  assert.ok(lease !== undefined);
  there.plant.advance(10 * MINUTE);
  // Its idle time is an hour, of which fifty minutes are left.
  there.plant.first.controller.sleep(HOUR);
  there.plant.advance(HOUR + MINUTE);
  assert.equal(there.lease(lease)?.state, "active");
  // From then on it is heard again, and the idle time is as ever.
  there.plant.advance(50 * MINUTE);
  assert.equal(there.lease(lease)?.state, undefined, "its total time of two hours is over");
});

Deno.test("a silent holder's lease ends by its idle time, as long as the program is there", () => {
  const there = plantOf(1);
  const [lease] = held(there, 1);
  assert.ok(lease !== undefined);
  there.plant.advance(59 * MINUTE);
  assert.equal(there.lease(lease)?.state, "active");
  there.plant.advance(2 * MINUTE);
  assert.equal(there.lease(lease), undefined);
});

Deno.test("the host is started anew under ten leases: they end, and ten others get the machines, clean", () => {
  const there = plantOf(TEN);
  const { plant } = there;
  const leases = held(there, TEN);
  const waits = there.acquire();
  plant.advance(MINUTE);
  assert.equal(there.lease(waits)?.state, "queued");
  plant.first.controller.crash();
  plant.first.host.reboot(5 * MINUTE);
  plant.advance(5 * MINUTE);
  plant.first.controller.start();
  plant.advance(MINUTE);
  assert.deepEqual(leases.filter((lease) => there.lease(lease) !== undefined), []);
  assert.ok(there.granted(waits, HOUR), "whoever waited goes on waiting, and is served");
  there.assertReady(TEN - 1, 0);
  const again = held(there, TEN - 1);
  assert.equal(new Set(again.map((lease) => there.lease(lease)?.cycle)).size, TEN - 1);
});
