/** `hvpool template show` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { templateText } from "../../view/template_text.ts";
import { templateClient } from "./client.ts";

/** Shows one template. */
export function defineShow(command: Command, invocation: Invocation): void {
  command
    .description("show one template: its disk, hardware, age and users")
    .argument("<name>", "name of the template")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool template show win11", "everything about it"],
        ["hvpool template show win11 --json", "for programs"],
      ]),
    )
    .action(async (name, { json = false }) => {
      const { output } = invocation;
      const template = await (await templateClient(invocation, "show")).template(name);
      if (json) return output.out(JSON.stringify(template));
      const view = { colors: output.colors, width: output.columns };
      for (const line of templateText(template, view)) output.out(line);
    });
}
