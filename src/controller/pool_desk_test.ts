import assert from "node:assert/strict";
import { type Command, decide } from "../model/decide.ts";
import type { Event, NewEvent } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import type { PoolDefaults, PoolSettings, Settings, TemplateSettings } from "../model/settings.ts";
import type { CycleId } from "../model/ids.ts";
import { emptyState, type State } from "../model/state.ts";
import type { PoolStatus } from "../model/status.ts";
import { NOW, testSettings } from "../model/testing/stage.ts";
import type { CreatePool, PoolAnswer } from "../ports/operations.ts";
import { PoolDesk } from "./pool_desk.ts";

function template(name: string, more: Partial<TemplateSettings> = {}): TemplateSettings {
  return {
    name,
    path: `C:\\${name}.vhdx`,
    memoryMb: 4096,
    processors: 2,
    secureBoot: "MicrosoftWindows",
    tpm: false,
    nested: false,
    ...more,
  };
}

const DEFAULTS: PoolDefaults = {
  templates: [
    { settings: template("Desktop"), delivery: "iso" },
    { settings: template("gpu", { gpu: true }) },
    { settings: template("vm", { nested: true }) },
  ],
  switchName: "nat",
  delivery: "direct",
};
const FILE: Settings = testSettings({}, { poolDefaults: DEFAULTS });

/** A desk over a state that takes every command at once. */
function opened(settings: Settings = FILE) {
  const s = emptyState(settings);
  const tell = (event: NewEvent) => fold(s, { ...event, seq: s.seq + 1, at: NOW } as Event);
  tell({ type: "settings.applied", data: { settings } });
  tell({
    type: "template.registered",
    data: {
      template: "Registered",
      settings: template("Registered", { nested: true }),
      disk: { identity: "1", path: "C:\\r.vhdx" },
      origin: "C:\\r.vhdx",
      source: "test",
    },
  });
  const desk = new PoolDesk({
    state: () => s,
    pools: () => [...s.pools.keys()].map((name) => ({ name, size: 0 } as PoolStatus)),
    apply: (command: Command) => {
      for (const event of decide(s, command)) tell(event);
      return Promise.resolve();
    },
  });
  const create = (request: Partial<CreatePool> = {}) =>
    desk.create({ name: "desks", template: "desktop", size: 3, source: "test", ...request });
  return { s, desk, tell, create, made: (name = "desks"): PoolSettings | undefined => s.created.get(name) };
}

function refusal(answer: PoolAnswer | { readonly ok: true }): string {
  return answer.ok ? "made" : `${answer.code}: ${answer.message}`;
}

Deno.test("create() fills in what the configuration would: times, switch, delivery, the clean checkpoint", async () => {
  const { create, made } = opened();
  assert.deepEqual(await create(), { ok: true, pool: { name: "desks", size: 0 }, changed: true });
  assert.deepEqual(made(), {
    name: "desks",
    size: 3,
    prefix: "desks-",
    kind: "agent",
    scope: "",
    group: "",
    labels: [],
    workFolder: "",
    env: {},
    template: template("Desktop"),
    switchName: "nat",
    delivery: "iso",
    recycle: "restore",
    hot: 0,
    agent: { desktop: true, idleMs: 1_800_000, totalMs: 5_400_000 },
  });
});

Deno.test("create() takes what the request says instead", async () => {
  const { create, made } = opened();
  await create({
    hot: 1,
    warm: 1,
    max: 9,
    desktop: false,
    totalMs: 600_000,
    onIdle: "save",
    switchName: "",
  });
  const { hot, switchName, agent } = made() ?? assert.fail("it was not made");
  assert.deepEqual([hot, switchName], [1, ""]);
  // Nobody is silent for longer than a lease lasts.
  assert.deepEqual(agent, {
    desktop: false,
    idleMs: 600_000,
    totalMs: 600_000,
    warm: 1,
    max: 9,
    onIdle: "save",
  });
});

