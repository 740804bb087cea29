import assert from "node:assert/strict";
import { ofSimulatedDesktops } from "./simulated_desktops.ts";

const AGENT = { kind: "agent", agent: { desktop: true, idleMs: 1_000, totalMs: 1_000 } } as const;
const RUNNER = { kind: "runner" } as const;

Deno.test("on a simulated host the log says which images have a desktop, where machines wait for one", () => {
  for (const pools of [[AGENT], [RUNNER, AGENT], []]) {
    assert.match(ofSimulatedDesktops({ kind: "mock" }, pools) ?? "", /`desktop` or `agent`/);
  }
  assert.match(
    ofSimulatedDesktops({ kind: "simulator", address: "http://127.0.0.1:7500" }, [AGENT]) ?? "",
    /is simulated/,
  );
});

Deno.test("nothing is said of desktops on a real host, or where no machine waits for one", () => {
  assert.equal(ofSimulatedDesktops({ kind: "host" }, [AGENT]), undefined);
  const without = { ...AGENT, agent: { ...AGENT.agent, desktop: false } };
  assert.equal(ofSimulatedDesktops({ kind: "mock" }, [RUNNER, without]), undefined);
});
