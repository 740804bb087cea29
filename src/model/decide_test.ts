import assert from "node:assert/strict";
import { decide } from "./decide.ts";
import { Stage } from "./testing/stage.ts";

function decided(stage: Stage, drain: boolean): string[] {
  const events = decide(stage.s, { type: "stop", drain, source: "test" });
  for (const event of events) stage.apply(event);
  return events.map(({ data }) => "drain" in data && data.drain ? "drain" : "stop");
}

Deno.test("decide() records a stop and a drain at once", () => {
  assert.deepEqual(decided(new Stage(), false), ["stop"]);
  assert.deepEqual(decided(new Stage(), true), ["drain"]);
});

Deno.test("decide() says nothing twice", () => {
  const stage = new Stage();
  decided(stage, true);
  assert.deepEqual(decided(stage, true), []);
  decided(stage, false);
  assert.deepEqual(decided(stage, false), []);
});

Deno.test("decide() lets a stop cut a drain short, and makes no drain of a stop", () => {
  const stage = new Stage();
  decided(stage, true);
  assert.deepEqual(decided(stage, false), ["stop"]);
  assert.deepEqual(decided(stage, true), []);
  assert.deepEqual(stage.s.stopping, { drain: false });
});

Deno.test("a new run forgets a stop", () => {
  const stage = new Stage();
  decided(stage, false);
  stage.apply({ type: "run.started", data: { controller: stage.s.controller, version: "test" } });
  assert.equal(stage.s.stopping, undefined);
});
