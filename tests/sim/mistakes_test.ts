import assert from "node:assert/strict";
import { copy } from "./copy_core.ts";
import { MISTAKES } from "./mistakes.ts";
import type { ScenarioReport } from "./play_scenarios.ts";
import { SCENARIOS } from "./scenarios.ts";

/** What a broken copy may throw: a law, or a complaint of the planner. Anything else is a mistake in the list itself. */
const CAUGHT = new Set(["LawBroken", "Error"]);

async function play(root: string, scenarios: readonly string[]): Promise<ScenarioReport[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-check",
      "--cached-only",
      "--allow-all",
      `--config=${root}/deno.json`,
      `${root}/tests/sim/play_scenarios.ts`,
      ...scenarios,
    ],
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assert.equal(code, 0, text.decode(stderr));
  const reports = text.decode(stdout).trim().split("\n").map((line): ScenarioReport => JSON.parse(line));
  assert.equal(reports.length, scenarios.length);
  return reports;
}

Deno.test("every scenario passes on an unchanged copy of the core", async () => {
  await using core = await copy();
  for (const { scenario, error, message } of await play(core.root, Object.keys(SCENARIOS))) {
    assert.equal(error, undefined, `${scenario}: ${message}`);
  }
});

Deno.test("every scenario catches some mistake", () => {
  const catching = new Set(MISTAKES.map(({ scenario }) => scenario));
  assert.deepEqual(
    Object.keys(SCENARIOS).filter((name) => !catching.has(name as keyof typeof SCENARIOS)),
    [],
  );
});

for (const mistake of MISTAKES) {
  Deno.test(`it is noticed when the core ${mistake.what}`, async () => {
    await using core = await copy();
    await core.replace(mistake);
    const [report] = await play(core.root, [mistake.scenario]);
    assert.notEqual(report?.error, undefined, `${mistake.scenario} passed`);
    assert.ok(CAUGHT.has(report?.error ?? ""), report?.message);
  });
}
