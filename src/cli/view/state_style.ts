/** Colours of the words for states, the same everywhere. */
import { type Cell, paint, type Style } from "./table.ts";

const STATE_STYLE: ReadonlyMap<string, Style> = new Map([
  ["running", "green"],
  ["ok", "green"],
  ["online", "green"],
  ["standby", "green"],
  ["success", "green"],
  ["claimed", "cyan"],
  ["failing", "red"],
  ["failure", "red"],
  ["timed_out", "red"],
  ["quarantined", "red"],
  ["critical", "red"],
  ["draining", "yellow"],
  ["stopping", "yellow"],
  ["drained", "yellow"],
  ["paused", "yellow"],
  ["cancelled", "yellow"],
  ["retiring", "dim"],
]);

/** A state in its colour. */
export function painted(word: string, { colors }: { readonly colors: boolean }): string {
  return paint(word, STATE_STYLE.get(word), colors);
}

/** A state as a cell of a table. */
export function styled(word: string): Cell {
  const style = STATE_STYLE.get(word);
  return style === undefined ? word : { text: word, style };
}

/** A number as a cell of a table, with its style unless it is 0. */
export function counted(count: number, style: Style): Cell {
  return count === 0 ? "0" : { text: String(count), style };
}
