/** Machines that go back to a checkpoint, through random histories: what must be so after every turn. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { LANES, OPERATIONS } from "../../src/model/calls.ts";
import type { State } from "../../src/model/state.ts";
import { histories, RandomHistory } from "./random_history.ts";

/** Fixed, so that a red run can be repeated. */
const SEED = 20_260_202;

/** Plays histories of a pool of two machines, one of them running, and looks at the state after every turn. */
function everyTurn(look: (state: State) => void, numRuns = 2_000): void {
  fc.assert(
    fc.property(histories(), (steps) => {
      const onTurn = (_turn: unknown, state: State) => look(state);
      const listener = { onInputs: () => {}, onTurn, onDeath: () => {} };
      const history = new RandomHistory(listener, { recycle: "restore", hot: 1 });
      for (const step of steps) history.step(step);
    }),
    { seed: SEED, numRuns },
  );
}

Deno.test("a pool counts its running and ready machines rightly after every turn", () => {
  const seen = new Set<number>();
  everyTurn((state) => {
    for (const [name, pool] of state.pools) {
      const hot = [...state.cycles.values()].filter(({ pool: of, phase }) => {
        return of === name && ["resuming", "waiting", "joining", "online"].includes(phase);
      });
      assert.equal(pool.hot, hot.length, hot.map(({ id, phase }) => `${id} ${phase}`).join(", "));
      seen.add(pool.hot);
    }
  });
  assert.ok(seen.size >= 3, `Only ${[...seen]} were seen`);
});

Deno.test("places in lanes are counted rightly after every turn", () => {
  let resumed = 0;
  everyTurn((state) => {
    const cycles = [...state.cycles.values()];
    const booting = cycles.filter(({ phase, resumed: on }) => {
      if (phase === "resuming" && on) resumed++;
      return phase === "booting" || (phase === "resuming" && on);
    });
    assert.equal(state.booting, booting.length, booting.map(({ id, phase }) => `${id} ${phase}`).join(", "));
    for (const lane of LANES) {
      const open = cycles.filter(({ op }) => op !== undefined && OPERATIONS[op.call].lane === lane);
      assert.equal(state.lanes[lane], open.length, lane);
    }
  });
  assert.ok(resumed > 0, "no history ever resumed a machine");
});

Deno.test("what is clean was never used since, and what stands by is clean, proven and without a registration", () => {
  let stoodBy = 0;
  everyTurn((state) => {
    for (const { id, phase, used, clean, proven, checkpoint, runner } of state.cycles.values()) {
      assert.ok(!(used && clean), `${id} is used and clean in ${phase}`);
      if (phase !== "standby") continue;
      stoodBy++;
      assert.ok(clean && proven !== undefined && checkpoint !== undefined, `${id} stands by`);
      assert.equal(runner, undefined, id);
    }
  });
  assert.ok(stoodBy > 0, "no machine ever stood by");
});
