/** `hvpool lease extend` */
import { type Command, Option } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { formatAge } from "../../options/duration.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { leaseClient, TOKEN_HELP } from "./client.ts";
import { lengthValue } from "./values.ts";

/** Gives a lease another length. */
export function defineExtend(command: Command, invocation: Invocation): void {
  command
    .description("give a lease another length, counted from its beginning")
    .argument("<id>", "id of the lease")
    .addOption(
      new Option("--ttl <duration>", "its whole length; at most what its pool allows")
        .argParser(lengthValue).makeOptionMandatory(),
    )
    .option("--token <token>", TOKEN_HELP)
    .addOption(reasonOption())
    .option("--json", "the lease as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease extend l-0123… --ttl 4h", "it ends four hours after it began"],
        ["hvpool lease extend l-0123… --ttl 4h --token env:LEASE_TOKEN", "for its holder"],
      ]),
    )
    .action(async (id, { ttl, token, json = false, ...options }) => {
      const { output } = invocation;
      const lease = await (await leaseClient(invocation, "extend", token)).extend(id, ttl, whyOf(options));
      if (json) return output.out(JSON.stringify(lease));
      output.out(`Lease ${id} ends ${formatAge(lease.totalSeconds * 1000)} after it began.`);
    });
}
