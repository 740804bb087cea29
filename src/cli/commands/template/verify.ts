/** `hvpool template verify` */
import type { Command } from "@commander-js/extra-typings";
import { EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { checkLines } from "../../view/template_text.ts";
import { templateClient } from "./client.ts";
import { followed } from "./follow.ts";

/** Checks one template. */
export function defineVerify(command: Command, invocation: Invocation): void {
  command
    .description("check a template's disk, and what it says of itself; exit code 1 when a check fails")
    .argument("<name>", "name of the template")
    .option("--json", "as one JSON object: {checks}")
    .addHelpText(
      "after",
      examples([
        ["hvpool template verify win11", "each check, and what to do where one fails"],
        ["hvpool template verify win11 --json", "for programs"],
      ]),
    )
    .action(async (name, { json = false }) => {
      const { output } = invocation;
      const client = await templateClient(invocation, "verify");
      const found = await followed(
        invocation,
        { json, givenUp: "Given up. Nothing was changed." },
        (options) => client.verifyTemplate(name, options),
      );
      if (json) output.out(JSON.stringify(found));
      else {
        const view = { colors: output.colors, width: output.columns };
        for (const line of checkLines(found, view)) output.out(line);
      }
      if (found.checks.some(({ status }) => status === "fail")) invocation.exit(EXIT.failed);
    });
}
