/** `hvpool job show` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { jobText } from "../../view/job_text.ts";
import { viewOf } from "../../view/view.ts";

/** Shows one job. */
export function defineShow(command: Command, invocation: Invocation): void {
  command
    .description("show one job: repository, run, machine, times, result")
    .argument("<name>", "name of its runner; `hvpool job list --json` has it")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool job show ci-1-16ef92b3-17.1", "everything about it"],
        ["hvpool job show ci-1-16ef92b3-17.1 --json", "for programs"],
      ]),
    )
    .action(async (name, { json = false }) => {
      const { output } = invocation;
      const job = await (await runningClient(invocation, "hvpool job show")).job(name);
      if (json) return output.out(JSON.stringify(job));
      for (const line of jobText(job, viewOf(output))) output.out(line);
    });
}
