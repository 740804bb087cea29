/** The journal of a data directory with nothing running, read only. */
import { type PresentNames, unknownInEvents } from "../api/event_names.ts";
import { eventPage } from "../api/event_page.ts";
import type { JournalEvents } from "../cli/programs.ts";
import { findEvents } from "../controller/event_query.ts";
import { readController } from "../journal/controller_file.ts";
import { DataDirError } from "../journal/datadir_error.ts";
import { journalFile } from "../journal/datadir.ts";
import { type JournalReader, openJournal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import { lostJournalText } from "../journal/lost_journal.ts";
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

/** Pools, and machines that the journal tells of. */
function namesIn(journal: JournalReader, pools: readonly PoolSettings[]): PresentNames {
  const prefixes = new Map(pools.map(({ name, prefix }) => [name, prefix]));
  const vms = new Set<string>();
  let after = 0;
  for (;;) {
    const { rows } = journal.read({ type: "cycle.opened", after, limit: PAGE });
    const last = rows.at(-1);
    if (last === undefined) break;
    for (const { data } of rows) {
      const prefix = prefixes.get(String(data["pool"]));
      if (prefix !== undefined) vms.add(`${prefix}${data["slot"]}`);
    }
    after = last.seq;
  }
  return { pools: [...prefixes.keys()], vms: [...vms].sort().map((name) => ({ name })) };
}

/** Says that the journal is lost, where `controller.json` tells so. */
function lostIn(dataDir: string, empty: boolean): Error | undefined {
  try {
    const upTo = readController(dataDir, Deno.hostname())?.issuedUpTo ?? 0;
    if (upTo === 0) return undefined;
    const { message, remedy } = lostJournalText(dataDir, { upTo, empty });
    return new Error(`${message} ${remedy}`);
  } catch (error) {
    if (error instanceof DataDirError) return undefined; // whose it was is not known: `hvpool doctor` says why
    throw error;
  }
}

/**
 * Opens it; `undefined` when the directory has none, or one without an event, and none is missed.
 *
 * @throws Error when it is lost, or cannot be read
 */
export async function openJournalEvents(dataDir: string): Promise<JournalEvents | undefined> {
  const journal = await open(dataDir);
  if (journal === undefined) return undefined;
  const pools = lastPools(journal);
  const source: Pick<Operations, "events"> = {
    events: (filter, limit) => findEvents(journal, pools, filter, limit),
  };
  return {
    events(query) {
      const page = eventPage(source, query);
      if (page.events.length > 0 || query.after !== undefined) return page;
      const unknown = unknownInEvents(source, query, () => namesIn(journal, pools));
      if (unknown !== undefined) throw new Error(unknown);
      return page;
    },
    close: () => journal.close(),
  };
}

function open(dataDir: string): Promise<JournalReader | undefined> {
  try {
    const journal = openJournal(journalFile(dataDir), { readOnly: true });
    const lost = journal.lastSeq() === 0 ? lostIn(dataDir, true) : undefined;
    if (lost === undefined) return Promise.resolve(journal);
    journal.close();
    return Promise.reject(lost);
  } catch (error) {
    if (!(error instanceof JournalError)) return Promise.reject(error);
    if (error.code !== "missing" && error.code !== "empty") {
      return Promise.reject(new Error(`${error.message} ${error.remedy}`));
    }
    const lost = lostIn(dataDir, error.code === "empty");
    return lost === undefined ? Promise.resolve(undefined) : Promise.reject(lost);
  }
}
