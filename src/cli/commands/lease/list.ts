/** `hvpool lease list` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { leaseLines } from "../../view/lease_text.ts";
import { viewOf } from "../../view/view.ts";
import { runningClient } from "../../options/running_client.ts";
import { findAgentPool } from "../pool/find.ts";

/** Lists leases. */
export function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show who has a machine, and who waits for one")
    .option("-p, --pool <name>", "only those of this pool")
    .option("--holder <name>", "only those of this holder")
    .option("--json", "as one JSON object: {leases}")
    .addHelpText(
      "after",
      examples([
        ["hvpool lease list", "all that have not ended, oldest first"],
        ["hvpool lease list --pool desktops --json", "those of a pool, for programs"],
      ]),
    )
    .action(async ({ pool, holder, json = false }) => {
      const { output } = invocation;
      const client = await runningClient(invocation, "hvpool lease list");
      const leases = (await client.leases.list()).filter((lease) =>
        (pool === undefined || lease.pool === pool) && (holder === undefined || lease.holder === holder)
      );
      if (pool !== undefined && leases.length === 0) findAgentPool(await client.status(), pool);
      if (json) return output.out(JSON.stringify({ leases }));
      if (leases.length === 0) return output.out("There is no lease.");
      for (const line of leaseLines(leases, viewOf(output))) output.out(line);
    });
}
