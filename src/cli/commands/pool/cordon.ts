/** `hvpool pool pause` and `hvpool pool resume` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";

/** Makes no further machine. */
export function definePause(command: Command, invocation: Invocation): void {
  command
    .description("make no further machine; those that are there stay, and take jobs")
    .argument("<name>", "the pool")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool pause ci", "until `hvpool pool resume ci`, also across restarts"],
        ['hvpool pool pause ci --reason "a broken image"', "`hvpool status` shows who and why"],
      ]) +
        "\n\nA drained pool is only paused from then on. `hvpool drain --pool NAME` removes idle machines, too.",
    )
    .action(async (pool, { reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool pool pause");
      const why = reason === undefined ? {} : { reason };
      const answer = await client.cordon({ action: "pause", pool, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}

/** Makes machines again. */
export function defineResume(command: Command, invocation: Invocation): void {
  command
    .description("make machines again: the end of a pause or a drain")
    .argument("<name>", "the pool")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}")
    .addHelpText(
      "after",
      examples([["hvpool pool resume ci", "the same as `hvpool uncordon --pool ci`"]]) +
        "\n\nWhile the whole host is drained, it makes none: `hvpool uncordon` ends that.",
    )
    .action(async (pool, { reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool pool resume");
      const why = reason === undefined ? {} : { reason };
      const answer = await client.cordon({ action: "resume", pool, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}
