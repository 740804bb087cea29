/** What holds for every option that takes a value, and for every argument: it is said once, and says something. */
import type { CommandUnknownOpts, Option } from "@commander-js/extra-typings";
import { CliError, EXIT } from "../exit_code.ts";

/** An empty switch is the Default Switch of the host. */
const MAY_BE_EMPTY: ReadonlySet<string> = new Set(["--switch"]);

/** Has a command and those below it refuse options that are empty, or given twice though only one value counts. */
export function refuseMisusedOptions(command: CommandUnknownOpts): void {
  for (const option of command.options) {
    const name = option.long ?? option.flags;
    if (option.isBoolean() || option.negate) continue;
    const collects = collectsValues(option);
    let before: string | undefined;
    command.on(`option:${option.name()}`, (text: unknown) => {
      if (typeof text !== "string") return;
      if (text.trim() === "" && !MAY_BE_EMPTY.has(name)) {
        throw new CliError(`${name} is empty. Give it a value, or leave it out.`, EXIT.usage);
      }
      if (before !== undefined && !collects) {
        const values = option.attributeName() === "token" ? "" : `, ${quoted(before)} and ${quoted(text)}`;
        throw new CliError(
          `${name} is given twice${values}, and only one can count. Give it once.`,
          EXIT.usage,
        );
      }
      before = text;
    });
  }
  for (const below of command.commands) refuseMisusedOptions(below);
}

/** Whether what reads a value takes what came before, too. That of a list of choices only looks as if it did. */
function collectsValues({ argChoices, parseArg }: Option): boolean {
  return argChoices === undefined && parseArg !== undefined && parseArg.length > 1;
}

/** Refuses arguments that say nothing. */
export function refuseEmptyArguments(command: CommandUnknownOpts): void {
  const at = command.args.findIndex((text) => text.trim() === "");
  if (at === -1) return;
  const name = command.registeredArguments[at]?.name() ?? "name";
  throw new CliError(`The argument <${name}> is empty.`, EXIT.usage);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
