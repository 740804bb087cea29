/** `hvpool template list` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { templateLines } from "../../view/template_text.ts";
import { templateClient } from "./client.ts";

/** Lists templates. */
export function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show all templates")
    .option("--json", "as one JSON object: {templates}")
    .addHelpText(
      "after",
      examples([
        ["hvpool template list", "those of the configuration, then the registered ones"],
        ["hvpool template list --json", "for programs"],
      ]),
    )
    .action(async ({ json = false }) => {
      const { output } = invocation;
      const templates = await (await templateClient(invocation, "list")).templates();
      if (json) return output.out(JSON.stringify({ templates }));
      const view = { colors: output.colors, width: output.columns };
      for (const line of templateLines(templates, view)) output.out(line);
    });
}
