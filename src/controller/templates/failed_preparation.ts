/** Why a preparation came to nothing, for people. */
import type { FailedPreparation } from "../../model/templates.ts";

/** What hosts write when a volume is full: Windows in whatever language, its number as Deno tells it, and others. */
const NO_SPACE = /0x80070070|\(os error 112\)|\bno_space\b|\bENOSPC\b|not enough space|no space left/i;

/** The host's own words as a sentence, and what to do where that is known. */
export function failureShown({ cause, wanted: { purpose } }: FailedPreparation): string {
  const words = cause.trim();
  if (!NO_SPACE.test(words)) return words;
  const sentence = /[.!?)]$/.test(words) ? words : `${words}.`;
  // A copy of a preparation is not gone on with.
  return purpose === "refresh"
    ? `${sentence} Free space on that volume: it is tried again by itself.`
    : `${sentence} Free space on that volume, and prepare it again.`;
}
