/** The end of a command's help. */

/** Examples, each with what it is for. */
export function examples(rows: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...rows.map(([command]) => command.length));
  return ["", "Examples:", ...rows.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`)]
    .join("\n");
}
