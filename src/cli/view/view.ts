/** How something is shown that people read. */

/** What a text depends on beside what it tells. */
export interface View {
  readonly colors: boolean;
  /** Characters in a line. */
  readonly width: number;
  /** Milliseconds since the epoch, for ages. */
  readonly now: number;
}

/** The view that an output gives at this moment. */
export function viewOf(output: { readonly colors: boolean; readonly columns: number }): View {
  return { colors: output.colors, width: output.columns, now: Date.now() };
}
