/** `hvpool status` */
import { type Command, Option } from "@commander-js/extra-typings";
import { examples } from "../options/examples.ts";
import type { Invocation } from "../invocation.ts";
import { runningClient } from "../options/running_client.ts";
import { durationValue } from "../options/values.ts";
import { pause } from "../view/pause.ts";
import { statusLines } from "../view/status_text.ts";
import { viewOf } from "../view/view.ts";

/** Cursor to the top left, and everything below it cleared. */
const REDRAW = "\x1b[H\x1b[J";
const CLEAR = "\x1b[2J";

/** Shows what is going on. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--json", "as one JSON object (with --watch: one a line)")
    .option("--watch", "show it again and again until Ctrl+C")
    .addOption(
      new Option("--interval <duration>", "time between two looks of --watch").argParser(durationValue)
        .default(2_000, "2s"),
    )
    .addHelpText(
      "after",
      examples([
        ["hvpool status", "pools, VMs and GitHub at this moment"],
        ["hvpool status --watch", "the same, kept up to date"],
        ["hvpool status --json", "for programs; later versions only add to it"],
      ]) + "\n\nWith nothing running it ends with exit code 3.",
    )
    .action(async ({ json = false, watch = false, interval }) => {
      const { output, until } = invocation;
      const client = await runningClient(invocation, "hvpool status");
      const redraws = watch && !json && output.terminal;
      for (let first = true; first || watch; first = false) {
        const status = await client.status();
        if (json) output.out(JSON.stringify(status));
        else {
          const lines = statusLines(status, viewOf(output));
          if (redraws) output.out((first ? CLEAR : "") + REDRAW + lines.join("\n"));
          else output.out((first ? "" : "\n") + lines.join("\n"));
        }
        if (!watch || until?.aborted === true) return;
        await pause(interval, until);
      }
    });
}
