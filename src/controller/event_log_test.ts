import assert from "node:assert/strict";
import type { Event, NewEvent } from "../model/events.ts";
import type { CycleId, OpId } from "../model/ids.ts";
import type { Log } from "../ports/log.ts";
import { describeEvent } from "./event_log.ts";

/** Levels and messages of what is logged of an event. */
function loggedOf(event: NewEvent): { level: string; message: string }[] {
  const logged: { level: string; message: string }[] = [];
  const at = (level: string) => (message: string) => void logged.push({ level, message });
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
  describeEvent(log, { ...event, seq: 1, at: 0 });
  return logged;
}

/** The level at which the closing of an operation is logged. */
function levelOf(data: Partial<Extract<Event, { type: "op.closed" }>["data"]>): string {
  const base = {
    cycle: "ci/1.1" as CycleId,
    op: 1 as OpId,
    call: "runner.remove",
    outcome: "failed",
  } as const;
  return loggedOf({ type: "op.closed", data: { ...base, ...data } }).map(({ level }) => level).join();
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

Deno.test("describeEvent() tells of each step of a new generation", () => {
  const data = { pool: "ci", to: "e5f6a7b8" };
  const events: NewEvent[] = [
    { type: "rollout.started", data: { ...data, from: "1a2b3c4d" } },
    { type: "rollout.advanced", data },
    { type: "rollout.finished", data },
    { type: "rollout.paused", data: { ...data, source: "test" } },
    { type: "rollout.resumed", data: { ...data, source: "test" } },
  ];
  for (const event of events) {
    assert.deepEqual(loggedOf(event).map(({ level }) => level), ["info"], event.type);
  }
});

Deno.test("describeEvent() says what to do about a generation that was taken back", () => {
  const data = { pool: "ci", to: "e5f6a7b8", cause: "2 of its machines came to nothing" };
  const [line] = loggedOf({ type: "rollout.reverted", data });
  assert.equal(line?.level, "error");
  assert.match(line?.message ?? "", /`hvpool pool rollout ci --resume`.*change the configuration back/);
});
