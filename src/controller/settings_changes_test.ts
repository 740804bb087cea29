import assert from "node:assert/strict";
import type { AgentSettings, Settings } from "../model/settings.ts";
import { testSettings } from "../model/testing/stage.ts";
import { type Held, settingsChanges } from "./settings_changes.ts";

const AGENT: AgentSettings = { desktop: true, idleMs: 600_000, totalMs: 3_600_000 };

function withAgent(change: Partial<AgentSettings>) {
  return testSettings({ kind: "agent", recycle: "restore", agent: { ...AGENT, ...change } });
}

Deno.test("settingsChanges() has a line for quotas and one for the reserve, and none where nothing changed", () => {
  const before = testSettings({}, { quotas: [{ holder: "*", leases: 1 }] });
  const after = testSettings({}, {
    quotas: [{ holder: "*", leases: 2 }, { holder: "a" }],
    reservePercent: 30,
  });
  assert.deepEqual(settingsChanges(before, after), [
    "quota of *: leases 1 → 2, for whoever waits or asks from now on",
    "quota of a: new, no limit, for whoever waits or asks from now on",
    "reserve of the host's memory: 20 % → 30 %",
  ]);
  assert.deepEqual(settingsChanges(after, after), []);
});

Deno.test("what leases may do makes no machine anew, and is told key by key", () => {
  assert.deepEqual(settingsChanges(withAgent({}), withAgent({ idleMs: 60_000, warm: 2, onIdle: "save" })), [
    "pool ci: idleMs 600000 → 60000, warm unset → 2, onIdle unset → save",
  ]);
});

Deno.test("what machines have to show before they are saved makes them anew", () => {
  assert.match(
    settingsChanges(withAgent({}), withAgent({ desktop: false })).join(),
    /^pool ci: desktop true → false; its machines are made anew/,
  );
});

/** How many machines are leased, how many parked; they fill the first slots. */
interface Counts {
  readonly leases: number;
  readonly parked: number;
  readonly waiting: number;
}

function heldAs({ leases, parked, waiting }: Counts): Held {
  const machines = Array.from({ length: leases + parked }, (_, i) => ({
    slot: i + 1,
    holder: "ann",
    ...(i < leases ? {} : { until: 0 }),
  }));
  return { machines, waiting };
}

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

Deno.test("settingsChanges() says what goes on of a pool that goes, what ends, and what is removed", () => {
  const cases: [Counts, string][] = [
    [
      { leases: 1, parked: 0, waiting: 0 },
      "pool pool1: gone: 1 lease goes on until it ends, and its machine with it; the other 3 machines are removed once idle",
    ],
    [
      { leases: 2, parked: 1, waiting: 1 },
      "pool pool1: gone: 2 leases go on until they end, and their machines with them; 1 machine is parked and kept " +
      "until that is over; 1 lease that waits ends; the other one is removed once idle",
    ],
    [
      { leases: 4, parked: 0, waiting: 3 },
      "pool pool1: gone: 4 leases go on until they end, and their machines with them; 3 leases that wait end",
    ],
    [
      { leases: 0, parked: 0, waiting: 2 },
      "pool pool1: gone: 2 leases that wait end; its 4 machines are removed once idle",
    ],
  ];
  for (const [held, line] of cases) {
    assert.deepEqual(settingsChanges(sized(4), sized(), () => heldAs(held)), [line]);
  }
});

Deno.test("settingsChanges() says which machines stay when a pool is made smaller", () => {
  const until = Date.UTC(2026, 6, 1, 12);
  const machines = [
    { slot: 1, holder: "ann" },
    { slot: 3, holder: "bob", until },
    { slot: 4, holder: "eve" },
  ];
  assert.deepEqual(settingsChanges(sized(5), sized(2), () => ({ machines, waiting: 1 })), [
    "pool pool1: size 5 → 2, 1 machine is removed once idle; 1 machine is leased (eve) and stays until its lease " +
    "ends; 1 machine is parked for bob until 2026-07-01T12:00:00.000Z and stays until then",
  ]);
  assert.deepEqual(
    settingsChanges(sized(3), sized(2), () => ({ machines: machines.slice(1, 2), waiting: 0 })),
    [
      "pool pool1: size 3 → 2, 1 machine is parked for bob until 2026-07-01T12:00:00.000Z and stays until then",
    ],
  );
  const many = [3, 4].map((slot) => ({ slot, holder: "bob", until }));
  assert.match(
    settingsChanges(sized(4), sized(2), () => ({ machines: many, waiting: 0 })).join(),
    /2 machines are parked \(bob\) and stay until their time is over, at the latest 2026/,
  );
});

Deno.test("settingsChanges() says what is taken up again of a pool that comes back", () => {
  const pools = (size: number) => testSettings({ kind: "agent", recycle: "restore", agent: AGENT, size });
  const none = { ...pools(1), pools: [] };
  const cases: [number, Counts, string][] = [
    [4, { leases: 0, parked: 0, waiting: 0 }, "pool ci: new, 4 machines are made"],
    [
      4,
      { leases: 2, parked: 1, waiting: 0 },
      "pool ci: comes back: 2 leases go on until they end, and their machines with them; 1 machine is parked and kept " +
      "until that is over; 1 machine is made",
    ],
    [
      4,
      { leases: 12, parked: 0, waiting: 0 },
      "pool ci: comes back: 12 leases go on until they end, and their machines with them; 8 machines are beyond its " +
      "size and removed after that",
    ],
  ];
  for (const [size, held, line] of cases) {
    assert.deepEqual(settingsChanges(none, pools(size), () => heldAs(held)), [line]);
  }
});
