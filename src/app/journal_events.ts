/** The journal of a data directory with nothing running, read only. */
import { eventPage } from "../api/event_page.ts";
import type { JournalEvents } from "../cli/programs.ts";
import { findEvents } from "../controller/event_query.ts";
import { journalFile } from "../journal/datadir.ts";
import { type JournalReader, openJournal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import type { Operations } from "../ports/operations.ts";
import type { PoolSettings, Settings } from "../model/settings.ts";

const PAGE = 1_000;

/** The pools of the last settings in the journal, and those made at run time: they tell whose names are whose. */
function lastPools(journal: JournalReader): readonly PoolSettings[] {
  return [...configuredPools(journal), ...createdPools(journal)];
}

/** Deleted ones, too, as long as their events are kept. */
function createdPools(journal: JournalReader): PoolSettings[] {
  const created = new Map<string, PoolSettings>();
  const snapshot = journal.latestSnapshot();
  if (snapshot !== undefined) {
    const state = JSON.parse(snapshot.data) as { created?: [string, PoolSettings][] };
    for (const [pool, settings] of state.created ?? []) created.set(pool, settings);
  }
  let after = 0;
  for (;;) {
    const { rows } = journal.read({ type: "pool.created", after, limit: PAGE });
    const last = rows.at(-1);
    if (last === undefined) return [...created.values()];
    for (const { data } of rows) {
      const { pool, settings } = data as { pool: string; settings: PoolSettings };
      created.set(pool, settings);
    }
    after = last.seq;
  }
}

function configuredPools(journal: JournalReader): readonly PoolSettings[] {
  let pools: readonly PoolSettings[] = [];
  let after = 0;
  for (;;) {
    const { rows } = journal.read({ stream: "host", type: "settings.applied", after, limit: PAGE });
    const last = rows.at(-1);
    if (last === undefined) break;
    // Our own journal holds what `settings.applied` carries.
    pools = (last.data as { settings: Settings }).settings.pools;
    after = last.seq;
  }
  if (pools.length > 0) return pools;
  const snapshot = journal.latestSnapshot();
  if (snapshot === undefined) return [];
  const state = JSON.parse(snapshot.data) as { plain?: { settings?: Settings } };
  return state.plain?.settings?.pools ?? [];
}

/** Opens it; `undefined` when the directory has none. */
export function openJournalEvents(dataDir: string): Promise<JournalEvents | undefined> {
  let journal: JournalReader;
  try {
    journal = openJournal(journalFile(dataDir), { readOnly: true });
  } catch (error) {
    if (error instanceof JournalError && error.code === "missing") return Promise.resolve(undefined);
    if (error instanceof JournalError) return Promise.reject(new Error(`${error.message} ${error.remedy}`));
    return Promise.reject(error);
  }
  const pools = lastPools(journal);
  const source: Pick<Operations, "events"> = {
    events: (filter, limit) => findEvents(journal, pools, filter, limit),
  };
  return Promise.resolve({
    events: (query) => eventPage(source, query),
    close: () => journal.close(),
  });
}
