/** A journal that was lost: what was made before is left alone, until somebody says what is to become of it. */
import assert from "node:assert/strict";
import { assertAllDone, begunPlant, claim, inPhase, untilFull } from "./begun_plant.ts";
import { HOUR, MINUTE } from "./settings.ts";

const RESTORE = { recycle: "restore", hot: 2 } as const;

Deno.test("a lost journal leaves all that was made before alone, loses no job, uses no number twice, and fills the pool anew", () => {
  const { plant } = begunPlant();
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 3 * HOUR);
  const { controller, host } = plant.first;
  const { vmId } = claim(plant, HOUR);
  const old = plant.cyclesOf(plant.first).map((cycle) => cycle.vmId ?? "");
  const numbers = plant.cyclesOf(plant.first).map(({ n }) => n);
  controller.loseJournal();
  plant.advance(MINUTE);
  controller.start();
  assert.ok(
    plant.advanceUntil(() => inPhase(plant, "online").length === 4, 20 * MINUTE),
    "the pool was not filled",
  );
  assert.ok(plant.cyclesOf(plant.first).every(({ n }) => n > Math.max(...numbers)));
  plant.advance(2 * HOUR);
  assertAllDone(plant);
  // The one with the job has ended by itself, as it does after its job, and is left where it is.
  for (const id of old) assert.equal(host.find(id)?.power, id === vmId ? "off" : "running");
  plant.assertLaws();
});

for (const adopt of [true, false]) {
  for (const pool of [{}, RESTORE]) {
    const kind = "recycle" in pool ? "put back" : "made anew";
    const what = adopt ? "takes up what serves" : "removes all of it";
    Deno.test(`reconcile after a lost journal ${what} and lets jobs end (machines that are ${kind})`, () => {
      const { plant, watch } = begunPlant({ pool });
      plant.capacity.disturb(plant.first.id, plant.timeline.now + 5 * HOUR);
      const { controller, host } = plant.first;
      claim(plant, HOUR);
      plant.advance(MINUTE);
      const old = plant.cyclesOf(plant.first).map((cycle) => cycle.vmId ?? "");
      const serving = inPhase(plant, "online", "claimed").map(({ vmId }) => vmId ?? "");
      controller.loseJournal();
      controller.start();
      plant.advance(10 * MINUTE);
      assert.ok(old.every((id) => host.find(id) !== undefined), "something was removed unasked");
      controller.push({ type: "command", command: { type: "reconcile", adopt, source: "test" } });
      plant.advance(15 * MINUTE);
      assert.equal(plant.forge.truth().jobs[0]?.state, "running");
      const adopted = watch.said("cycle.adopted").map(({ vmId }) => vmId as string);
      assert.deepEqual(adopted.toSorted(), adopt ? serving.toSorted() : []);
      plant.advance(2 * HOUR);
      assertAllDone(plant);
      untilFull(plant);
    });
  }
}

Deno.test("an older copy of the journal is not believed: a job that it knows nothing of goes on, and reconcile takes it up", () => {
  const { plant, watch } = begunPlant();
  plant.capacity.disturb(plant.first.id, plant.timeline.now + 5 * HOUR);
  const { controller, host } = plant.first;
  const copied = plant.cyclesOf(plant.first).map((cycle) => cycle.vmId ?? "");
  controller.copyJournal();
  // In the copy this machine has no job and may be stopped.
  const { vmId } = claim(plant, HOUR);
  plant.advance(MINUTE);
  const numbers = plant.cyclesOf(plant.first).map(({ n }) => n);
  controller.putBackCopy();
  controller.start();
  assert.deepEqual(watch.said("journal.lost").map(({ olderCopy }) => olderCopy), [true]);
  plant.advance(20 * MINUTE);
  assert.equal(inPhase(plant, "online").length, 4, "the pool was not filled");
  assert.ok(plant.cyclesOf(plant.first).every(({ n }) => n > Math.max(...numbers)));
  assert.ok(copied.every((id) => host.find(id) !== undefined), "something was removed unasked");
  assert.equal(plant.forge.truth().jobs[0]?.state, "running");
  controller.push({ type: "command", command: { type: "reconcile", adopt: true, source: "test" } });
  plant.advance(15 * MINUTE);
  const adopted = watch.said("cycle.adopted").map((event) => event.vmId as string);
  assert.ok(adopted.includes(vmId ?? ""), "the machine with the job was not taken up");
  plant.advance(2 * HOUR);
  assertAllDone(plant);
  untilFull(plant);
});
