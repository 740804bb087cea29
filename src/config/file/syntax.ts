/** What YAML errors mean for somebody who writes a configuration, and what double quotes did to a path. */
import type { KeyPath } from "./problem.ts";

/** Whether a double-quoted text looks like a path whose backslashes were taken for escapes. */
export function eatsBackslashes(raw: string, value: string): boolean {
  if (!raw.includes("\\")) return false;
  // deno-lint-ignore no-control-regex
  if (/[\0-\x1f\x7f-\xa0\u2028\u2029]/.test(value)) return true;
  return /^"(?:[A-Za-z]:|\\\\)/.test(raw) && /\\[^\\"]/.test(raw.replaceAll("\\\\", ""));
}

/** What a double-quoted text would be in single quotes; `undefined` when it runs over lines. */
export function singleQuoted(raw: string): string | undefined {
  if (!raw.startsWith('"') || raw.includes("\n")) return undefined;
  return `'${raw.slice(1, raw.endsWith('"') ? -1 : undefined).replaceAll("'", "''")}'`;
}

/** Values that must not be repeated in a message. */
export function isSecret(path: KeyPath): boolean {
  return /password|private_key$|secret|token/i.test(String(path.at(-1))) ||
    /^(?:guest_accounts|proxy|notify)\b/.test(String(path[0]));
}

/** Continues a sentence with a message of somebody else's. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** What the parser's codes mean for somebody who writes a configuration. */
export const SYNTAX: Readonly<Record<string, { message: string; remedy?: string }>> = {
  TAB_AS_INDENT: {
    message: "the line is indented with a tab, which YAML forbids",
    remedy: "Indent with spaces, two for each level",
  },
  MULTIPLE_DOCS: {
    message: "a second YAML document begins here (---)",
    remedy: "Keep one document; to run two pools write them under pools:",
  },
  BAD_INDENT: {
    message: "the indentation does not fit the lines around it",
    remedy: "Put the keys of one section into the same column, and close every [ and {",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    message: "there is a second colon in this line",
    remedy: "Put a value that holds ': ' into single quotes, or begin a new line after the key",
  },
  MISSING_CHAR: {
    message: "something is missing here: a colon after a key, a closing quote, bracket or brace",
    remedy: "Look at this line and the one before it",
  },
  MULTILINE_IMPLICIT_KEY: {
    message: "a key must stand in one line and be followed by a colon",
    remedy: "Write key: value",
  },
  BAD_ALIAS: {
    message: "the text after * or & is no name",
    remedy: "Put values that begin with * or & into quotes",
  },
  UNEXPECTED_TOKEN: {
    message: "this text does not belong here",
    remedy: "Put values with special characters into single quotes",
  },
};
