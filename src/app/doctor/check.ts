/** What one check of `hvpool doctor` says. A contract with scripts: ids stay, later versions only add to them. */

/** `warn`: it works today, or cannot be told; `fail`: it does not work. */
export type CheckStatus = "ok" | "warn" | "fail";

/** One line of the doctor. */
export interface Check {
  /** `memory`, or with a subject: `template:<pool>`, `outbound:<host>`. See docs/doctor.md. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found; one line. */
  readonly message: string;
  /** What to do; empty when there is nothing to do. */
  readonly remedy: string;
}

/** All is well. */
export function ok(id: string, message: string): Check {
  return { id, status: "ok", message, remedy: "" };
}

/** It works, or cannot be told, and somebody should know. */
export function warn(id: string, message: string, remedy: string): Check {
  return { id, status: "warn", message, remedy };
}

/** It does not work. */
export function fail(id: string, message: string, remedy: string): Check {
  return { id, status: "fail", message, remedy };
}

/** What cannot be told because something before it failed. */
export function notKnown(id: string, because: string, mendFirst: string): Check {
  return warn(id, `not known: ${sentence(because)}`, `Mend \`${mendFirst}\` first.`);
}

/** A text of others as one line that ends with a full stop. */
export function sentence(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

/** Megabytes as people read them. */
export function gigabytes(mb: number): string {
  const gb = mb / 1_024;
  return `${gb >= 100 ? Math.round(gb) : Math.round(gb * 10) / 10} GB`;
}
