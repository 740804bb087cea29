/** A registration that its cycle does not need any more gets a record of its own, which is only watched and removed. */
import type { NewEvent } from "./events.ts";
import type { CycleId } from "./ids.ts";
import type { Cycle, State } from "./state.ts";

/** The events; none where there is no registration, one where it is known to be gone. */
export function handOver(s: State, cycle: Cycle, cause: string): { events: NewEvent[]; record?: CycleId } {
  const { id, pool, slot, n, storage, runner } = cycle;
  if (runner === undefined) return { events: [] };
  const events: NewEvent[] = [{ type: "runner.dropped", data: { cycle: id, name: runner.name, cause } }];
  if (runner.gone === true || runner.missingAt !== undefined) return { events };
  const record = `${id}~${s.nextOrphan}` as CycleId;
  const { name, scope, use, registeredAt } = runner;
  const known = runner.id === undefined ? {} : { id: runner.id };
  events.push({
    type: "cycle.found",
    data: {
      cycle: record,
      pool,
      slot,
      n,
      cause,
      storage,
      runner: { name, scope, use, registeredAt, ...known },
    },
  });
  return { events, record };
}
