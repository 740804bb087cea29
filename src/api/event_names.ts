/** Refuses to look for events of what never was: a misspelt name must not read as "nothing happened". */
import { EVENT_TYPES } from "../model/event_types.ts";
import type { EventFilter, Operations } from "../ports/operations.ts";
import { nearNames } from "./near_names.ts";
import type { EventsQuery } from "./schemas.ts";

/** What is there now. */
export interface PresentNames {
  readonly pools: readonly string[];
  readonly vms: readonly { readonly name: string; readonly cycle?: string }[];
}

/**
 * Says that there is no such pool, VM or type, and that no event of one is kept; what is gone has a history still.
 *
 * @param query one that found nothing
 * @param present what else may be named
 */
export function unknownInEvents(
  source: Pick<Operations, "events">,
  { pool, vm, type }: EventsQuery,
  present: () => PresentNames,
): string | undefined {
  const kept = (filter: EventFilter) => source.events(filter, 1).events.length > 0;
  if (pool !== undefined) {
    const { pools } = present();
    if (!pools.includes(pool) && !kept({ pool })) {
      return `There is no pool "${pool}", and no event of one is kept. ${nearNames(pool, pools)}`;
    }
  }
  if (vm !== undefined) {
    const { vms } = present();
    if (!vms.some(({ name, cycle }) => name === vm || cycle === vm) && !kept({ vm })) {
      const names = [...new Set(vms.map(({ name }) => name))];
      return `There is no VM "${vm}", and no event of one is kept. ${nearNames(vm, names)}`;
    }
  }
  if (type !== undefined && !EVENT_TYPES.some((known) => known.startsWith(type)) && !kept({ type })) {
    return `There is no type of event "${type}", and no type begins so. ${nearNames(type, EVENT_TYPES)}`;
  }
  return undefined;
}
