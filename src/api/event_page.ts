/** Events by the page: what a query asks for, and the answer of `GET /v1/events`. */
import type { EventFilter, Operations } from "../ports/operations.ts";
import type { EventsPage, EventsQuery } from "./schemas.ts";

/** Events in a page whose size is not named. */
const DEFAULT_LIMIT = 100;

/** What a query narrows to. */
export function eventFilter(query: EventsQuery): EventFilter {
  return {
    ...(query.after === undefined ? {} : { after: query.after }),
    ...(query.since === undefined ? {} : { since: Date.parse(query.since) }),
    ...(query.vm === undefined ? {} : { vm: query.vm }),
    ...(query.pool === undefined ? {} : { pool: query.pool }),
    ...(query.type === undefined ? {} : { type: query.type }),
  };
}

/** One page. */
export function eventPage(source: Pick<Operations, "events">, query: EventsQuery): EventsPage {
  const { events, reset, upTo } = source.events(eventFilter(query), query.limit ?? DEFAULT_LIMIT);
  return { events, reset, next: upTo ?? events.at(-1)?.seq ?? query.after ?? 0 };
}
