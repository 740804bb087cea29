/** Texts that people write and others read. */
import { z } from "zod";

/** For people to read: nothing that drives a terminal, or turns the text after it around. */
export function readableText(longest: number, base: z.ZodString = z.string()): z.ZodString {
  return base.max(longest).regex(
    /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]*$/u,
    "Expected a text without control characters and marks that turn its direction",
  );
}
