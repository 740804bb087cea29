/** `hvpool template register` */
import { type Command, Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../../exit_code.ts";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { addHardwareOptions, hardwareOf } from "../../options/hardware.ts";
import { hostPathValue } from "../../options/host_path.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { templateClient } from "./client.ts";
import { followed } from "./follow.ts";

/** Registers a golden disk. */
export function defineRegister(command: Command, invocation: Invocation): void {
  const described = command
    .alias("create")
    .description("keep a golden disk, read-only, under a name that pools use")
    .argument("[name]", "name of the template")
    .option("--name <name>", "the same as the argument")
    .addOption(
      new Option("--vhdx <path>", "the golden disk on the Hyper-V host").argParser((text) =>
        hostPathValue(text)
      )
        .makeOptionMandatory(),
    )
    .option("--replace", "a registered template of this name gets a new version")
    .addOption(reasonOption())
    .option("--json", "the template as one JSON object");
  addHardwareOptions(command);
  described
    .addHelpText(
      "after",
      examples([
        ["hvpool template register win11 --vhdx C:\\Templates\\win11.vhdx", "with the default hardware"],
        ["hvpool template create --name win11-chrome --vhdx C:\\Templates\\win11.vhdx", "the same"],
        [
          "hvpool template register win11 --vhdx D:\\new.vhdx --replace --memory 8GB --cpus 4 --tpm",
          "a new version; pools follow",
        ],
      ]) +
        "\n\nThe disk is linked into hvpool's storage, or copied where that is another volume; then the file at PATH " +
        "may be replaced or moved. Ctrl+C gives up copying; the same command goes on where it was.",
    )
    .action(async (argument, { name: option, vhdx, replace, json = false, ...options }) => {
      const { output } = invocation;
      const request = {
        name: nameOf(argument, option),
        path: vhdx,
        ...hardwareOf(command),
        ...(replace === undefined ? {} : { replace }),
        ...whyOf(options),
      };
      const client = await templateClient(invocation, "register");
      const template = await followed(
        invocation,
        { json },
        (options) => client.registerTemplate(request, options),
      );
      if (json) return output.out(JSON.stringify(template));
      output.out(`Template ${template.name} is registered, version ${template.version ?? 1}.`);
    });
}

function nameOf(argument: string | undefined, option: string | undefined): string {
  const name = argument ?? option;
  if (name === undefined) {
    throw new CliError("Name the template: hvpool template register NAME --vhdx PATH.", EXIT.usage);
  }
  if (option !== undefined && option !== name) {
    throw new CliError(`Two names are given, "${name}" and --name "${option}": give one.`, EXIT.usage);
  }
  return name;
}
