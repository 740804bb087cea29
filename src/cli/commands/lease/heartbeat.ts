/** `hvpool lease heartbeat` */
import type { Command } from "@commander-js/extra-typings";
import type { LeaseAnswer } from "../../../client/mod.ts";
import type { Invocation } from "../../invocation.ts";
import { formatAge, formatLocalTime } from "../../options/duration.ts";
import { examples } from "../../options/examples.ts";
import { leaseClient, TOKEN_HELP } from "./client.ts";

/** Says that a holder is still there. */
export function defineHeartbeat(command: Command, invocation: Invocation): void {
  command
    .description("say that the holder of a lease is still there")
    .argument("<id>", "id of the lease")
    .option("--token <token>", TOKEN_HELP)
    .option("--json", "the lease as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease heartbeat l-0123… --token env:LEASE_TOKEN", "for its holder"],
      ]) + "\n\nA lease that has ended stays so, however late the heartbeat is: acquire another one.",
    )
    .action(async (id, { token, json = false }) => {
      const { output } = invocation;
      const lease = await (await leaseClient(invocation, "heartbeat", token)).heartbeat(id);
      if (json) return output.out(JSON.stringify(lease));
      output.out(`Lease ${id} ${said(lease)}.`);
    });
}

function said({ idleSeconds, expiresAt, state, change, pausedAt }: LeaseAnswer): string {
  const until = `until ${formatLocalTime(Date.parse(expiresAt))}`;
  switch (state) {
    case "queued":
    case "starting":
      return `waits for a machine ${until}`;
    case "active":
      return `goes on ${until}; the next heartbeat is due within ${formatAge(idleSeconds * 1000)}`;
    case "changing":
      return pausedAt === null
        ? `goes on ${until} at most: its ${
          change?.kind ?? "change"
        } is not over, and no heartbeat is due meanwhile`
        : `waits to be started again, and counts as paused until then, ${until} at most`;
    case "paused":
      return `is paused, ${until} at most`;
    default:
      return state satisfies never;
  }
}
