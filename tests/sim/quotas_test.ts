/** Quotas against a simulated host: nobody ever has more than theirs, and nobody else waits for it. */
import assert from "node:assert/strict";
import { holding, quotaOf } from "../../src/model/leases/quotas.ts";
import type { LeaseId, Release } from "../../src/model/leases/lease.ts";
import type { Quota } from "../../src/model/settings.ts";
import { Random } from "../../src/simulator/random.ts";
import { OperatedPlant } from "./operated_plant.ts";
import { MINUTE } from "./settings.ts";

function limited(quotas: readonly Quota[], slots: number): OperatedPlant {
  return OperatedPlant.ready({}, { slots, memoryMb: 262_144, quotas });
}

function within(there: OperatedPlant, holders: readonly string[]): void {
  for (const holder of holders) {
    const quota = quotaOf(there.state, holder);
    const has = holding(there.state, holder);
    assert.ok(has.machines <= (quota?.leases ?? Infinity), `${holder} has ${has.machines} machines`);
    assert.ok(has.memoryMb <= (quota?.memoryMb ?? Infinity), `${holder} has ${has.memoryMb} MB`);
  }
}

Deno.test("a holder with all its machines waits, others are served, and one that it gives back is its next one", () => {
  const there = limited([{ holder: "ann", leases: 1 }], 3);
  const first = there.hold("ann");
  const second = there.acquire("ann");
  const bob = there.hold("bob");
  there.plant.advance(10 * MINUTE);
  assert.deepEqual([there.lease(second)?.state, there.lease(bob.lease)?.state], ["queued", "active"]);
  there.release(first.lease);
  there.until("ann has the second", () => there.lease(second)?.state === "active");
});

Deno.test("what is over the quota of the queue is not recorded", () => {
  const there = limited([{ holder: "*", leases: 1, queued: 2 }], 2);
  there.hold("ann");
  const asked = [1, 2, 3].map(() => there.acquire("ann"));
  assert.deepEqual(asked.map((id) => there.lease(id)?.state), ["queued", "queued", undefined]);
});

for (const seed of [1, 2, 3]) {
  Deno.test(`leases of four holders at random, with pauses, parked machines and crashes: nobody has more than theirs (${seed})`, () => {
    const random = new Random(seed);
    const holders = ["ann", "bob", "ci-1", "ci-2"];
    const there = limited([
      { holder: "ann", leases: 2 },
      { holder: "ci-*", leases: 3, memoryMb: 8_192, queued: 3 },
      { holder: "*", memoryMb: 12_288 },
    ], 8);
    const any = <T>(all: readonly T[]): T | undefined => all[random.int(0, Math.max(0, all.length - 1))];
    let most = 0;
    for (let i = 0; i < 300; i++) {
      const leases = [...there.state.leases.values()];
      const of = (state: string) =>
        any(leases.filter((lease) => lease.state === state))?.id as LeaseId | undefined;
      const active = of("active");
      const paused = of("paused");
      const what = random.int(0, 9);
      if (what <= 3) {
        there.acquire(any(holders) ?? "bob", { release: any<Release>(["reset", "save", "keep"]) ?? "reset" });
      } else if (what === 4 && active !== undefined) there.change(active, { kind: "pause" });
      else if (what === 5 && paused !== undefined) there.change(paused, { kind: "resume" });
      else if (what <= 8 && active !== undefined) {
        there.release(active, any<Release>(["reset", "save", "keep", "destroy"]));
      } else if (what === 9 && random.int(0, 9) === 0) {
        there.controller.crash();
        there.controller.start();
      }
      for (let second = 0; second < 10; second++) {
        there.plant.advance(2_000);
        within(there, holders);
        most = Math.max(most, ...holders.map((holder) => holding(there.state, holder).machines));
      }
    }
    assert.ok(most >= 2, "somebody had machines");
  });
}
