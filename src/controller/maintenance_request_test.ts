import assert from "node:assert/strict";
import { Stage } from "../model/testing/stage.ts";
import { prepareMaintenance } from "./maintenance_request.ts";

Deno.test("the end of a drain of the host names the pools that stay paused, and the command that ends it", () => {
  const stage = new Stage();
  stage.apply({ type: "host.cordoned", data: { drain: true, source: "test" } });
  stage.apply({ type: "pool.cordoned", data: { pool: "ci", drain: false, source: "test" } });
  const resume = () => {
    const { answer } = prepareMaintenance(stage.s, { action: "resume", source: "test" }, stage.now);
    return answer.message;
  };
  assert.match(resume(), /but those that are paused or drained on their own: hvpool uncordon --pool ci\.$/);
  stage.apply({ type: "pool.uncordoned", data: { pool: "ci", source: "test" } });
  assert.equal(resume(), "Every pool makes machines again.");
});
