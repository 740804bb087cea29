/** Why a preparation came to nothing, for people. */
import type { FailedPreparation } from "../../model/templates.ts";

/** The host's own words as a sentence, and what to do where that is known. */
export function failureShown({ cause, code, wanted: { purpose } }: FailedPreparation): string {
  const words = cause.trim();
  if (code?.endsWith("-no_space") !== true) return words;
  const sentence = /[.!?)]$/.test(words) ? words : `${words}.`;
  // A copy of a preparation is not gone on with.
  return purpose === "refresh"
    ? `${sentence} Free space on that volume: it is tried again by itself.`
    : `${sentence} Free space on that volume, and prepare it again.`;
}
