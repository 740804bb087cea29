/** `hvpool bridge call|calls` */
import type { Command } from "@commander-js/extra-typings";
import { examples } from "../options/examples.ts";
import { CliError, EXIT } from "../exit_code.ts";
import type { Invocation } from "../invocation.ts";
import { table } from "../view/table.ts";

/** Talks to Hyper-V as the controller does, one call at a time. */
export function define(command: Command, invocation: Invocation): void {
  command.addHelpText(
    "after",
    examples([
      ["hvpool bridge call host.info", "what hvpool sees of this Hyper-V host"],
      ["hvpool bridge calls", "every call, with one sentence"],
    ]),
  );
  defineCall(command.command("call"), invocation);
  defineCalls(command.command("calls"), invocation);
}

function defineCall(command: Command, invocation: Invocation): void {
  command
    .description("make one call and print the line that answers it; exit code 1 when it failed")
    .argument("<name>", "the call, such as vm.list")
    .option("--args <json>", "its arguments as a JSON object, or @FILE that holds one", "{}")
    .option("--powershell <path>", "the engine (default: the configuration's, if --config is given)")
    .addHelpText(
      "after",
      examples([
        ["hvpool bridge call vm.list", "all VMs of this host"],
        [`hvpool bridge call dir.list --args '{"path":"C:\\\\vms"}'`, "folders below one"],
        ["hvpool bridge call bridge.ping --powershell pwsh", "whether PowerShell 7 can do it"],
      ]) + "\n\nCalls change what they say they change: nothing here knows of pools or jobs.",
    )
    .action(async (name, { args, powershell }) => {
      if (powershell?.trim() === "") {
        throw new CliError("--powershell names no engine: give a path, or a name in PATH.", EXIT.usage);
      }
      const { runBridgeCall } = await invocation.programs();
      const engine = powershell ?? await configured(invocation);
      invocation.exit(
        await runBridgeCall({
          name,
          args: await parseArgs(args),
          ...(engine === undefined ? {} : { powershell: engine }),
          output: invocation.output,
        }),
      );
    });
}

function defineCalls(command: Command, invocation: Invocation): void {
  command
    .description("list every call with what it takes and answers")
    .option("--json", "as a JSON array of {name, args, result, lane, unknown, uses, limitMs}")
    .action(async ({ json = false }) => {
      const { bridgeCalls } = await invocation.programs();
      const { output } = invocation;
      const rows = await bridgeCalls();
      if (json) {
        output.out(JSON.stringify(rows.map(({ about: _, ...row }) => row), null, 2));
        return;
      }
      const lines = table(
        [{ title: "CALL" }, { title: "LANE" }, { title: "WHAT IT DOES" }],
        rows.map(({ name, lane, about }) => [name, lane, about]),
        { colors: output.colors, width: output.columns },
      );
      for (const line of lines) output.out(line);
    });
}

async function configured(invocation: Invocation): Promise<string | undefined> {
  const file = invocation.shared().config;
  if (file === undefined) return undefined;
  const { readConfig } = await import("../options/read_config.ts");
  const { config, problems } = await readConfig(file);
  if (config !== undefined) return config.engine.powershell;
  const [first] = problems;
  throw new CliError(
    `${file} has problems (${first?.message ?? "unknown"}). hvpool config validate shows them all.`,
    EXIT.usage,
  );
}

/** The text itself, or that of the file behind an `@`: quotes are hard to get through some shells. */
async function parseArgs(given: string): Promise<unknown> {
  const text = given.startsWith("@") ? await readText(given.slice(1)) : given;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new CliError(
      `--args is no JSON: ${error.message}. Where the shell eats quotes, write it to a file and give --args @FILE.`,
      EXIT.usage,
    );
  }
}

async function readText(file: string): Promise<string> {
  try {
    return decode(await Deno.readFile(file));
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "which does not exist"
      : `which cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    throw new CliError(`--args names the file ${file}, ${reason}.`, EXIT.usage);
  }
}

/** Windows PowerShell writes files as UTF-16, or as UTF-8 with a byte-order mark. */
function decode(bytes: Uint8Array): string {
  const utf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(utf16 ? "utf-16le" : "utf-8").decode(bytes);
}
