/** `hvpool pool list` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { poolLines } from "../../view/pool_text.ts";
import { viewOf } from "../../view/view.ts";

/** Lists pools. */
export function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show all pools")
    .option("--json", "as one JSON object: {pools}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool list", "how full they are, who paused or drained them, what they wait for"],
        ["hvpool pool list --json", "for programs"],
      ]),
    )
    .action(async ({ json = false }) => {
      const { output } = invocation;
      const { pools } = await (await runningClient(invocation, "hvpool pool list")).status();
      if (json) return output.out(JSON.stringify({ pools }));
      for (const line of poolLines(pools, viewOf(output))) output.out(line);
    });
}
