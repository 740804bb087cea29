/** `hvpool support bundle` */
import type { Command } from "@commander-js/extra-typings";
import { CliError } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { locateConfig } from "../../options/locate.ts";
import { sinceValue } from "../../options/values.ts";
import { VERSION } from "../../version.ts";

const DEFAULT_SINCE = "7d";

/** Collects what is known in one archive. */
export function defineBundle(command: Command, invocation: Invocation): void {
  command
    .description("zip configuration, doctor, status, events, evidence and logs, without secrets and names")
    .option("--output <file>", "where it goes; never written over (default: hvpool-support-<time>.zip)")
    .option(
      "--since <time>",
      `events from a time, or a duration before now, on (default: ${DEFAULT_SINCE})`,
      sinceValue,
    )
    .option("--no-events", "without events")
    .option("--screens", "with the last screens of machines that failed: they show whatever was on them")
    .option("--names", "leave names of machine, user, organizations and repositories as they are")
    .option("--json", "as one JSON object: {file, bytes, files, missing}")
    .addHelpText(
      "after",
      examples([
        ["hvpool support bundle", "of the hvpool of config.yaml here, whether it runs or not"],
        ["hvpool support bundle -c test.yaml --since 2h", "with the events of the last two hours"],
        ["hvpool support bundle --names --screens --output case.zip", "for somebody who may see it all"],
      ]) +
        "\n\nSecrets are never in it. What could not be had is named in its missing.txt. Look at it before you " +
        "send it to anybody.\ndocs/evidence.md describes what is in it.",
    )
    .action(async ({ output: file, since, events, screens = false, names = false, json = false }) => {
      const configFile = await configIfThere(invocation);
      const { dataDir } = invocation.shared();
      const { output, signals } = invocation;
      const { runSupport } = await invocation.programs();
      invocation.exit(
        await runSupport({
          ...(configFile === undefined ? {} : { configFile }),
          ...(dataDir === undefined ? {} : { dataDir }),
          file: file ?? defaultName(new Date()),
          ...(events ? { eventsSince: since ?? sinceValue(DEFAULT_SINCE) } : {}),
          screens,
          names,
          json,
          version: VERSION,
          output,
          signals,
        }),
      );
    });
}

/** A bundle is made without a configuration, too: that there is none may be what is wrong. */
async function configIfThere(invocation: Invocation): Promise<string | undefined> {
  try {
    return await locateConfig(invocation);
  } catch (error) {
    if (error instanceof CliError) return undefined;
    throw error;
  }
}

/** `hvpool-support-20260301-100000.zip`, in UTC. */
function defaultName(now: Date): string {
  const time = now.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
  return `hvpool-support-${time}.zip`;
}
