/** `hvpool pool show`, which `hvpool pool status` is, too */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { poolText } from "../../view/pool_text.ts";
import { viewOf } from "../../view/view.ts";
import { vmLines } from "../../view/vm_text.ts";
import { findPool } from "./find.ts";

/** Shows one pool. */
export function defineShow(command: Command, invocation: Invocation): void {
  command
    .alias("status")
    .description("show one pool: its size, machines and image")
    .argument("<name>", "the pool")
    .option("--json", "as one JSON object: {pool, vms}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool show ci", "everything about it, and its machines"],
        ["hvpool pool show ci --json", "for programs"],
      ]),
    )
    .action(async (name, { json = false }) => {
      const { output } = invocation;
      const status = await (await runningClient(invocation, "hvpool pool show")).status();
      const pool = findPool(status, name);
      const vms = status.vms.filter((vm) => vm.pool === name);
      if (json) return output.out(JSON.stringify({ pool, vms }));
      const view = viewOf(output);
      for (const line of poolText(pool, view)) output.out(line);
      if (vms.length > 0) { for (const line of ["", ...vmLines(vms, view)]) output.out(line); }
    });
}
