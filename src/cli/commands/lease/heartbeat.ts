/** `hvpool lease heartbeat` */
import type { Command } from "@commander-js/extra-typings";
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
      const { idleSeconds, expiresAt, state } = lease;
      const until = formatLocalTime(Date.parse(expiresAt));
      if (state === "paused") return output.out(`Lease ${id} is paused, until ${until} at most.`);
      output.out(
        state === "active" || state === "changing"
          ? `Lease ${id} goes on until ${until}; the next heartbeat is due within ${
            formatAge(idleSeconds * 1000)
          }.`
          : `Lease ${id} waits for a machine until ${until}.`,
      );
    });
}
