/** What keys of the configuration are made of: a type, bounds and a description. */
import { z } from "zod";

/** Longest text of any single value. */
const MAX_TEXT = 4_000;

/** What the reference shows of a key besides its type. */
interface About {
  readonly description: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** An optional key with its description. */
export function key<S extends z.ZodType>(
  schema: S,
  description: string,
  more: Omit<About, "description"> = {},
): z.ZodOptional<S> {
  return schema.meta({ description, ...more }).optional() as z.ZodOptional<S>;
}

/** Text of a reasonable length. */
export const text = z.string().max(MAX_TEXT);

/** A whole number within bounds. */
export function count(min: number, max: number): z.ZodInt {
  return z.int().min(min).max(max);
}

/** A length of time of at most a month. */
export function seconds(min: number): z.ZodNumber {
  return z.number().min(min).max(31 * 86_400);
}
