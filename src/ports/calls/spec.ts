/** What a row of the call list says. */
import type { z } from "zod";
import type { CallRow } from "../../model/calls.ts";

/** One call: its row of {@linkcode CallRow}, and the shapes of what it takes and answers. */
export interface CallSpec<A extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> extends CallRow {
  /** The arguments: data, never pasted into a script. */
  readonly args: A;
  readonly result: R;
  /** One sentence for the generated reference. */
  readonly about: string;
}

/** Writes a row down with the types of its shapes. */
export function call<A extends z.ZodType, R extends z.ZodType>(spec: CallSpec<A, R>): CallSpec<A, R> {
  return spec;
}

/** How a call that only reads is treated. */
export const READS = {
  lane: "query",
  unknown: "repeat",
  uses: false,
  limitMs: 30_000,
} as const satisfies CallRow;
