/** `hvpool job list|show` */
import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { defineList } from "./job/list.ts";
import { defineShow } from "./job/show.ts";

/** Shows the jobs that ran. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool job list --since 2d --result failure", "what failed since the day before yesterday"],
      ["hvpool job show ci-1-16ef92b3-17.1", "everything about one"],
      ["hvpool job list --jsonl --limit 0 > jobs.jsonl", "all that are kept, for other programs"],
    ]),
  );
  defineList(command.command("list"), invocation);
  defineShow(command.command("show"), invocation);
}
