/** `hvpool lease release` and `hvpool lease force-release` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { leaseClient, TOKEN_HELP } from "./client.ts";
import { keepOption, refuseKeepWith, releaseOption } from "./values.ts";

/** Ends a lease. */
export function defineRelease(command: Command, invocation: Invocation): void {
  command
    .description("end a lease; one that has ended already is no error")
    .argument("<id>", "id of the lease")
    .addOption(releaseOption("what becomes of the machine (default: what was said when it was acquired)"))
    .addOption(keepOption())
    .option("--token <token>", TOKEN_HELP)
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {released}")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease release l-0123… --token env:LEASE_TOKEN", "its holder is done with it"],
        ["hvpool lease release l-0123… --release destroy", "its machine is made anew"],
        ["hvpool lease release l-0123… --release save --keep 2h", "the holder's next lease goes on with it"],
      ]) +
        "\n\nsave: the machine is saved as it is for its holder's next lease of the pool, and holds no memory meanwhile; " +
        "keep: it runs on. When that lease does not come in time, it is reset. Whoever else gets a machine gets it clean, " +
        "whatever is said here.",
    )
    .action(async (id, { release, keep, token, reason, json = false }) => {
      refuseKeepWith(release, keep);
      const leases = await leaseClient(invocation, "release", token);
      await leases.release(id, { release, keep_seconds: keep, reason });
      invocation.output.out(json ? JSON.stringify({ released: id }) : `Lease ${id} is released.`);
    });
}

/** Takes a machine away from its holder. */
export function defineForceRelease(command: Command, invocation: Invocation): void {
  command
    .description("take a machine away from its holder, or a lease out of the queue")
    .argument("<id>", "id of the lease")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {released}")
    .addHelpText(
      "after",
      examples([
        [
          'hvpool lease force-release l-0123… --reason "host reboots"',
          "whatever runs on the machine is lost",
        ],
      ]) + "\n\nFor administrators: the token of a lease does not open this.",
    )
    .action(async (id, { reason, json = false }) => {
      const request = reason === undefined ? {} : { reason };
      await (await leaseClient(invocation, "force-release")).forceRelease(id, request);
      invocation.output.out(json ? JSON.stringify({ released: id }) : `Lease ${id} is taken away.`);
    });
}
