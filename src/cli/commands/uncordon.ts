/** `hvpool uncordon` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { reasonOption } from "../options/reason.ts";
import { runningClient } from "../options/running_client.ts";

/** Ends a drain or a pause. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("-p, --pool <name>", "only this pool (default: the whole host)")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}")
    .addHelpText(
      "after",
      examples([
        ["hvpool uncordon", "the end of `hvpool drain`"],
        ["hvpool uncordon --pool ci", "the end of `hvpool drain --pool ci`, and of `hvpool pool pause ci`"],
      ]) +
        "\n\nThe host and each pool are drained and paused on their own: a pool makes machines again when neither " +
        "it nor the host is. With nothing to end it says so, and ends with exit code 0.",
    )
    .action(async ({ pool, reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool uncordon");
      const answer = await client.cordon({
        action: "resume",
        ...(pool === undefined ? {} : { pool }),
        ...(reason === undefined ? {} : { reason }),
      });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}
