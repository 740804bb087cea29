/** `hvpool events` */
import type { Command } from "@commander-js/extra-typings";
import { type Client, type EventAnswer, type EventsQuery, NotRunning } from "../../client/mod.ts";
import { eventPages, newestEvents, type ReadPage } from "../view/event_pages.ts";
import { eventLine } from "../view/event_text.ts";
import { examples } from "../options/examples.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { clientOf, locateTarget, type Target } from "../options/running_client.ts";
import { sinceValue, wholeNumber } from "../options/values.ts";

const MAX_LIMIT = 100_000;
/** How far back `--follow` begins when nothing else says so. */
const FOLLOW_FROM_MS = 600_000;

/** Shows what happened. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--json", "one JSON object a line")
    .option("-f, --follow", "go on with what happens, until Ctrl+C")
    .option("--since <time>", "from a time, or a duration before now, on (--follow: 10m)", sinceValue)
    .option("--vm <name>", "only this VM, or this cycle (<pool>/<slot>.<n>)")
    .option("-p, --pool <name>", "only this pool and its VMs")
    .option("--type <type>", "only this type of event, or types that begin so (op: op.opened, op.closed)")
    .option("--limit <number>", "only so many, the newest", wholeNumber(1, MAX_LIMIT))
    .addHelpText(
      "after",
      examples([
        ["hvpool events --since 10m", "the last ten minutes"],
        ["hvpool events --follow --vm linux-1", "what happens to one VM"],
        ["hvpool events --type cycle.failed --json", "every failure that is kept, for programs"],
        ["hvpool events --follow --since 0s", "only what is new"],
      ]) +
        "\n\nOldest first, times are local. With nothing running it reads the journal in the data directory.",
    )
    .action(async ({ json = false, follow = false, limit, since, vm, pool, type }) => {
      const { output, until } = invocation;
      const target = await locateTarget(invocation);
      const client = clientOf(target, { ...invocation, name: "hvpool events" });
      const show = (event: EventAnswer) =>
        output.out(json ? JSON.stringify(event) : eventLine(event, output.colors));
      const query: EventsQuery = {
        ...(since === undefined ? {} : { since }),
        ...(vm === undefined ? {} : { vm }),
        ...(pool === undefined ? {} : { pool }),
        ...(type === undefined ? {} : { type }),
      };
      const { since: _, ...names } = query;
      if (!follow) {
        const source = await openSource(invocation, target, { client, names });
        try {
          if (limit !== undefined) (await newestEvents(source.read, query, limit)).events.forEach(show);
          else for await (const page of eventPages(source.read, query)) page.events.forEach(show);
        } finally {
          source.close();
        }
        return;
      }

      // Nothing would ever come of a name that is misspelt: it is refused here, while a stream would wait.
      await client.events({ ...names, limit: 1 });
      let start: EventsQuery = query;
      if (limit !== undefined) {
        const { events, next } = await newestEvents((page) => client.events(page), query, limit);
        events.forEach(show);
        start = { ...query, after: next };
      } else if (since === undefined) {
        start = { ...query, since: new Date(Date.now() - FOLLOW_FROM_MS).toISOString() };
      }
      for await (const item of client.follow(start, until === undefined ? {} : { signal: until })) {
        if (item.type === "event") show(item.event);
        else if (item.type === "reset") output.err("Events before this are no longer kept.");
        else output.err(`The connection to hvpool was lost (${item.reason}); trying again.`);
      }
    });
}

/** Where kept events come from: a running hvpool, or the journal of one that has ended. */
async function openSource(
  invocation: Invocation,
  target: Target,
  { client, names }: { readonly client: Client; readonly names: EventsQuery },
): Promise<{ read: ReadPage; close(): void }> {
  try {
    // It refuses names of what never was.
    await client.events({ ...names, limit: 1 });
    return { read: (query) => client.events(query), close() {} };
  } catch (error) {
    if (!(error instanceof NotRunning) || "server" in target) throw error;
  }
  const { dataDir } = target;
  const { openJournal } = await invocation.programs();
  const journal = await openJournal(dataDir);
  if (journal !== undefined) return { read: (query) => journal.events(query), close: () => journal.close() };
  throw new CliError(
    `hvpool is not running with the data directory ${dataDir}, and there is no journal in it. ` +
      "Start it with `hvpool run`, or name another directory with --data-dir.",
    EXIT.notReachable,
  );
}
