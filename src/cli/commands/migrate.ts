/** `hvpool migrate` */
import type { Command } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { locateConfig } from "../options/locate.ts";
import { VERSION } from "../version.ts";

/** Takes over from hyperv-runner-pool on the same host. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--dry-run", "show what would be removed and why; nothing is changed")
    .option("--yes", "remove it")
    .option("--json", "as one JSON object: {service, refused, plan, done, left}")
    .addHelpText(
      "after",
      examples([
        ["hvpool migrate --dry-run", "VMs, disks and registrations that hyperv-runner-pool has left here"],
        ["hvpool migrate --yes", "removes them; run it again when it was cut off"],
        [
          "hvpool migrate -c C:\\ProgramData\\hyperv-runner-pool\\config.yaml --dry-run --json",
          "for programs",
        ],
      ]) +
        "\n\nA VM is of the old pool when its name, its disk's folder and its disk's parent are what the configuration " +
        "says, and its notes are not hvpool's. Nothing is removed while the old service runs, while one of its VMs " +
        "has a job, or while hvpool runs. The template stays. docs/migration.md tells the whole way.",
    )
    .action(async ({ dryRun = false, yes = false, json = false }) => {
      if (dryRun && yes) throw new CliError("--dry-run and --yes do not go together.", EXIT.usage);
      const configFile = await locateConfig(invocation);
      const { dataDir } = invocation.shared();
      const { output, signals } = invocation;
      const { runMigrate } = await invocation.programs();
      invocation.exit(
        await runMigrate({
          configFile,
          ...(dataDir === undefined ? {} : { dataDir }),
          mode: yes ? "yes" : dryRun ? "dry-run" : "ask",
          json,
          version: VERSION,
          output,
          signals,
        }),
      );
    });
}
