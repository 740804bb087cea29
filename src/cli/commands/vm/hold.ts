/** `hvpool vm hold` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { reasonOption } from "../../options/reason.ts";
import { runningClient } from "../../options/running_client.ts";
import { durationValue } from "../../options/values.ts";

const MAX_DAYS = 31;

/** Keeps a machine after its job. */
export function defineHold(command: Command, invocation: Invocation): void {
  command
    .description("keep a machine after its job, unregistered and isolated, to look at")
    .argument("<name>", "name of the VM, or a cycle id")
    .addOption(
      new Option("--for <duration>", "how long, from now on").argParser(holdValue).default(7_200, "2h"),
    )
    .addOption(reasonOption())
    .option("--json", "as one JSON object: {message, changed, cycle}")
    .addHelpText(
      "after",
      examples([
        ["hvpool vm hold ci-1", "for two hours; its slot is filled again"],
        ['hvpool vm hold ci-1 --for 1d --reason "flaky test"', "until tomorrow"],
        ["hvpool vm quarantine release ci-1", "no longer"],
      ]),
    )
    .action(async (vm, { for: seconds, reason, json = false }) => {
      const client = await runningClient(invocation, "hvpool vm hold");
      const why = reason === undefined ? {} : { reason };
      const answer = await client.hold({ vm, seconds, ...why });
      invocation.output.out(json ? JSON.stringify(answer) : answer.message);
    });
}

/** Whole seconds. */
function holdValue(text: string): number {
  const seconds = Math.ceil(durationValue(text) / 1000);
  if (seconds < 1 || seconds > MAX_DAYS * 86_400) {
    throw new InvalidArgumentError(`Expected 1s to ${MAX_DAYS}d.`);
  }
  return seconds;
}
