/** `hvpool reload` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { reasonOption } from "../options/reason.ts";
import { askReload } from "./reload/ask.ts";

/** Has the running hvpool read its configuration anew. */
export function define(command: Command, invocation: Invocation): void {
  command
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {applied, changes, restart}, or {problems}")
    .addHelpText(
      "after",
      examples([
        ["hvpool reload", "the changed file counts; says what changes"],
        ["hvpool plan", "only look"],
      ]) +
        "\n\nThe running hvpool reads the file that it was started with. Machines with a job end it first. What " +
        "counts only after a restart is named, and left as it is. A file with problems changes nothing (exit code 2).",
    )
    .action(({ json = false, reason }) =>
      askReload(invocation, {
        name: "hvpool reload",
        apply: true,
        json,
        reason,
        after:
          "Done. Machines follow, those with a job once it has ended; `hvpool status` shows how far it is.",
      })
    );
}
