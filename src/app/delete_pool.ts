/** Deletes a pool that was made at run time while nothing runs: a configuration that has its name keeps hvpool from it. */
import { by } from "../model/by.ts";
import type { StoppedPoolDeletion } from "../cli/programs.ts";
import { Keeper, recover } from "../controller/keeper.ts";
import { whyNotDeleted } from "../controller/pool_desk.ts";
import { DataDirError } from "../journal/datadir_error.ts";
import { journalFile, openDataDir } from "../journal/datadir.ts";
import { openJournal } from "../journal/journal.ts";
import { JournalError } from "../journal/journal_error.ts";
import { decide } from "../model/decide.ts";
import type { Event } from "../model/events.ts";
import { fold } from "../model/fold.ts";
import { DEFAULT_LANES, DEFAULT_TIMES, type Settings } from "../model/settings.ts";
import type { PoolAnswer } from "../ports/operations.ts";

/** Stands for the settings of a journal that has none. */
const NO_SETTINGS: Settings = { storage: "", lanes: DEFAULT_LANES, times: DEFAULT_TIMES, pools: [] };

type Refusal = Extract<PoolAnswer, { ok: false }>;

/**
 * Records it in the journal, which this process holds meanwhile. The next start gives up its machines.
 *
 * `undefined`: the directory has no journal.
 */
export function deletePoolStopped(
  { dataDir, pool, force, ...who }: StoppedPoolDeletion,
): { readonly ok: true } | Refusal | undefined {
  if (!isFile(journalFile(dataDir))) return undefined;
  try {
    using directory = openDataDir(dataDir, { machine: Deno.hostname() });
    using journal = openJournal(directory.journalPath);
    const state = recover(journal, NO_SETTINGS);
    const refusal = whyNotDeleted(state, pool, force);
    if (refusal !== undefined) return refusal;
    const at = Date.now();
    const events = decide(state, { type: "pool.delete", pool, force, ...by(who) })
      .map((event, i): Event => ({ ...event, seq: state.seq + 1 + i, at }));
    for (const event of events) fold(state, event);
    new Keeper(journal, state).commit(events);
    return { ok: true };
  } catch (error) {
    if (!(error instanceof DataDirError || error instanceof JournalError)) throw error;
    return { ok: false, code: "conflict", message: `${error.message} ${error.remedy}` };
  }
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
