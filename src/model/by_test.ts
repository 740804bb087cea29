import assert from "node:assert/strict";
import { by, whoAndWhy, whoOf } from "./by.ts";
import { type Command, decide } from "./decide.ts";
import { NOW, Stage, testRunner, VM } from "./testing/stage.ts";

const WHO = { source: "api (test)", actor: "ann@desk", reason: "updates" };

Deno.test("whoOf() and whoAndWhy() name who asked before through what, where that is known", () => {
  assert.equal(whoAndWhy(WHO), "ann@desk, through api (test): updates");
  assert.equal(whoOf({ source: "SIGTERM" }), "SIGTERM");
  assert.deepEqual(by({ ...WHO, ...{ drain: true } }), WHO);
});

Deno.test("decide() puts who asked, through what and why into the event of every command", () => {
  const stage = new Stage();
  const { id: cycle } = stage.cycle({ phase: "claimed", vm: "known", vmId: VM, runner: testRunner() });
  const settings = { ...stage.s.settings, storage: "E:\\other" };
  const commands: Command[] = [
    { type: "cordon", pool: "ci", drain: true, ...WHO },
    { type: "uncordon", pool: "ci", ...WHO },
    { type: "cordon", drain: false, ...WHO },
    { type: "uncordon", ...WHO },
    { type: "resize", pool: "ci", size: 7, ...WHO },
    { type: "vm.hold", cycle, until: NOW + 1, ...WHO },
    { type: "vm.release", cycle, ...WHO },
    { type: "vm.retire", cycle, force: false, ...WHO },
    { type: "settings", settings, ...WHO },
    { type: "stop", drain: false, ...WHO },
  ];
  for (const command of commands) {
    const [event, ...more] = decide(stage.s, command);
    assert.ok(event !== undefined && more.length === 0, command.type);
    const { source, actor, reason } = event.data as Partial<typeof WHO>;
    assert.deepEqual({ source, actor, reason }, WHO, event.type);
    stage.apply(event);
  }
  assert.equal(stage.s.cycles.get(cycle)?.cause, "asked for by ann@desk, through api (test): updates");
});
