/** `hvpool vm list` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { viewOf } from "../../view/view.ts";
import { vmLines } from "../../view/vm_text.ts";
import { findPool } from "../pool/find.ts";

/** Lists machines. */
export function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show machines")
    .option("-p, --pool <name>", "only those of this pool")
    .option("--json", "as one JSON object: {vms}")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm list", "all machines, those in quarantine included"],
        ["hvpool vm list --pool ci --json", "those of a pool, for programs"],
      ]),
    )
    .action(async ({ pool, json = false }) => {
      const { output } = invocation;
      const status = await (await runningClient(invocation, "hvpool vm list")).status();
      const vms = status.vms.filter((vm) => pool === undefined || vm.pool === pool);
      // A pool that is not configured any more may still have machines.
      if (pool !== undefined && vms.length === 0) findPool(status, pool);
      if (json) return output.out(JSON.stringify({ vms }));
      if (vms.length === 0) return output.out("There is no VM.");
      for (const line of vmLines(vms, viewOf(output))) output.out(line);
    });
}
