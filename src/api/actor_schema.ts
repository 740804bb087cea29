/** Who asks, as a client says it. `schemas.ts` hands it on. */

/** Header in which a client says who asks. It is taken for a claim, and from administrators alone. */
export const ACTOR_HEADER = "x-hvpool-actor";
/** Longer ones are cut. */
const MAX_CHARACTERS = 120;

/** A name as it goes into the header: in printable ASCII, everything else percent-encoded. */
export function actorHeader(actor: string): string {
  return shortened(actor).replaceAll(/[^\x21-\x24\x26-\x7e]/gu, encodeURIComponent);
}

/** The name that a header says; `undefined` for none, and for one without anything that can be shown. */
export function actorOf(header: string | undefined): string | undefined {
  const text = shortened(decoded(header ?? ""));
  return text === "" ? undefined : text;
}

/** What is not percent-encoded as it should be is taken as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function shortened(text: string): string {
  const shown = [...text.toWellFormed().replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, "")];
  return shown.slice(0, MAX_CHARACTERS).join("").trim();
}
