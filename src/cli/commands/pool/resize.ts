/** `hvpool pool resize` */
import type { Command } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { wholeNumber } from "../../options/values.ts";

/** As the API and the configuration have it. */
const MAX_SIZE = 1_000;

/** Gives a pool another number of machines. */
export function defineResize(command: Command, invocation: Invocation): void {
  command
    .description("give a pool another number of machines, or that of the configuration again")
    .argument("<name>", "the pool")
    .argument("[size]", "how many machines", wholeNumber(0, MAX_SIZE))
    .option("--reset", "as many as the configuration says")
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed}")
    .addHelpText(
      "after",
      examples([
        ["hvpool pool resize ci 8", "until the configuration says another number, also across restarts"],
        ["hvpool pool resize ci 0", "idle machines go, those with a job end it first"],
        ["hvpool pool resize ci --reset", "back to the configuration's"],
      ]),
    )
    .action(async (pool, size, { reset = false, reason, json = false }) => {
      if (reset === (size !== undefined)) {
        throw new CliError(
          `Say how many machines pool ${pool} has, or --reset for what the configuration says: ` +
            `hvpool pool resize ${pool} 8.`,
          EXIT.usage,
        );
      }
      const client = await runningClient(invocation, "hvpool pool resize");
      const answer = await client.resize({
        pool,
        ...(size === undefined ? {} : { size }),
        ...(reason === undefined ? {} : { reason }),
      });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}
