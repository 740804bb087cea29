/** Reads events page by page. */
import type { EventAnswer, EventsPage, EventsQuery } from "../../client/mod.ts";

/** Reads one page: from a running hvpool, or from a journal. */
export type ReadPage = (query: EventsQuery) => EventsPage | Promise<EventsPage>;

const PAGE = 1000;

/** Pages until there is no more at this moment. */
export async function* eventPages(read: ReadPage, query: EventsQuery): AsyncGenerator<EventsPage> {
  let next = query;
  for (;;) {
    const page = await read({ ...next, limit: PAGE });
    yield page;
    if (page.events.length < PAGE) return;
    next = { ...query, after: page.next };
  }
}

/** The newest events, oldest first, and the `after` that goes on behind them. */
export async function newestEvents(
  read: ReadPage,
  query: EventsQuery,
  limit: number,
): Promise<{ events: EventAnswer[]; next: number }> {
  let events: EventAnswer[] = [];
  let next = 0;
  for await (const page of eventPages(read, query)) {
    events = [...events, ...page.events].slice(-limit);
    next = page.next;
  }
  return { events, next };
}
