import assert from "node:assert/strict";
import type { ScopeKey } from "./ids.ts";
import { dueReads, type Read, readEnded, type Readers, readKey } from "./readings.ts";
import { DEFAULT_TIMES } from "./settings.ts";
import { NOW, SCOPE, Stage, VM } from "./testing/stage.ts";

function due(stage: Stage, readers: Readers): string[] {
  return dueReads(stage.s, stage.v, readers, stage.now).reads.map(readKey);
}

/** A stage whose first readings all ended well, now. */
function settled(): { stage: Stage; readers: Readers } {
  const stage = new Stage();
  const readers: Readers = new Map();
  for (const read of dueReads(stage.s, stage.v, readers, stage.now).reads) readEnded(readers, read, true);
  return { stage, readers };
}

Deno.test("dueReads() begins every kind of reading at a start", () => {
  assert.deepEqual(due(new Stage(), new Map()), [
    "vms",
    "directories D:\\vms",
    `runners ${SCOPE}`,
    "check ci",
    "releases",
  ]);
});

Deno.test("dueReads() begins none a second time while it is under way", () => {
  const stage = new Stage();
  const readers: Readers = new Map();
  due(stage, readers);
  stage.now += 86_400_000;
  assert.deepEqual(due(stage, readers), []);
});

Deno.test("dueReads() says when the next reading is due", () => {
  const { stage, readers } = settled();
  const { reads, next } = dueReads(stage.s, stage.v, readers, stage.now);
  assert.deepEqual(reads, []);
  assert.equal(next, NOW + DEFAULT_TIMES.pollVmsMs);
  stage.now = next;
  assert.deepEqual(due(stage, readers), ["vms", `runners ${SCOPE}`]);
});

Deno.test("dueReads() begins a list that is wanted at once, but not more often than four times a second", () => {
  const { stage, readers } = settled();
  stage.v.wantVms = true;
  stage.now += 249;
  assert.deepEqual(due(stage, readers), []);
  stage.now += 1;
  assert.deepEqual(due(stage, readers), ["vms"]);
  assert.equal(stage.v.wantVms, false);
});

Deno.test("dueReads() reads a VM by its id when that is wanted, and forgets the wish", () => {
  const { stage, readers } = settled();
  stage.v.wantReads.add(VM);
  assert.deepEqual(due(stage, readers), [`vm ${VM}`]);
  assert.equal(stage.v.wantReads.size, 0);
});

Deno.test("dueReads() reads guests only while one is on its way", () => {
  const { stage, readers } = settled();
  const cycle = stage.cycle({ vm: "known", vmId: VM, phase: "booting" });
  const read = dueReads(stage.s, stage.v, readers, stage.now).reads[0];
  assert.deepEqual(read, { read: "guests", of: "starting", vmIds: [VM] });
  readEnded(readers, read as Read, true);
  stage.now += DEFAULT_TIMES.pollGuestsMs;
  assert.deepEqual(due(stage, readers), ["guests starting"]);
  readEnded(readers, { read: "guests", of: "starting", vmIds: [] }, true);
  stage.apply({ type: "cycle.phase", data: { cycle: cycle.id, phase: "online" } });
  stage.now += DEFAULT_TIMES.pollGuestsMs;
  assert.ok(!due(stage, readers).includes("guests starting"));
});

Deno.test("dueReads() waits longer after each failure, up to a minute", () => {
  const { stage, readers } = settled();
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    const reader = dueReads(stage.s, stage.v, readers, stage.now + 86_400_000);
    assert.ok(reader.reads.some(({ read }) => read === "vms"));
    for (const read of reader.reads) readEnded(readers, read, read.read !== "vms");
    stage.now += 86_400_000;
    const began = stage.now;
    let at = began;
    while (
      !dueReads(stage.s, stage.v, new Map([["vms", { ...(readers.get("vms") ?? assert.fail()) }]]), at).reads
        .some(({ read }) => read === "vms")
    ) at += 1_000;
    waits.push(at - began);
  }
  assert.deepEqual(waits, [10_000, 10_000, 10_000, 16_000, 32_000, 60_000, 60_000, 60_000, 60_000]);
});

Deno.test("dueReads() asks GitHub no sooner than GitHub says", () => {
  const { stage, readers } = settled();
  readEnded(readers, { read: "runners", scope: SCOPE }, false, NOW + 3_600_000);
  stage.now = NOW + 3_599_999;
  assert.ok(!due(stage, readers).includes(`runners ${SCOPE}`));
  stage.now++;
  assert.ok(due(stage, readers).includes(`runners ${SCOPE}`));
});

Deno.test("dueReads() lists runners the less often the more pages they fill", () => {
  const { stage, readers } = settled();
  stage.list(Array.from({ length: 201 }, (_, i) => ({ id: i, name: `r${i}`, online: true, busy: false })));
  stage.now = NOW + 3 * DEFAULT_TIMES.pollRunnersMs - 1;
  assert.ok(!due(stage, readers).includes(`runners ${SCOPE}`));
  stage.now++;
  assert.ok(due(stage, readers).includes(`runners ${SCOPE}`));
});

Deno.test("dueReads() lists an account once, however many pools it has, and also for registrations of the past", () => {
  const stage = new Stage();
  const [pool] = stage.s.settings.pools;
  assert.ok(pool !== undefined);
  const pools = [pool, { ...pool, name: "two", prefix: "other-" }];
  stage.apply({ type: "settings.applied", data: { settings: { ...stage.s.settings, pools } } });
  stage.s.scopes.set("orgs/former" as ScopeKey, 1);
  const lists = due(stage, new Map()).filter((key) => key.startsWith("runners"));
  assert.deepEqual(lists.sort(), ["runners orgs/acme", "runners orgs/former"]);
});

Deno.test("dueReads() checks a pool that is well each hour, and one that is not after half a minute", () => {
  const { stage, readers } = settled();
  stage.now = NOW + 30_000;
  assert.ok(!due(stage, readers).includes("check ci"));
  stage.check(false);
  assert.ok(due(stage, readers).includes("check ci"));
});

Deno.test("dueReads() begins nothing after a stop", () => {
  const stage = new Stage();
  stage.apply({ type: "controller.stopping", data: { drain: false, source: "test" } });
  assert.deepEqual(due(stage, new Map()), []);
});
