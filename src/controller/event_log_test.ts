import assert from "node:assert/strict";
import type { Event } from "../model/events.ts";
import type { CycleId, OpId } from "../model/ids.ts";
import type { Log } from "../ports/log.ts";
import { describeEvent } from "./event_log.ts";

/** The level at which the closing of an operation is logged. */
function levelOf(data: Partial<Extract<Event, { type: "op.closed" }>["data"]>): string {
  const levels: string[] = [];
  const log: Log = {
    debug: () => levels.push("debug"),
    info: () => levels.push("info"),
    warn: () => levels.push("warn"),
    error: () => levels.push("error"),
  };
  const base = {
    cycle: "ci/1.1" as CycleId,
    op: 1 as OpId,
    call: "runner.remove",
    outcome: "failed",
  } as const;
  describeEvent(log, { type: "op.closed", seq: 1, at: 0, data: { ...base, ...data } });
  return levels.join();
}

Deno.test("describeEvent() warns of a call that did not succeed", () => {
  assert.equal(levelOf({ call: "vm.create", code: "busy" }), "warn");
  assert.equal(levelOf({ code: "unavailable" }), "warn");
  assert.equal(levelOf({ outcome: "unknown" }), "warn");
});

Deno.test("describeEvent() does not warn that a runner is gone, or runs a job", () => {
  assert.equal(levelOf({ code: "not_found" }), "debug");
  assert.equal(levelOf({ code: "busy" }), "debug");
});
