/** `hvpool config validate|show|schema` */
import type { Command } from "@commander-js/extra-typings";
import type { Config } from "../../config/config.ts";
import { examples } from "../options/examples.ts";
import { EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { locateConfig } from "../options/locate.ts";

/** Checks, shows and describes the configuration. Opens no file but the configuration. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool config validate", "everything that is wrong with config.yaml, with line and column"],
      ["hvpool config show -c test.yaml", "every value that holds, and where it comes from"],
      ["hvpool config schema > schema.json", "completion and checks in your editor"],
    ]),
  );
  defineValidate(command.command("validate"), invocation);
  defineShow(command.command("show"), invocation);
  defineSchema(command.command("schema"), invocation);
}

function defineValidate(command: Command, invocation: Invocation): void {
  command
    .description("check a configuration; all problems at once, exit code 2 when there are any")
    .argument("[file]", "the same as --config")
    .option("--json", "as one JSON object: {valid, problems, warnings}")
    .addHelpText(
      "after",
      examples([
        ["hvpool config validate", "config.yaml in this directory"],
        ["hvpool config validate test.yaml --json", "for programs"],
      ]),
    )
    .action(async (file, { json }) => {
      const { output } = invocation;
      const { readConfig } = await import("../options/read_config.ts");
      const path = file ?? await locateConfig(invocation);
      const { config, problems, warnings } = await readConfig(path);
      if (json) output.out(JSON.stringify({ valid: config !== undefined, problems, warnings }));
      else await reportProblems(invocation, { problems, warnings });
      if (config === undefined) return invocation.exit(EXIT.usage);
      if (json) return;
      const { pools } = config.settings;
      const machines = pools.reduce((sum, pool) => sum + pool.size, 0);
      output.out(`${path} is valid: ${counted(pools.length, "pool")}, ${counted(machines, "machine")}`);
    });
}

function defineShow(command: Command, invocation: Invocation): void {
  command
    .description("show every value that holds, with its origin; secrets are hidden")
    .argument("[file]", "the same as --config")
    .option("--json", "as one JSON object")
    .addHelpText(
      "after",
      examples([
        ["hvpool config show", "config.yaml in this directory"],
        ["hvpool config show -c test.yaml --json", "for programs"],
      ]),
    )
    .action(async (file, { json = false }) => {
      const config = await readValid(invocation, file ?? await locateConfig(invocation));
      if (config === undefined) return invocation.exit(EXIT.usage);
      const { dataDirectory } = await import("../../config/config.ts");
      const { showConfig } = await import("../../config/show.ts");
      const dataDir = invocation.shared().dataDir ?? dataDirectory(config, invocation.env);
      invocation.output.out(showConfig(config, { json, dataDir }).trimEnd());
    });
}

function defineSchema(command: Command, invocation: Invocation): void {
  command
    .description("print the JSON schema of the configuration, for editors")
    .option("--json", "accepted for symmetry: the schema is JSON in any case")
    .addHelpText(
      "after",
      examples([["hvpool config schema > schema.json", "then: # yaml-language-server: $schema=schema.json"]]),
    )
    .action(async () => {
      const { configSchema } = await import("../../config/json_schema.ts");
      invocation.output.out(JSON.stringify(configSchema(), null, 2));
    });
}

async function readValid(invocation: Invocation, path: string): Promise<Config | undefined> {
  const { readConfig } = await import("../options/read_config.ts");
  const { config, problems, warnings } = await readConfig(path);
  await reportProblems(invocation, { problems, warnings });
  return config;
}

type Problems = Awaited<ReturnType<typeof import("../options/read_config.ts").readConfig>>["problems"];

async function reportProblems(
  { output }: Invocation,
  { problems, warnings }: { problems: Problems; warnings: Problems },
): Promise<void> {
  const { formatProblem } = await import("../../config/file/problem.ts");
  for (const problem of problems) output.err(formatProblem(problem));
  for (const warning of warnings) output.err(`warning: ${formatProblem(warning)}`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
