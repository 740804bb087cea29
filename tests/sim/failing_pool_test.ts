/** Two pools on one host: one fails in every way that is its own, and the other one knows nothing of it. */
import assert from "node:assert/strict";
import type { ScopeKey } from "../../src/model/ids.ts";
import type { Settings } from "../../src/model/settings.ts";
import { Plant } from "./plant.ts";
import { HOUR, LABELS, MINUTE, type OneOfPools, simulatedSettings } from "./settings.ts";

const OTHER = "orgs/other" as ScopeKey;
const BAD_TEMPLATE = "C:\\hvpool\\templates\\bad.vhdx";
const GOOD = 6;

function pools({ pools: [ordinary] }: Settings): readonly OneOfPools[] {
  assert.ok(ordinary !== undefined);
  return [
    // First, so that it is the first to take a place in a lane.
    {
      name: "bad",
      prefix: "bad-",
      size: 12,
      scope: OTHER,
      labels: [...LABELS, "bad"],
      switchName: "lab",
      template: { ...ordinary.template, name: "bad", path: BAD_TEMPLATE },
    },
    { name: "good", prefix: "good-", size: GOOD, labels: [...LABELS, "good"] },
  ];
}

/** What goes wrong with the bad pool alone; answers how it is mended. */
type Misfortune = (plant: Plant) => () => void;

const MISFORTUNES: Readonly<Record<string, Misfortune>> = {
  "the template is gone": ({ first: { faults } }) => {
    return faults.add({ call: "disk.createChild", kind: "error", code: "not_found", vmPrefix: "bad-" });
  },
  "no guest ever says a word": ({ first: { host, controller: { tampering } } }) => {
    tampering.mute = (vmId) => host.find(vmId)?.name.startsWith("bad-") === true;
    return () => delete tampering.mute;
  },
  "the organization suspended the app": ({ accounts }) => {
    accounts.change("other", { suspended: true });
    return () => accounts.change("other", { suspended: false });
  },
  "the app was taken off the organization": ({ accounts }) => {
    accounts.change("other", { installed: false });
    return () => accounts.change("other", { installed: true });
  },
  "the switch is gone": ({ first: { host } }) => {
    host.removeSwitch("lab");
    return () => host.addSwitch("lab");
  },
  "no machine answers a start": ({ first: { faults } }) => {
    return faults.add({ call: "vm.start", kind: "hang", vmPrefix: "bad-" });
  },
  "no machine can be made": ({ first: { faults } }) => {
    return faults.add({ call: "vm.create", kind: "hang", vmPrefix: "bad-" });
  },
};

function counted(plant: Plant, pool: string): number {
  return plant.cyclesOf(plant.first).filter((cycle) => {
    return cycle.pool === pool && ["online", "claimed"].includes(cycle.phase);
  }).length;
}

for (const [what, happens] of Object.entries(MISFORTUNES)) {
  for (const when of ["from the start", "later"] as const) {
    Deno.test(`a pool does not hold up another one, when of it ${what}, ${when}`, () => {
      const plant = new Plant({
        seed: 3,
        controllers: 1,
        memoryMb: 262_144,
        hints: true,
        pools: pools(simulatedSettings(1)),
      });
      const { first: { id, host }, timeline, capacity } = plant;
      host.addSwitch("lab");
      capacity.disturb(id, timeline.now + 100 * HOUR, "bad");
      let mend = when === "later" ? () => {} : happens(plant);
      plant.start();
      assert.ok(plant.advanceUntil(() => counted(plant, "good") === GOOD, 15 * MINUTE), "it was not filled");
      if (when === "later") {
        assert.ok(plant.advanceUntil(() => counted(plant, "bad") === 12, 15 * MINUTE));
        mend = happens(plant);
      }
      const begin = timeline.now;
      const jobs = (pool: string, perHour: number) => {
        plant.scheduleJobs({
          until: begin + 3 * HOUR,
          perHour,
          meanMs: 3 * MINUTE,
          labels: [[...LABELS, pool]],
        });
      };
      jobs("good", 40);
      jobs("bad", 40);
      plant.advance(3 * HOUR);
      plant.assertLaws();
      const waits = plant.forge.truth().jobs
        .filter(({ labels, startedAt }) => labels.includes("good") && startedAt !== null)
        .map(({ queuedAt, startedAt }) => (startedAt ?? 0) - queuedAt);
      assert.ok(waits.length > 75, `only ${waits.length} jobs`);
      const longest = Math.max(...waits);
      assert.ok(longest < 10 * MINUTE, `a job waited ${Math.round(longest / 1_000)} s`);

      mend();
      assert.ok(plant.advanceUntil(() => counted(plant, "bad") === 12, HOUR), "it did not come back");
      assert.ok(plant.advanceUntil(() => counted(plant, "good") === GOOD, 10 * MINUTE));
      plant.assertLaws();
    });
  }
}
