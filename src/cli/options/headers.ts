/** `--header "NAME: VALUE"` of web requests. Values may be secret: no message has one. */
import { CliError, EXIT } from "../exit_code.ts";

/** Collects an option that may be given again and again. */
export function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...before ?? [], text];
}

/**
 * Reads headers. A value `env:NAME` is that of the variable NAME, so that no secret need stand on a command line,
 * where every process of the machine can read it.
 */
export function parseHeaders(
  given: readonly string[],
  env: (name: string) => string | undefined,
): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const text of given) {
    const [, name, value] = /^([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*(\P{Cc}*)$/u.exec(text.trim()) ?? [];
    if (name === undefined || value === undefined) {
      throw new CliError(
        'A --header is not of the form "NAME: VALUE", such as "Authorization: env:TOKEN".',
        EXIT.usage,
      );
    }
    headers[name] = valueOf(name, value.trim(), env);
  }
  return headers;
}

function valueOf(header: string, value: string, env: (name: string) => string | undefined): string {
  const variable = /^env:(.*)$/.exec(value)?.[1];
  if (variable === undefined) return value;
  const text = env(variable);
  if (text !== undefined && text !== "") return text;
  const is = text === undefined ? "is not set" : "is empty";
  throw new CliError(
    `--header ${header}: the environment variable ${variable} ${is} here. Set it, or write the value.`,
    EXIT.usage,
  );
}
