/** `hvpool template delete` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { templateClient } from "./client.ts";

/** Deletes a registered template. */
export function defineDelete(command: Command, invocation: Invocation): void {
  command
    .description("delete a registered template, or what an import that was cut off left")
    .argument("<name>", "name of the template")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {deleted}")
    .addHelpText(
      "after",
      examples([["hvpool template delete win11", "refused while something uses it, with its users"]]) +
        "\n\nIts disk goes with the last machine that is made from it.",
    )
    .action(async (name, { json = false, ...options }) => {
      await (await templateClient(invocation, "delete")).deleteTemplate(name, whyOf(options));
      invocation.output.out(json ? JSON.stringify({ deleted: name }) : `Template ${name} is deleted.`);
    });
}
