/** Why a request about templates came to nothing. */
import type { TemplateRefusal } from "../../ports/operations.ts";

/** Thrown inside the template store; {@linkcode refusalOf} makes the answer of it. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: TemplateRefusal["code"];
  /** The same try again may succeed. */
  readonly again: boolean;

  constructor(code: TemplateRefusal["code"], message: string, { again = false } = {}) {
    super(message);
    this.code = code;
    this.again = again;
  }
}

/** The answer to a request that came to nothing. */
export function refusalOf(error: unknown, tried: string): TemplateRefusal {
  if (error instanceof Refused) return { ok: false, code: error.code, message: error.message };
  const why = error instanceof Error ? error.message : String(error);
  return { ok: false, code: "failed", message: `${tried}: ${why}` };
}

/** Goes on unless the request was given up. */
export function stopIfGivenUp(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw givenUp();
}

/** It was given up on request. */
export function givenUp(): Refused {
  return new Refused(
    "cancelled",
    "It was given up on request. What was copied stays: the same request goes on from there.",
  );
}
