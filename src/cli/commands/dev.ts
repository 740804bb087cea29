/** `hvpool dev` */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../options/examples.ts";
import type { Invocation } from "../invocation.ts";
import { durationValue } from "../options/values.ts";
import { VERSION } from "../version.ts";

/** Runs a pool on a simulated host with a simulated GitHub, jobs coming in. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option(
      "--for <duration>",
      "queue no new job after this time, let running ones finish, and end",
      durationValue,
    )
    .option("--json", "end with one JSON object as the last line instead of a live view")
    .addHelpText(
      "after",
      examples([
        ["hvpool dev", "a live view until Ctrl+C"],
        ["hvpool dev --for 60s --json", "a minute of jobs, then figures for a program"],
      ]),
    )
    .action(async ({ for: forMs, json = false }) => {
      const { output, signals } = invocation;
      const { runDev } = await invocation.programs();
      invocation.exit(
        await runDev({ ...(forMs === undefined ? {} : { forMs }), json, version: VERSION, output, signals }),
      );
    });
}
