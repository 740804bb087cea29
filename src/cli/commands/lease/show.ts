/** `hvpool lease show` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { leaseText } from "../../view/lease_text.ts";
import { viewOf } from "../../view/view.ts";
import { leaseClient, TOKEN_HELP } from "./client.ts";

/** Shows one lease. */
export function defineShow(command: Command, invocation: Invocation): void {
  command
    .description("show everything about one lease")
    .argument("<id>", "id of the lease")
    .option("--token <token>", TOKEN_HELP)
    .option("--json", "the lease as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease show l-0123…", "for an administrator"],
        [
          "hvpool lease show l-0123… --token env:LEASE_TOKEN",
          "for its holder; a heartbeat, too, unless it is paused",
        ],
      ]),
    )
    .action(async (id, { token, json = false }) => {
      const { output } = invocation;
      const lease = await (await leaseClient(invocation, "show", token)).show(id);
      if (json) return output.out(JSON.stringify(lease));
      for (const line of leaseText(lease, viewOf(output))) output.out(line);
    });
}
