import assert from "node:assert/strict";
import { join } from "node:path";
import { agentPool } from "../model/agent_pool.ts";
import { Keeper, recover } from "../controller/keeper.ts";
import { journalFile, openDataDir } from "../journal/datadir.ts";
import { openJournal } from "../journal/journal.ts";
import type { Event, NewEvent } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import type { PoolSettings } from "../model/settings.ts";
import { emptyState } from "../model/state.ts";
import { NOW, testSettings } from "../model/testing/stage.ts";
import { deletePoolStopped } from "./delete_pool.ts";
import { openJournalEvents } from "./journal_events.ts";

const FILE = testSettings();
const [CI] = FILE.pools;
const DESKS: PoolSettings = {
  name: "desks",
  size: 2,
  prefix: "desks-",
  ...agentPool({
    template: CI?.template ?? assert.fail("no pool"),
    switchName: "",
    hot: 0,
    agent: { desktop: true, idleMs: 1, totalMs: 1 },
  }),
};
const CREATED: NewEvent = { type: "pool.created", data: { pool: "desks", settings: DESKS, source: "test" } };
const LEASED = [
  {
    type: "lease.requested",
    data: { lease: "l-1", pool: "desks", holder: "ada", labels: {}, priority: 0, waitMs: 1, source: "test" },
  },
  { type: "lease.assigned", data: { lease: "l-1", cycle: "desks/1.1", origin: "hot" } },
] as unknown as NewEvent[];

/** A data directory whose journal tells this, with nothing running. */
async function inDataDir(
  events: readonly NewEvent[],
  run: (dataDir: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const dataDir = join(folder, "data");
  try {
    {
      using directory = openDataDir(dataDir, { machine: Deno.hostname() });
      using journal = openJournal(directory.journalPath);
      const state = emptyState(FILE);
      const all: NewEvent[] = [{ type: "settings.applied", data: { settings: FILE } }, ...events];
      const placed = all.map((event, i) => ({ ...event, seq: i + 1, at: NOW }) as Event);
      for (const event of placed) fold(state, event);
      new Keeper(journal, state).commit(placed);
    }
    await run(dataDir);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function createdIn(dataDir: string): string[] {
  using journal = openJournal(journalFile(dataDir), { readOnly: true });
  return [...recover(journal, FILE).created.keys()];
}

function remove(dataDir: string, more: { pool?: string; force?: boolean } = {}) {
  return deletePoolStopped({ dataDir, pool: "desks", force: false, source: "test", ...more });
}

Deno.test("deletePoolStopped() deletes a pool in the journal of a hvpool that does not run", async () => {
  await inDataDir([CREATED], async (dataDir) => {
    assert.deepEqual(createdIn(dataDir), ["desks"]);
    const other = remove(dataDir, { pool: "ci" });
    assert.ok(other !== undefined && !other.ok && /stands in the configuration/.test(other.message));
    assert.deepEqual(remove(dataDir), { ok: true });
    assert.deepEqual(createdIn(dataDir), []);
    const again = remove(dataDir);
    assert.ok(again !== undefined && !again.ok && again.code === "not_found");
    await Promise.resolve();
  });
});

Deno.test("deletePoolStopped() leaves a pool that is leased, unless its leases are to end", async () => {
  await inDataDir([CREATED, ...LEASED], async (dataDir) => {
    const refused = remove(dataDir);
    assert.ok(refused !== undefined && !refused.ok && /leased: l-1 of ada/.test(refused.message));
    assert.deepEqual(createdIn(dataDir), ["desks"]);
    assert.deepEqual(remove(dataDir, { force: true }), { ok: true });
    const events = await openJournalEvents(dataDir) ?? assert.fail("no journal");
    const page = await events.events({ type: "lease.ended" });
    events.close();
    assert.deepEqual(page.events.map(({ data }) => data["cause"]), ["its pool was deleted"]);
  });
});

Deno.test("deletePoolStopped() touches no directory that somebody has, and none without a journal", async () => {
  await inDataDir([CREATED], async (dataDir) => {
    using _held = openDataDir(dataDir, { machine: Deno.hostname() });
    const refused = remove(dataDir);
    assert.ok(refused !== undefined && !refused.ok && refused.code === "conflict");
    assert.deepEqual(createdIn(dataDir), ["desks"]);
    assert.equal(remove(join(dataDir, "none")), undefined);
    await Promise.resolve();
  });
});

Deno.test("the journal of a hvpool that does not run tells whose machines are those of a pool made at run time", async () => {
  const opened = {
    cycle: "desks/1.1",
    pool: "desks",
    slot: 1,
    n: 1,
    generation: "12345678",
    storage: "D:\\vms",
  };
  const cycle = { type: "cycle.opened", data: opened } as unknown as NewEvent;
  await inDataDir([CREATED, cycle], async (dataDir) => {
    const events = await openJournalEvents(dataDir) ?? assert.fail("no journal");
    const page = await events.events({ vm: "desks-1" });
    events.close();
    assert.deepEqual(page.events.map(({ type }) => type), ["cycle.opened"]);
  });
});
