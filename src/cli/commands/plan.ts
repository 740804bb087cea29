/** `hvpool plan` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { askReload } from "./reload/ask.ts";

/** Shows what a changed configuration would do. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--json", "as one JSON object: {applied, changes, restart}, or {problems}")
    .addHelpText(
      "after",
      examples([
        ["hvpool plan", "what `hvpool reload` would change, and what needs a restart"],
        ["hvpool plan -c config.yaml", "of the hvpool that runs with this configuration's data directory"],
        ["hvpool plan --json", "for programs"],
      ]) +
        "\n\nThe running hvpool reads the file that it was started with; nothing is changed. Exit code 0 with and " +
        "without changes, 2 when the file has problems, 3 with nothing running. `hvpool config validate` checks a " +
        "file without a running hvpool.",
    )
    .action(({ json = false }) =>
      askReload(invocation, {
        name: "hvpool plan",
        apply: false,
        json,
        after: "Nothing was changed: `hvpool reload` does it.",
      })
    );
}
