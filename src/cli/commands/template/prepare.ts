/** `hvpool template prepare` */
import { type Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { type Client, type TemplateAnswer, TimedOut } from "../../../client/mod.ts";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { formatAge } from "../../options/duration.ts";
import { examples } from "../../options/examples.ts";
import { addHardwareOptions, hardwareOf } from "../../options/hardware.ts";
import { templateOrPath } from "../../options/host_path.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { durationValue } from "../../options/values.ts";
import { pause } from "../../view/pause.ts";
import { ProgressView } from "../../view/progress.ts";
import { templateClient } from "./client.ts";
import { followed } from "./follow.ts";

const POLL_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 7_200_000;

/** Makes a template out of a Windows disk. */
export function definePrepare(command: Command, invocation: Invocation): void {
  const described = command
    .description("make a template with hvpool's loader, and a runner, out of a Windows disk")
    .argument("<name>", "name of the template that comes of it")
    .addOption(
      new Option("--from <template>", "a template, or a disk (.vhdx) on the Hyper-V host")
        .argParser((text) => templateOrPath(text)).makeOptionMandatory(),
    )
    .addOption(
      new Option("--runner <version>", "latest, or a version such as 2.330.0 (default: what the image has)")
        .argParser(runnerValue),
    )
    .option("--switch <name>", "virtual switch of the machine that is started (default: the Default Switch)")
    .option("--replace", "a registered template of this name gets a new version")
    .option("--no-wait", "do not wait until it is done")
    .addOption(
      new Option("--timeout <duration>", "how long to wait").argParser(durationValue)
        .default(DEFAULT_TIMEOUT_MS, "2h"),
    )
    .addOption(reasonOption())
    .option("--json", "the template as one JSON object");
  addHardwareOptions(command);
  described
    .addHelpText(
      "after",
      examples([
        ["hvpool template prepare ci --from win11 --runner latest", "out of another template"],
        [
          "hvpool template prepare ci --from C:\\Templates\\seed.vhdx --replace",
          "a new version, out of a disk",
        ],
        [
          "hvpool template prepare ci --from win11 --no-wait",
          "`hvpool template show ci` tells how far it is",
        ],
      ]) +
        "\n\nA copy of the disk is started once; loader and runner are installed by PowerShell Direct; it shuts down, " +
        "and the disk is kept, read-only. hvpool goes on with it when this command is ended by Ctrl+C, or with exit " +
        "code 124 by --timeout.",
    )
    .action(
      async (name, { from, runner, switch: switchName, replace, wait, timeout, json = false, ...more }) => {
        const { output } = invocation;
        const request = {
          name,
          from,
          ...hardwareOf(command),
          ...(runner === undefined ? {} : { runner }),
          ...(switchName === undefined ? {} : { switchName }),
          ...(replace === undefined ? {} : { replace }),
          ...whyOf(more),
        };
        const client = await templateClient(invocation, "prepare");
        const begun = await followed(
          invocation,
          { json },
          (options) => (wait ? client.within(timeout) : client).prepareTemplate(request, options),
        );
        if (!wait) {
          if (json) return output.out(JSON.stringify(begun));
          return output.out(
            `Template ${name} is being prepared. \`hvpool template show ${name}\` tells how far it is.`,
          );
        }
        const template = await prepared(invocation, client.within(timeout), {
          name,
          timeoutMs: timeout,
          json,
        });
        if (json) output.out(JSON.stringify(template));
        if (template.failed !== null) {
          throw new CliError(`Template ${name} could not be prepared: ${template.failed}`, EXIT.failed);
        }
        if (!json) output.out(`Template ${name} is prepared, version ${template.version ?? 1}.`);
      },
    );
}

/** Waits until nothing is prepared under the name any more. */
async function prepared(
  { output, signals }: Invocation,
  client: Client,
  { name, timeoutMs, json }: { readonly name: string; readonly timeoutMs: number; readonly json: boolean },
): Promise<TemplateAnswer> {
  const goesOn = `It goes on; \`hvpool template show ${name}\` tells how far it is.`;
  const stop = new AbortController();
  const unlisten = signals.onStop(() => stop.abort());
  const view = new ProgressView(output);
  const deadline = performance.now() + timeoutMs;
  try {
    for (;;) {
      const template = await client.template(name, stop.signal);
      if (template.preparing === null) return template;
      if (!json) view.update(progressOf(template.preparing));
      const leftMs = deadline - performance.now();
      if (leftMs <= 0) {
        throw new CliError(
          `Template ${name} is still being prepared after ${formatAge(timeoutMs)}. ${goesOn}`,
          EXIT.timedOut,
        );
      }
      await pause(Math.min(POLL_MS, leftMs), stop.signal);
      if (stop.signal.aborted) {
        throw new CliError(`Template ${name} is still being prepared. ${goesOn}`, EXIT.failed);
      }
    }
  } catch (error) {
    if (stop.signal.aborted && !(error instanceof CliError)) {
      throw new CliError(`Template ${name} is still being prepared. ${goesOn}`, EXIT.failed);
    }
    if (error instanceof TimedOut) {
      throw new CliError(
        `${error.message} The preparation goes on: \`hvpool template show ${name}\` tells how far it is.`,
        EXIT.timedOut,
      );
    }
    throw error;
  } finally {
    unlisten();
    view.end();
  }
}

function progressOf(
  { step, copied, size, why }: NonNullable<TemplateAnswer["preparing"]>,
): { step: string; done?: number; of?: number } {
  const text = why === null ? step : `${step}: ${why}`;
  return step === "copying"
    ? { step: text, done: copied, ...(size === null ? {} : { of: size }) }
    : { step: text };
}

function runnerValue(text: string): string {
  const version = /^v?(\d{1,4}\.\d{1,6}\.\d{1,6})$/.exec(text)?.[1] ?? (text === "latest" ? text : undefined);
  if (version === undefined) throw new InvalidArgumentError("Expected latest, or a version such as 2.330.0.");
  return version;
}
