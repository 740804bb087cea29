/** `hvpool reconcile` */
import { type Command, Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { reasonOption, whyOf } from "../options/reason.ts";
import { runningClient } from "../options/running_client.ts";
import { inventoryText } from "../view/inventory_text.ts";

/** Shows what is there beside the machines of pools, and takes up what a lost journal knew. */
export function define(command: Command, invocation: Invocation): void {
  command
    .addOption(
      new Option(
        "--dry-run",
        "only show what there is, what becomes of it, and why; the same as none of these",
      )
        .conflicts(["adopt", "retire"]),
    )
    .addOption(
      new Option(
        "--adopt",
        "after a lost journal: machines that serve go on, everything else of it is removed",
      )
        .conflicts("retire"),
    )
    .addOption(new Option("--retire", "after a lost journal: everything of it is removed, jobs end first"))
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {items, listedAt, lostUpTo}, or {message, changed}")
    .addHelpText(
      "after",
      examples([
        ["hvpool reconcile --dry-run", "what is orphaned, lost or foreign"],
        ["hvpool reconcile --adopt", "after the journal was lost: let running machines go on"],
        ["hvpool reconcile --retire --json", "after the journal was lost: begin with nothing"],
      ]) +
        "\n\nhvpool removes by itself what it made and nothing wants any more, once two lists have shown it. What " +
        "others made is never touched. Only after the journal was lost does it wait for --adopt or --retire.",
    )
    .action(async ({ adopt, retire, json = false, ...options }) => {
      const { output } = invocation;
      if (adopt !== true && retire !== true && options.reason !== undefined) {
        throw new CliError("--reason goes with --adopt or --retire.", EXIT.usage);
      }
      const client = await runningClient(invocation, "hvpool reconcile");
      if (adopt === true || retire === true) {
        const answer = await client.reconcile({ adopt: adopt === true, ...whyOf(options) });
        return output.out(json ? JSON.stringify(answer) : answer.message);
      }
      const inventory = await client.inventory();
      if (json) return output.out(JSON.stringify(inventory));
      const view = { colors: output.colors, width: output.columns };
      for (const line of inventoryText(inventory, view)) output.out(line);
    });
}