Deno.test("create() makes pools whose machines cannot be saved run all of them, a registered template's, too", async () => {
  const { create, made, s } = opened();
  for (const [name, from] of [["a", "GPU"], ["b", "vm"], ["c", "registered"]] as const) {
    assert.equal(refusal(await create({ name, template: from, hot: 2 })), "made");
    const settings = s.pools.get(name)?.settings;
    assert.deepEqual([settings?.recycle, settings?.hot], [undefined, undefined], name);
    assert.match(
      refusal(await create({ name: `${name}x`, template: from, onIdle: "save" })),
      /cannot be saved/,
    );
  }
  // It follows whatever is registered under the name.
  assert.deepEqual([made("c")?.template.path, made("c")?.delivery], ["", "direct"]);
});

Deno.test("create() again changes nothing, and another pool of that name is refused with what to do", async () => {
  const { create } = opened();
  await create();
  assert.deepEqual(await create(), { ok: true, pool: { name: "desks", size: 0 }, changed: false });
  assert.match(
    refusal(await create({ size: 4 })),
    /^conflict: .*`hvpool pool resize desks`.*pool delete desks/,
  );
  assert.match(refusal(await create({ name: "ci" })), /^conflict: The pool ci stands in the configuration/);
});

Deno.test("create() refuses names whose machines could be called as those of another pool", async () => {
  const { create } = opened(
    testSettings({ name: "ci", prefix: "desks-" }, { poolDefaults: DEFAULTS }),
  );
  assert.match(refusal(await create()), /^conflict: .*desks-1 .* pool ci/);
});

Deno.test("create() of two pools in one turn makes one of them", async () => {
  const { create } = opened();
  const answers = await Promise.all([create({ size: 2 }), create({ size: 5 })]);
  assert.deepEqual(answers.map(({ ok }) => ok), [true, false]);
});

