/** `--reason`, which every command takes that changes something. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";

/** As the API has it. */
const MAX_CHARACTERS = 500;

/** The option; each command gets its own. */
export function reasonOption() {
  return new Option("--reason <text>", "why, for whoever looks at it later").argParser(reasonValue);
}

/** For requests in which an absent reason and an `undefined` one differ. */
export function whyOf({ reason }: { readonly reason?: string | undefined }): { reason?: string } {
  return reason === undefined ? {} : { reason };
}

function reasonValue(text: string): string {
  const reason = text.trim();
  if (reason !== "" && reason.length <= MAX_CHARACTERS) return reason;
  throw new InvalidArgumentError(`Expected 1 to ${MAX_CHARACTERS} characters.`);
}
