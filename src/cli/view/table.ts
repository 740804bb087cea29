/** Text in aligned columns, for people. */
import { styleText } from "node:util";

/** Names of `node:util`'s styles that are used here. */
export type Style = "bold" | "dim" | "green" | "yellow" | "red" | "cyan";

/** Text with an optional style. */
export type Cell = string | { readonly text: string; readonly style: Style };

/** A column's head, and on which side its cells stand. */
export interface Column {
  readonly title: string;
  readonly align?: "right";
}

/** Lines of a table. The last column is cut at `width`; styles are used only with `colors`. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: { readonly colors: boolean; readonly width: number },
): string[] {
  const head = columns.map(({ title }): Cell => ({ text: title, style: "dim" }));
  const all = [head, ...rows].map((row) => row.map((cell) => ({ ...parts(cell), style: styleOf(cell) })));
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]?.text.length ?? 0)));
  return all.map((row) => {
    let line = "";
    let used = 0;
    row.forEach(({ text, style }, i) => {
      const isLast = i === row.length - 1;
      const room = Math.max(1, options.width - used);
      const shown = text.length > room ? text.slice(0, room - 1) + "…" : text;
      const padding = " ".repeat(Math.max(0, (widths[i] ?? 0) - shown.length));
      const painted = paint(shown, style, options.colors);
      line += columns[i]?.align === "right" ? padding + painted : isLast ? painted : painted + padding;
      if (!isLast) line += "  ";
      used += (widths[i] ?? 0) + 2;
    });
    return line.trimEnd();
  });
}

/** Styles a text when colours are wanted. */
export function paint(text: string, style: Style | undefined, colors: boolean): string {
  return colors && style !== undefined && text !== ""
    ? styleText(style, text, { validateStream: false })
    : text;
}

/** Text of others without what could drive the terminal, turn the direction of what follows, or hide something. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u2060\ufeff]+/gu, " ");
}

/** As {@linkcode printable}, of a text that may have several lines. */
export function printableLines(text: string): string {
  return text.split(/\r?\n/).map(printable).join("\n");
}

function parts(cell: Cell): { text: string } {
  return { text: printable(typeof cell === "string" ? cell : cell.text) };
}

function styleOf(cell: Cell): Style | undefined {
  return typeof cell === "string" ? undefined : cell.style;
}
