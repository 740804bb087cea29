import assert from "node:assert/strict";
import type { Power } from "./phases.ts";
import { DEFAULT_TIMES } from "./settings.ts";
import type { Cycle } from "./state.ts";
import { NOW, Stage, VM } from "./testing/stage.ts";
import { beatMoved, guestOf, powerOf } from "./view.ts";

function known(over: Partial<Cycle> = {}): { stage: Stage; cycle: Cycle } {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "known", vmId: VM, ...over });
  return { stage, cycle };
}

function read(stage: Stage, power: Power, at = stage.now): void {
  stage.v.reads.set(VM, { asOf: stage.s.seq, at, power });
}

function powerNow({ stage, cycle }: { stage: Stage; cycle: Cycle }): Power {
  return powerOf(stage.s, stage.v, cycle, stage.now).power;
}

Deno.test("powerOf() is absent where no VM was ever made", () => {
  const stage = new Stage();
  assert.equal(powerOf(stage.s, stage.v, stage.cycle({ vm: "none" }), NOW).power, "absent");
});

Deno.test("powerOf() is unseen, and a list is wanted, before the first reading", () => {
  const { stage, cycle } = known();
  assert.deepEqual(powerOf(stage.s, stage.v, cycle, NOW), { power: "unseen", wanted: "list" });
});

Deno.test("powerOf() is what a list shows that began after the last operation closed", () => {
  const at = known();
  at.stage.vms([VM, "running"]);
  assert.equal(powerNow(at), "running");
  at.cycle.closed = at.stage.s.seq + 1;
  assert.equal(powerNow(at), "unseen");
});

Deno.test("powerOf() forgets a reading after a minute", () => {
  const at = known();
  at.stage.vms([VM, "running"]);
  at.stage.now = NOW + DEFAULT_TIMES.readingMaxAgeMs;
  assert.equal(powerNow(at), "running");
  at.stage.now++;
  assert.equal(powerNow(at), "unseen");
});

Deno.test("powerOf() asks for a read by id when a list lacks the VM, and takes both together for absence", () => {
  const { stage, cycle } = known();
  stage.vms();
  assert.deepEqual(powerOf(stage.s, stage.v, cycle, NOW), { power: "unseen", wanted: "read" });
  read(stage, "absent");
  assert.equal(powerOf(stage.s, stage.v, cycle, NOW).power, "absent");
});

Deno.test("powerOf() does not take a read by id alone for absence", () => {
  const at = known();
  read(at.stage, "absent");
  assert.equal(powerNow(at), "unseen");
});

Deno.test("powerOf() lets a list overrule a read by id that found nothing", () => {
  const at = known();
  read(at.stage, "absent");
  at.stage.vms([VM, "running"]);
  assert.equal(powerNow(at), "running");
});

Deno.test("powerOf() takes the newer of a list and a read by id", () => {
  const at = known();
  at.stage.vms([VM, "running"]);
  at.stage.now += 1_000;
  read(at.stage, "off");
  assert.equal(powerNow(at), "off");
  at.stage.now += 1_000;
  at.stage.vms([VM, "paused"]);
  assert.equal(powerNow(at), "paused");
});

Deno.test("powerOf() takes the power in an operation's own good answer for a reading, for a minute", () => {
  const at = known({ answer: { power: "running", at: NOW } });
  assert.equal(powerNow(at), "running");
  at.stage.now = NOW + DEFAULT_TIMES.readingMaxAgeMs + 1;
  assert.equal(powerNow(at), "unseen");
});

Deno.test("powerOf() needs a list after a good removal", () => {
  const at = known({ answer: { power: "absent", at: NOW } });
  assert.equal(powerNow(at), "unseen");
  at.stage.vms();
  assert.equal(powerNow(at), "absent");
});

Deno.test("powerOf() of a creation that was not answered is absent after three minutes without a trace", () => {
  const stage = new Stage();
  const cycle = stage.cycle({ vm: "maybe", maybeSince: NOW });
  stage.now = NOW + DEFAULT_TIMES.noTraceMs - 1;
  stage.vms();
  assert.equal(powerOf(stage.s, stage.v, cycle, stage.now).power, "unseen");
  stage.now++;
  stage.vms();
  assert.equal(powerOf(stage.s, stage.v, cycle, stage.now).power, "absent");
});

Deno.test("guestOf() is no report that began before the last operation closed", () => {
  const { stage, cycle } = known();
  const asOf = cycle.closed;
  stage.v.guests.set(VM, { asOf, at: NOW, phase: "waiting", use: 0, beat: 2, base: { asOf, beat: 1 } });
  assert.equal(guestOf(stage.v, cycle)?.phase, "waiting");
  cycle.closed++;
  assert.equal(guestOf(stage.v, cycle), undefined);
});

Deno.test("beatMoved() compares with the first report after the last operation", () => {
  const { cycle } = known();
  const asOf = cycle.closed;
  const seen = { asOf, at: NOW, phase: "waiting", use: 0, beat: 2 } as const;
  assert.equal(beatMoved({ ...seen, base: { asOf, beat: 1 } }, cycle), true);
  assert.equal(beatMoved({ ...seen, base: { asOf, beat: 2 } }, cycle), false);
  assert.equal(beatMoved({ ...seen, base: { asOf: asOf - 1, beat: 1 } }, cycle), false);
});
