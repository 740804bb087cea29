import assert from "node:assert/strict";
import type { Cycle } from "../../src/model/state.ts";
import { Plant } from "./plant.ts";
import { HOUR, MINUTE, POOL } from "./settings.ts";

/** One controller whose capacity is not watched: each situation looks for itself. */
function plantOf(options: Partial<ConstructorParameters<typeof Plant>[0]> = {}): Plant {
  const plant = new Plant({ seed: 1, controllers: 1, slots: 1, hints: true, ...options });
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 100 * HOUR);
  return plant;
}

function cycles(plant: Plant): Cycle[] {
  return plant.cyclesOf(plant.first);
}

function degraded(plant: Plant): string | undefined {
  return plant.first.controller.state?.pools.get(POOL)?.degraded;
}

Deno.test("a config drive that can never be put in fails the machine, and the next one is tried", () => {
  const plant = plantOf();
  plant.first.faults.add({ call: "media.put", kind: "error", code: "access_denied" });
  plant.start();
  plant.advance(40 * MINUTE);
  assert.ok((plant.first.controller.state?.issued ?? 0) >= 3, "no other machine was tried");
});

Deno.test("a config drive that cannot be put in for a while fails the machine at its deadline", () => {
  const plant = plantOf();
  plant.first.faults.add({ call: "media.put", kind: "error", code: "busy" });
  plant.start();
  plant.advance(12 * MINUTE);
  assert.ok((plant.first.controller.state?.issued ?? 0) >= 2, "no other machine was tried");
});

Deno.test("a config drive that cannot be taken out does not keep a dead runner's machine", () => {
  const plant = plantOf({ odds: { hangs_in_job: 1 } });
  plant.first.faults.add({ call: "media.take", kind: "error", code: "busy" });
  plant.addJob(5 * MINUTE);
  plant.start();
  plant.advance(HOUR);
  assert.ok((plant.first.controller.state?.issued ?? 0) >= 2, "the machine of the dead runner is still kept");
});

Deno.test("a degraded pool whose machines take jobs at once is not degraded any more", () => {
  const plant = plantOf({ slots: 6 });
  plant.first.faults.add({ call: "disk.createChild", kind: "error", code: "invalid", times: 6 });
  for (let i = 0; i < 200; i++) plant.addJob(20 * MINUTE);
  plant.start();
  assert.ok(plant.advanceUntil(() => degraded(plant) !== undefined, MINUTE), "the pool was never degraded");
  plant.advance(30 * MINUTE);
  assert.equal(degraded(plant), undefined);
  assert.equal(cycles(plant).filter(({ phase }) => phase === "claimed").length, 6);
});

Deno.test("a restart before the config drives were put in registers those machines again", () => {
  const plant = plantOf({ slots: 6 });
  plant.first.faults.add({ call: "media.put", kind: "hang", times: 2 });
  const { controller } = plant.first;
  controller.settings = { ...plant.settings, lanes: { ...plant.settings.lanes, vm: 2 } };
  plant.start();
  plant.advanceUntil(() => cycles(plant).filter(({ phase }) => phase === "joining").length >= 4, 10 * MINUTE);
  const waiting = cycles(plant).filter(({ phase, used }) => phase === "joining" && !used).map(({ id }) => id);
  assert.ok(waiting.length > 0, "no machine waited for the lane");
  plant.first.faults.clear();
  controller.crash();
  controller.start();
  plant.advance(2 * MINUTE);
  const online = cycles(plant).filter(({ phase }) => phase === "online").map(({ id }) => id);
  for (const id of waiting) assert.ok(online.includes(id), `${id} is not online`);
});

Deno.test("machines that booted while the controller was away are taken as they are", () => {
  const plant = plantOf({ slots: 4 });
  plant.start();
  plant.advanceUntil(() => cycles(plant).filter(({ phase }) => phase === "booting").length >= 3, 10 * MINUTE);
  const booting = cycles(plant).filter(({ phase }) => phase === "booting").map(({ id }) => id);
  const { controller } = plant.first;
  controller.crash();
  plant.advance(10 * MINUTE);
  controller.start();
  plant.advance(2 * MINUTE);
  const online = cycles(plant).filter(({ phase }) => phase === "online").map(({ id }) => id);
  for (const id of booting) assert.ok(online.includes(id), `${id} is not online`);
});

Deno.test("machines are removed from where they were made, whatever folder is configured later", () => {
  const plant = plantOf({ slots: 2 });
  plant.start();
  plant.advance(10 * MINUTE);
  const { controller, host } = plant.first;
  controller.settings = { ...plant.settings, storage: "E:\\vms" };
  controller.crash();
  controller.start();
  for (let i = 0; i < 4; i++) plant.addJob(MINUTE);
  plant.advance(2 * HOUR);
  const left = host.truth().disks.filter(({ removedAt, path }) =>
    removedAt === null && path.startsWith("D:\\vms")
  );
  assert.deepEqual(left.map(({ path }) => path), []);
  assert.equal(cycles(plant).filter(({ phase }) => phase === "online").length, 2);
});
