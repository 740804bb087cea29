import assert from "node:assert/strict";
import type { ControllerId, Ms } from "../model/ids.ts";
import type { Read } from "../model/readings.ts";
import { emptyState } from "../model/state.ts";
import { CONTROLLER, NOW, SCOPE, testSettings } from "../model/testing/stage.ts";
import { type Turn, Turns } from "./turn.ts";

const DAY: Ms = 86_400_000;

function answer(turns: Turns, { reads }: Turn, now: Ms): void {
  for (const of of reads) {
    const begin = { asOf: turns.state.seq, at: now };
    const reading = good(of, begin);
    if (reading !== undefined) turns.turn([{ type: "reading", of, reading }], now);
  }
}

function good(of: Read, begin: { asOf: number; at: Ms }) {
  switch (of.read) {
    case "vms":
      return { read: "vms", ...begin, bootId: "boot-1", rows: new Map() } as const;
    case "check":
      return { read: "check", ...begin, pool: of.pool, ok: true, message: "" } as const;
    case "runners":
      return { read: "runners", ...begin, scope: SCOPE, list: { ok: true, rows: [] } } as const;
    default:
      return undefined;
  }
}

Deno.test("begin() does not wait for a time that a clock set back has lost", () => {
  const state = emptyState(testSettings());
  const beginning = {
    controller: CONTROLLER as ControllerId,
    version: "test",
    settings: testSettings(),
    reserved: 0,
    journalLost: false,
  };
  const first = new Turns(state, { commit() {}, reserve() {} });
  answer(first, first.begin(beginning, NOW), NOW);
  for (const { id, op } of [...state.cycles.values()]) {
    if (op === undefined) continue;
    const result = { outcome: "failed", code: "invalid", message: "" } as const;
    first.turn([{ type: "answer", cycle: id, op: op.id, result }], NOW);
  }
  const before = state.issued;
  let now = NOW - DAY;
  const second = new Turns(state, { commit() {}, reserve() {} });
  answer(second, second.begin(beginning, now), now);
  for (let minutes = 0; minutes < 5; minutes++) {
    now += 60_000;
    answer(second, second.turn([], now), now);
  }
  assert.ok(state.issued > before, "nothing was begun after the restart");
});
