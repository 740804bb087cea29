/** The table of real commands: what Windows PowerShell 5.1 and its modules take. See `data/README.md`. */
import data from "./data/cmdlets-5.1.json" with { type: "json" };

/** One parameter of a command. */
export interface Parameter {
  readonly type: string;
  readonly aliases: readonly string[];
  readonly switch: boolean;
  /** Parameter sets in which it must be given. */
  readonly mandatoryIn: readonly string[];
  /** Absent: by name only. A number: the same in each of its sets. */
  readonly position?: number | Readonly<Record<string, number>>;
  /** Values that it accepts. */
  readonly values?: readonly string[];
  /** The first Windows that has it, where that is newer than Server 2016. */
  readonly since?: string;
}

/** One command. */
export interface Cmdlet {
  readonly name: string;
  readonly module: string;
  readonly sets: Readonly<Record<string, readonly string[]>>;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly shouldProcess: string;
  /** The first Windows that has it, where that is newer than Server 2016. */
  readonly since?: string;
}

const table = data as unknown as {
  cmdlets: Record<string, Omit<Cmdlet, "name">>;
  aliases: Record<string, string>;
  commonParameters: string[];
  commonParameterAliases: Record<string, string>;
};

const byName = new Map(
  Object.entries(table.cmdlets).map(([name, cmdlet]) => [name.toLowerCase(), { name, ...cmdlet }]),
);
const aliases = new Map(Object.entries(table.aliases).map(([alias, name]) => [alias.toLowerCase(), name]));
const common = new Map(
  [...table.commonParameters, "WhatIf", "Confirm"].map((name) => [name.toLowerCase(), name]),
);
const switches = new Set(["verbose", "debug", "whatif", "confirm"]);

/** A command by its name, in any case. */
export function findCmdlet(name: string): Cmdlet | undefined {
  return byName.get(name.toLowerCase());
}

/** What a name is an alias of. */
export function aliasOf(name: string): string | undefined {
  return aliases.get(name.toLowerCase());
}

/** A parameter by its full name or one of its aliases; abbreviations are none. */
export function findParameter(
  cmdlet: Cmdlet,
  name: string,
): { name: string; parameter: Parameter } | undefined {
  const wanted = name.toLowerCase();
  for (const [known, parameter] of Object.entries(cmdlet.parameters)) {
    if (known.toLowerCase() === wanted || parameter.aliases.some((alias) => alias.toLowerCase() === wanted)) {
      return { name: known, parameter };
    }
  }
  return undefined;
}

/** A parameter that every command takes; `-WhatIf` and `-Confirm` only where the command asks at all. */
export function findCommonParameter(
  cmdlet: Cmdlet | undefined,
  name: string,
): { switch: boolean } | undefined {
  const wanted = name.toLowerCase();
  if (!common.has(wanted)) return undefined;
  if (
    (wanted === "whatif" || wanted === "confirm") && (cmdlet === undefined || cmdlet.shouldProcess === "none")
  ) {
    return undefined;
  }
  return { switch: switches.has(wanted) };
}

/** Position of a parameter in a set. */
export function positionIn(parameter: Parameter, set: string): number | undefined {
  return typeof parameter.position === "object" ? parameter.position[set] : parameter.position;
}