Deno.test("create() says what is wrong with a request", async () => {
  const { create, s } = opened();
  const wrong: [request: Partial<CreatePool>, says: RegExp][] = [
    [{ name: "Desks" }, /invalid: "Desks" cannot be a pool's name: at most 40 lower-case/],
    [{ name: "" }, /invalid: "" cannot/],
    [{ name: "con" }, /keeps for a device/],
    [{ name: "prepare" }, /prepares images/],
    [{ name: "a".repeat(39) }, /39 characters.* 38 are left/],
    [
      { template: "win12" },
      /not_found: There is no template "win12". There is: Desktop, gpu, vm, Registered;/,
    ],
    [{ size: -1 }, /whole number from 0 to 1000, not -1/],
    [{ size: 1.5 }, /not 1.5/],
    [{ size: 1e9 }, /not 1000000000/],
    [{ hot: 4 }, /4 hot and 0 warm machines are more than the 3/],
    [{ hot: 2, warm: 2 }, /2 hot and 2 warm machines are more than the 3/],
    [{ max: 2 }, /3 machines, and at most 2/],
    [{ max: 0 }, /greatest number is a whole number from 1/],
    [{ totalMs: 0 }, /longest time of a lease is 1 to 86400 seconds, not 0/],
    [{ totalMs: 1e12 }, /not 1000000000/],
    [{ totalMs: NaN }, /not NaN/],
    [{ totalMs: 60_000, idleMs: 61_000 }, /idle time is 1 to 60 seconds, not 61/],
  ];
  for (const [request, says] of wrong) assert.match(refusal(await create(request)), says);
  assert.equal(s.created.size, 0);
  assert.equal(refusal(await create({ size: 0, hot: 5 })), "made", "a paused pool may say what it likes");
});

Deno.test("create() refuses a pool for whose machines there are no paths or addresses", async () => {
  const deep = opened({ ...FILE, storage: `D:\\${"x".repeat(140)}` });
  assert.match(
    refusal(await deep.create()),
    /^invalid: Files of the pool desks would have paths of up to \d+/,
  );
  const network = { addresses: "static", subnet: "10.0.0.0/29" } as const;
  const small = opened({ ...FILE, poolDefaults: { ...DEFAULTS, network } });
  assert.match(refusal(await small.create({ size: 9 })), /static addresses for 5 machines.* would be 9/);
  assert.equal(refusal(await small.create({ size: 5 })), "made");
});

Deno.test("delete() is refused for pools of the configuration, and for those that are not there", async () => {
  const { desk, create } = opened();
  const remove = async (name: string) => refusal(await desk.delete(name, { force: false, source: "test" }));
  assert.match(
    await remove("ci"),
    /^conflict: The pool ci stands in the configuration: take it out of the file/,
  );
  assert.match(await remove("desks"), /^not_found: .*None was made at run time/);
  await create();
  assert.match(await remove("desk"), /^not_found: .*Made at run time: desks/);
  assert.equal(await remove("desks"), "made");
  assert.match(await remove("desks"), /^not_found/);
});

Deno.test("delete() names the leases that are in its way", async () => {
  const { desk, create, tell, s } = opened();
  await create();
  const data = { lease: "l-1", pool: "desks", holder: "ada", labels: {}, source: "test", waitMs: 9 };
  tell({ type: "lease.requested", data } as unknown as NewEvent);
  tell({
    type: "lease.assigned",
    data: { lease: "l-1", cycle: "desks/1.1", origin: "hot" },
  } as unknown as NewEvent);
  assert.match(
    refusal(await desk.delete("desks", { force: false, source: "test" })),
    /^conflict: .*leased: l-1 of ada\..*--force/,
  );
  assert.equal(refusal(await desk.delete("desks", { force: true, source: "test" })), "made");
  assert.deepEqual([s.leases.size, s.created.size], [0, 0]);
});

/** A machine of a pool, which waits for bob. */
function park(s: State, pool: string): void {
  const { storage } = s.settings;
  const id = `${pool}/2.7` as CycleId;
  const generation = s.pools.get(pool)?.generation ?? assert.fail();
  const data = { cycle: id, pool, slot: 2, n: 7, generation, storage };
  fold(s, { type: "cycle.opened", data, seq: s.seq + 1, at: NOW });
  s.issued = 7;
  const cycle = s.cycles.get(id) ?? assert.fail();
  Object.assign(cycle, { phase: "claimed", vm: "known", used: true });
  cycle.parked = { holder: "bob", pool, how: "save", until: NOW, checkpoints: [] };
}

Deno.test("delete() names whom a machine is parked for, and takes it away with force only", async () => {
  const { desk, create, s } = opened();
  await create();
  park(s, "desks");
  const remove = async (force: boolean) => refusal(await desk.delete("desks", { force, source: "test" }));
  assert.match(
    await remove(false),
    /^conflict: Machines of pool desks are parked for their holders: desks-2 for bob until \d.*Z\. .*--force/,
  );
  assert.equal(await remove(true), "made");
  assert.deepEqual([s.created.size, s.gone.size], [0, 0]);
});

Deno.test("delete() ends with force what is left of a pool that is not configured any more", async () => {
  const { desk, create, s, tell } = opened();
  await create();
  park(s, "desks");
  const settings = s.created.get("desks") ?? assert.fail();
  s.created.delete("desks");
  tell({ type: "settings.applied", data: { settings: { ...FILE, pools: [...FILE.pools, settings] } } });
  tell({ type: "settings.applied", data: { settings: FILE } });
  assert.deepEqual([[...s.gone.keys()], s.pools.has("desks")], [["desks"], false]);
  const remove = async (force: boolean) => refusal(await desk.delete("desks", { force, source: "test" }));
  assert.match(await remove(false), /^conflict: .*desks-2 for bob/);
  assert.equal(await remove(true), "made");
  assert.equal(s.gone.size, 0);
  assert.match(await remove(true), /^not_found/);
});
