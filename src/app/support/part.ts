/** What a support bundle is made of. */

/** One file of it, before names and secrets are taken out. */
export type PartFile =
  | { readonly name: string; readonly text: string }
  /** Pictures: nothing can be taken out of them. */
  | { readonly name: string; readonly bytes: Uint8Array };

/** What could not be had, or was not asked for. */
export interface Missing {
  /** Of a file or folder of the bundle. */
  readonly name: string;
  readonly why: string;
}

/** What one source came to. */
export interface Part {
  readonly files: readonly PartFile[];
  readonly missing: readonly Missing[];
}

/** A part of one file. */
export function textPart(name: string, text: string): Part {
  return { files: [{ name, text }], missing: [] };
}

/** A part that is not there. */
export function missingPart(name: string, why: string): Part {
  return { files: [], missing: [{ name, why }] };
}

/** JSON as people read it. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}

/** What went wrong, in one line. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\s+/g, " ");
}
