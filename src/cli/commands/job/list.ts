/** `hvpool job list` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import type { JobsQuery } from "../../../client/mod.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { runningClient } from "../../options/running_client.ts";
import { sinceValue, wholeNumber } from "../../options/values.ts";
import { jobLines } from "../../view/job_text.ts";
import { viewOf } from "../../view/view.ts";

const MAX_LIMIT = 1_000_000;

/** GitHub's conclusions of a job, and what has none yet. */
const RESULTS = [
  "running",
  "success",
  "failure",
  "cancelled",
  "timed_out",
  "skipped",
  "neutral",
  "action_required",
  "stale",
  "startup_failure",
];

/** Lists jobs. */
export function defineList(command: Command, invocation: Invocation): void {
  command
    .alias("ls")
    .description("show jobs that run and ran, newest first")
    .option("-p, --pool <name>", "only those of this pool")
    .option("--vm <name>", "only those of this VM, or of this cycle (<pool>/<slot>.<n>)")
    .option("--repo <owner/name>", "only those of this repository", repositoryValue)
    .addOption(new Option("--result <result>", "only those that ended so, or run").choices(RESULTS))
    .option(
      "--since <time>",
      "only those that began at a time, or a duration before now, or later",
      sinceValue,
    )
    .addOption(
      new Option("--limit <number>", "only so many, the newest; 0 means all")
        .argParser(wholeNumber(0, MAX_LIMIT)).default(50),
    )
    .option("--json", "as one JSON object: {jobs}")
    .addOption(new Option("--jsonl", "one JSON object a line").conflicts("json"))
    .addHelpText(
      "after",
      examples([
        ["hvpool job list --since 2d", "the last two days"],
        ["hvpool job list --repo acme/app --result failure", "what failed in a repository"],
        ["hvpool job list --result running", "what runs now"],
        ["hvpool job list --jsonl --limit 0 > jobs.jsonl", "all that are kept, for other programs"],
      ]) +
        "\n\nTimes are local. Repository and key come from the guest, name and result from GitHub, once it tells them: " +
        "a result that GitHub never told is shown as unknown.",
    )
    .action(async ({ pool, vm, repo, result, since, limit, json = false, jsonl = false }) => {
      const { output } = invocation;
      const client = await runningClient(invocation, "hvpool job list");
      const query: JobsQuery = {
        limit,
        ...(pool === undefined ? {} : { pool }),
        ...(vm === undefined ? {} : { vm }),
        ...(repo === undefined ? {} : { repository: repo }),
        ...(result === undefined ? {} : { result }),
        ...(since === undefined ? {} : { since }),
      };
      if (jsonl) {
        for await (const job of client.jobs(query)) output.out(JSON.stringify(job));
        return;
      }
      const jobs = await Array.fromAsync(client.jobs(query));
      if (json) return output.out(JSON.stringify({ jobs }));
      for (const line of jobLines(jobs, viewOf(output))) output.out(line);
    });
}

function repositoryValue(text: string): string {
  if (/^[^\s/]+\/[^\s/]+$/.test(text)) return text;
  throw new InvalidArgumentError("Expected owner/name, such as acme/app.");
}
