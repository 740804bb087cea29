/** `hvpool doctor` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { examples } from "../options/examples.ts";
import { locateConfig } from "../options/locate.ts";
import { wholeNumber } from "../options/values.ts";
import { VERSION } from "../version.ts";

const DEFAULT_REPORT = "doctor-report.md";

/** Looks at everything that hvpool needs; with `--live` it makes a machine and takes it away again. */
export function define(command: Command, invocation: Invocation): void {
  command
    .option("--json", "as one JSON object: {checks: [{id, status, message, remedy}]}")
    .option(
      "--only <ids>",
      "only these checks, by id or its part before the colon, with commas between",
      idsValue,
    )
    .option(
      "--live",
      "make a small machine on the host, time every call that needs no guest, remove it again",
    )
    .option("--template <name>", "with --live: start this template's guest too; its name, or its disk's path")
    .addOption(
      new Option("--rounds <number>", "with --live: how often (default: 3)").argParser(wholeNumber(1, 100)),
    )
    .option("--report <file>", `with --live: where its report goes (default: ${DEFAULT_REPORT})`)
    .addHelpText(
      "after",
      examples([
        ["hvpool doctor", "every check: ok, warn or fail with the remedy"],
        ["hvpool doctor --only github,app,group", "what concerns GitHub"],
        ["hvpool doctor --only template:ci --json", "one check, for programs"],
        ["hvpool doctor --live", "a machine without an OS, three times; writes doctor-report.md"],
        ["hvpool doctor --live --template windows --rounds 1", "boots the guest, saves and resumes it"],
      ]) +
        "\n\nExit code 1 when a check or a step failed. --live removes everything that it made, also after Ctrl+C, and what a killed one left." +
        "\ndocs/doctor.md describes every check.",
    )
    .action(async ({ json = false, only, live = false, template, rounds, report }) => {
      if (!live && (template !== undefined || rounds !== undefined || report !== undefined)) {
        throw new CliError("--template, --rounds and --report go with --live.", EXIT.usage);
      }
      if (live && only !== undefined) throw new CliError("--only does not go with --live.", EXIT.usage);
      const configFile = await locateConfig(invocation);
      const { dataDir } = invocation.shared();
      const { output, signals } = invocation;
      const { runDoctor } = await invocation.programs();
      const liveOptions = {
        rounds: rounds ?? 3,
        report: report ?? DEFAULT_REPORT,
        ...(template === undefined ? {} : { template }),
      };
      invocation.exit(
        await runDoctor({
          configFile,
          ...(dataDir === undefined ? {} : { dataDir }),
          json,
          ...(only === undefined ? {} : { only }),
          ...(live ? { live: liveOptions } : {}),
          version: VERSION,
          output,
          signals,
        }),
      );
    });
}

function idsValue(text: string): readonly string[] {
  const ids = text.split(",").map((id) => id.trim()).filter((id) => id !== "");
  // An empty variable of a script must not look like a host that is well.
  if (ids.length === 0) throw new InvalidArgumentError("Name at least one check.");
  return ids;
}
