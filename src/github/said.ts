/** What GitHub itself says in an answer of failure, fit to be shown. */
import { withoutSecrets } from "./secrets.ts";

const MAX_SAID = 300;

/** GitHub's own words, one line, without secrets. */
export function saidBy(data: unknown, secrets: readonly string[]): string {
  let text = "";
  if (typeof data === "string") text = data.replace(/<[^>]*>/g, " ");
  else if (typeof data === "object" && data !== null) {
    const { message, errors } = data as { message?: unknown; errors?: unknown };
    if (typeof message === "string") text = message;
    if (Array.isArray(errors)) text += `: ${errors.map((each) => errorText(each)).join(", ")}`;
  }
  return withoutSecrets(text, secrets).replace(/\s+/g, " ").trim().slice(0, MAX_SAID);
}

function errorText(error: unknown): string {
  if (typeof error === "string") return error;
  if (typeof error !== "object" || error === null) return String(error);
  const { message } = error as { message?: unknown };
  return typeof message === "string" ? message : JSON.stringify(error);
}
