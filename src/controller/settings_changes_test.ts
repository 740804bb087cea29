import assert from "node:assert/strict";
import { testSettings } from "../model/testing/stage.ts";
import type { Settings } from "../model/settings.ts";
import { settingsChanges } from "./settings_changes.ts";

function sized(...sizes: readonly number[]): Settings {
  const settings = testSettings();
  const [pool] = settings.pools;
  assert.ok(pool !== undefined);
  return { ...settings, pools: sizes.map((size, i) => ({ ...pool, name: `pool${i + 1}`, size })) };
}

Deno.test("settingsChanges() counts one machine and several in words that fit", () => {
  const cases: [number[], number[], string][] = [
    [[1], [2], "pool pool1: size 1 → 2, 1 machine is made"],
    [[1], [3], "pool pool1: size 1 → 3, 2 machines are made"],
    [[2], [1], "pool pool1: size 2 → 1, 1 machine is removed once idle"],
    [[], [1], "pool pool1: new, 1 machine is made"],
    [[1], [], "pool pool1: gone, its 1 machine is removed once idle"],
    [[4], [], "pool pool1: gone, its 4 machines are removed once idle"],
  ];
  for (const [before, after, line] of cases) {
    assert.deepEqual(settingsChanges(sized(...before), sized(...after)), [line]);
  }
});
