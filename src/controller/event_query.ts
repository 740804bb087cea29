/** Finds events by what a person knows: the name of a VM, a cycle, a pool, a type. */
import type { JournalReader, JournalRow, ReadQuery } from "../journal/journal.ts";
import { parseCycleId, type Seq } from "../model/ids.ts";
import type { PoolSettings } from "../model/settings.ts";
import type { EventFilter, EventRow } from "../ports/operations.ts";

/** A filter that no event can match. */
const NOTHING = "nothing";

/** The streams of a VM's display name or of a cycle. */
function streamsOfVm(vm: string, pools: readonly PoolSettings[]): Pick<ReadQuery, "stream" | "streamPrefix"> {
  const cycle = vm.split("~", 1)[0] ?? "";
  if (parseCycleId(cycle) !== undefined) return { stream: `cycle/${vm}` };
  for (const { name, prefix } of pools) {
    const slot = vm.startsWith(prefix) ? vm.slice(prefix.length) : "";
    if (/^[1-9]\d*$/.test(slot)) return { streamPrefix: `cycle/${name}/${slot}.` };
  }
  return { stream: NOTHING };
}

function row({ seq, at, stream, type, data }: JournalRow): EventRow {
  return { seq, at: new Date(at).toISOString(), stream, type, data };
}

/** Reads events that match, oldest first. */
export function findEvents(
  journal: JournalReader,
  pools: readonly PoolSettings[],
  filter: EventFilter,
  limit: number,
): { events: EventRow[]; reset: boolean; upTo: Seq } {
  const { after, since, vm, pool, type } = filter;
  const query: ReadQuery = {
    limit,
    ...(after === undefined ? {} : { after }),
    ...(since === undefined ? {} : { since }),
    ...(type === undefined ? {} : { type }),
    ...(vm !== undefined
      ? streamsOfVm(vm, pools)
      : pool !== undefined
      ? { stream: `pool/${pool}`, streamPrefix: `cycle/${pool}/` }
      : {}),
  };
  const { rows, reset } = journal.read(query);
  const inPool = vm !== undefined && pool !== undefined
    ? rows.filter(({ stream }) => stream.startsWith(`cycle/${pool}/`))
    : rows;
  const upTo = rows.length < limit ? journal.lastSeq() : rows.at(-1)?.seq ?? 0;
  return { events: inPool.map(row), reset, upTo };
}
