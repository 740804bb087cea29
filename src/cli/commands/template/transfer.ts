/** `hvpool template export`, `hvpool template import` */
import { Argument, type Command, Option } from "@commander-js/extra-typings";
import type { Invocation } from "../../invocation.ts";
import { examples } from "../../options/examples.ts";
import { addHardwareOptions, hardwareOf } from "../../options/hardware.ts";
import { collected, parseHeaders } from "../../options/headers.ts";
import { placeValue } from "../../options/host_path.ts";
import { reasonOption, whyOf } from "../../options/reason.ts";
import { templateClient } from "./client.ts";
import { followed } from "./follow.ts";

const HEADER_TEXT =
  "\n\nHeaders are sent with every request to a web server. A value env:NAME is read from the " +
  "environment variable NAME here, so that no secret stands on the command line. Ctrl+C gives up; the same command " +
  "goes on where it was.";

function placeArgument() {
  return new Argument("<place>", "a folder on the host, a share, or an https address")
    .argParser((text: string) => placeValue(text));
}

function headerOption() {
  return new Option("--header <header>", '"NAME: VALUE" for a web server; may be given again')
    .argParser<readonly string[]>(collected);
}

/** Copies a template away. */
export function defineExport(command: Command, invocation: Invocation): void {
  command
    .description("copy a template to a folder, a share or a web server, with manifest and SHA-256")
    .argument("<name>", "name of the template")
    .addArgument(placeArgument())
    .addOption(headerOption())
    .option("--replace", "replace another export at that place")
    .option("--json", "the template as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool template export win11 \\\\nas\\images\\win11", "for another host"],
        [
          'hvpool template export win11 https://files.example/win11 --header "Authorization: env:TOKEN"',
          "to a web server, by PUT",
        ],
      ]) + HEADER_TEXT,
    )
    .action(async (name, place, { header = [], replace, json = false }) => {
      const { output } = invocation;
      const request = { name, ...transfer(invocation, place, header, replace) };
      const client = await templateClient(invocation, "export");
      const template = await followed(
        invocation,
        { json },
        (options) => client.exportTemplate(request, options),
      );
      output.out(json ? JSON.stringify(template) : `Template ${name} is exported.`);
    });
}

/** Registers what was exported. */
export function defineImport(command: Command, invocation: Invocation): void {
  const described = command
    .description("register what was exported to a folder, a share or a web server")
    .argument("<name>", "name that the template gets here")
    .addArgument(placeArgument())
    .addOption(headerOption())
    .option("--replace", "a registered template of this name gets a new version")
    .addOption(reasonOption())
    .option("--json", "the template as one JSON object");
  addHardwareOptions(command);
  described
    .addHelpText(
      "after",
      examples([
        ["hvpool template import win11 \\\\nas\\images\\win11", "with the hardware that was exported"],
        ["hvpool template import win11 https://files.example/win11 --memory 8GB", "with more memory"],
      ]) + HEADER_TEXT,
    )
    .action(async (name, place, { header = [], replace, json = false, ...options }) => {
      const { output } = invocation;
      const request = {
        name,
        ...transfer(invocation, place, header, replace),
        ...hardwareOf(command),
        ...whyOf(options),
      };
      const client = await templateClient(invocation, "import");
      const template = await followed(
        invocation,
        { json },
        (following) => client.importTemplate(request, following),
      );
      if (json) return output.out(JSON.stringify(template));
      output.out(`Template ${template.name} is registered, version ${template.version ?? 1}.`);
    });
}

function transfer(
  { env }: Invocation,
  place: string,
  header: readonly string[],
  replace: boolean | undefined,
): { place: string; headers?: Record<string, string>; replace?: boolean } {
  const headers = parseHeaders(header, env);
  return {
    place,
    ...(header.length === 0 ? {} : { headers }),
    ...(replace === undefined ? {} : { replace }),
  };
}
