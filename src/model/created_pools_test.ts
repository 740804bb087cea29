import assert from "node:assert/strict";
import { anyClash, clashOf, fileSettings } from "./created_pools.ts";
import { decide } from "./decide.ts";
import { agentPool } from "./agent_pool.ts";
import type { Event, NewEvent } from "./events.ts";
import { fold } from "./fold.ts";
import type { PoolSettings, Settings, TemplateSettings } from "./settings.ts";
import { readSnapshot, writeSnapshot } from "./snapshot.ts";
import { emptyState, type State } from "./state.ts";
import { NOW, testSettings } from "./testing/stage.ts";

const TEMPLATE: TemplateSettings = {
  name: "win11",
  path: "C:\\win11.vhdx",
  memoryMb: 4096,
  processors: 2,
  secureBoot: "MicrosoftWindows",
  tpm: false,
  nested: false,
};

function desks(more: Partial<PoolSettings> = {}): PoolSettings {
  const agent = { desktop: true, idleMs: 1_800_000, totalMs: 5_400_000 };
  return {
    name: "desks",
    size: 3,
    prefix: "desks-",
    ...agentPool({ template: TEMPLATE, switchName: "", hot: 1, agent }),
    ...more,
  };
}

/** A state with the settings of a file applied. */
class Told {
  readonly s: State;

  constructor(settings: Settings = testSettings()) {
    this.s = emptyState(settings);
    this.tell({ type: "settings.applied", data: { settings } });
  }

  tell(...events: NewEvent[]): void {
    for (const event of events) fold(this.s, { ...event, seq: this.s.seq + 1, at: NOW } as Event);
  }

  create(settings: PoolSettings = desks()): NewEvent[] {
    const events = decide(this.s, { type: "pool.create", settings, source: "test" });
    this.tell(...events);
    return events;
  }

  get names(): string[] {
    return this.s.settings.pools.map(({ name }) => name);
  }
}

Deno.test("a pool made at run time stands behind those of the configuration, also after that is read again", () => {
  const told = new Told();
  assert.deepEqual(told.create().map(({ type }) => type), ["pool.created"]);
  assert.deepEqual([told.names, [...told.s.pools.keys()]], [["ci", "desks"], ["ci", "desks"]]);
  const other = testSettings({ size: 5 });
  told.tell(...decide(told.s, { type: "settings", settings: other, source: "test" }));
  assert.deepEqual([told.names, told.s.pools.get("ci")?.settings.size], [["ci", "desks"], 5]);
  assert.equal(JSON.stringify(fileSettings(told.s)), JSON.stringify(other));
  assert.deepEqual(decide(told.s, { type: "settings", settings: other, source: "test" }), []);
});

Deno.test("a snapshot keeps pools that were made at run time, and one from before there were any is read", () => {
  const told = new Told();
  told.create();
  const text = writeSnapshot(told.s);
  const back = readSnapshot(text);
  assert.deepEqual([...back.created], [...told.s.created]);
  assert.deepEqual(back.settings, told.s.settings);
  assert.equal(JSON.stringify(fileSettings(back)), JSON.stringify(testSettings()));
  const { created: _, ...older } = JSON.parse(writeSnapshot(new Told().s));
  assert.equal(readSnapshot(JSON.stringify(older)).created.size, 0);
});

Deno.test("a pool is not made under a name that is taken, but for case, or whose machines could have the same names", () => {
  const told = new Told();
  assert.deepEqual(told.create(desks({ name: "CI", prefix: "x-" })), []);
  assert.deepEqual(told.create(desks({ prefix: "Runner-1" })), []);
  told.create();
  assert.deepEqual(told.create(desks({ size: 9 })), []);
  assert.equal(clashOf(desks({ name: "DESKS" }), told.s.settings.pools)?.what, "name");
  assert.equal(
    clashOf(desks({ name: "desks-2", prefix: "desks-2" }), told.s.settings.pools)?.what,
    "machines",
  );
  assert.equal(clashOf(desks({ name: "other", prefix: "other-" }), told.s.settings.pools), undefined);
});

Deno.test("settings with a pool of the same name change nothing: whoever applies them has refused that", () => {
  const told = new Told();
  told.create();
  const settings = testSettings({ name: "desks", prefix: "d-" });
  assert.equal(anyClash(told.s.created, settings.pools)?.created.name, "desks");
  assert.deepEqual(decide(told.s, { type: "settings", settings, source: "test" }), []);
});

Deno.test("a pool made at run time follows its template in the configuration", () => {
  const told = new Told();
  told.create();
  const before = told.s.pools.get("desks")?.generation;
  const moved = { ...TEMPLATE, path: "C:\\newer.vhdx" };
  const settings = testSettings({}, { poolDefaults: { templates: [{ settings: moved }], switchName: "" } });
  told.tell({ type: "settings.applied", data: { settings } });
  assert.equal(told.s.pools.get("desks")?.settings.template.path, "C:\\newer.vhdx");
  assert.notEqual(told.s.pools.get("desks")?.generation, before);
  // Taken out of the file: the pool keeps what it was made with.
  told.tell({ type: "settings.applied", data: { settings: testSettings() } });
  assert.equal(told.s.pools.get("desks")?.settings.template.path, TEMPLATE.path);
});

Deno.test("a pool is resized and cordoned as every other, and nothing of that outlives it", () => {
  const told = new Told();
  told.create();
  told.tell(...decide(told.s, { type: "resize", pool: "desks", size: 7, source: "test" }));
  told.tell(...decide(told.s, { type: "cordon", pool: "desks", drain: false, source: "test" }));
  assert.equal(told.s.pools.get("desks")?.settings.size, 7);
  told.tell(...decide(told.s, { type: "pool.delete", pool: "desks", force: false, source: "test" }));
  told.create();
  assert.deepEqual([told.s.pools.get("desks")?.settings.size, told.s.cordons.size], [3, 0]);
});

Deno.test("deleting ends the leases that wait; those with a machine keep the pool, or end first", () => {
  const told = new Told();
  told.create();
  const remove = (force: boolean) =>
    decide(told.s, { type: "pool.delete", pool: "desks", force, source: "test" });
  for (const lease of ["l-1", "l-2"]) {
    told.tell({
      type: "lease.requested",
      data: {
        lease,
        pool: "desks",
        holder: "ada",
        priority: 0,
        labels: {},
        waitMs: 1,
        idleMs: 1,
        totalMs: 1,
        release: "reset",
        onIdle: "release",
        keepMs: 0,
        source: "test",
      },
    } as unknown as NewEvent);
  }
  const ended = remove(false);
  assert.deepEqual(ended.map(({ type }) => type), ["lease.ended", "lease.ended", "pool.deleted"]);
  assert.match(JSON.stringify(ended[0]), /"its pool was deleted"/);
  const data = { lease: "l-1", cycle: "desks/1.1", origin: "hot" };
  told.tell({ type: "lease.assigned", data } as unknown as NewEvent);
  assert.deepEqual(remove(false), []);
  told.tell(...remove(true));
  assert.deepEqual([told.s.leases.size, told.names], [0, ["ci"]]);
  assert.deepEqual(remove(true), [], "it is gone");
});

Deno.test("a pool of the configuration is not deleted", () => {
  const told = new Told();
  assert.deepEqual(decide(told.s, { type: "pool.delete", pool: "ci", force: true, source: "test" }), []);
});
