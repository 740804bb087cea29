import assert from "node:assert/strict";
import { SILENT_MS } from "./settings.ts";
import type { PoolSettings } from "./settings.ts";
import { NOW, Stage, testSettings, VM } from "./testing/stage.ts";

/** A machine that has booted for so long, and what is opened for it. */
function openedAfter(ms: number, pool: Partial<PoolSettings>, speaks = false, prepared = false): string[] {
  const stage = new Stage(testSettings({ size: 1, ...pool }));
  stage.cycle({ vm: "known", vmId: VM, phase: "booting", since: NOW, prepared });
  stage.now = NOW + ms;
  stage.vms([VM, "running"]);
  if (speaks) {
    const { seq } = stage.s;
    const base = { asOf: seq, beat: 1 };
    stage.v.guests.set(VM, { phase: "starting", use: 0, beat: 1, asOf: seq, at: stage.now, base });
  }
  return stage.plan().effects.map(({ call }) => call);
}

Deno.test("plan() brings the loader at once into an image that has none", () => {
  assert.deepEqual(openedAfter(0, { delivery: "direct" }), ["guest.prepare"]);
});

Deno.test("plan() brings the loader once", () => {
  assert.deepEqual(openedAfter(10_000, { delivery: "direct" }, false, true), []);
});

Deno.test("plan() brings the loader to a guest that has been silent for long, where nothing is said of its image", () => {
  assert.deepEqual(openedAfter(SILENT_MS - 1, {}), []);
  assert.deepEqual(openedAfter(SILENT_MS, {}), ["guest.prepare"]);
});

Deno.test("plan() does not reach into a guest that speaks, or whose image has the loader", () => {
  assert.deepEqual(openedAfter(SILENT_MS, {}, true), []);
  assert.deepEqual(openedAfter(SILENT_MS, { delivery: "iso" }), []);
});
