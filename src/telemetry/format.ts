/** How a log record becomes a line: readable text, or one JSON object. */
import {
  getJsonLinesFormatter,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "@logtape/logtape";
import { styleText } from "node:util";

/** One JSON object a line: `@timestamp`, `level`, `message`, `logger`, `fields`. */
export const jsonLine: TextFormatter = getJsonLinesFormatter({ properties: "nest:fields" });

/** `2026-03-01T10:00:00.000Z INFO  message  name=value …`; data that is not a word is written as JSON. */
export function textLine(colors: boolean): TextFormatter {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  return getTextFormatter({
    timestamp: "rfc3339",
    level: "FULL",
    format: ({ timestamp, level, message, record }) => {
      const name = paint(LEVEL_STYLE[record.level], (level === "WARNING" ? "WARN" : level).padEnd(5));
      return [paint("dim", timestamp ?? ""), name, `${oneLine(message)}${paint("dim", fieldsText(record))}`]
        .join(" ");
    },
  });
}

const LEVEL_STYLE = {
  trace: "dim",
  debug: "dim",
  info: "cyan",
  warning: "yellow",
  error: "red",
  fatal: "red",
} as const satisfies Record<LogRecord["level"], unknown>;

/** Control characters would forge lines or drive the terminal: they are shown as JSON shows them. */
function oneLine(message: string): string {
  return message.replaceAll(
    /\p{Cc}/gu,
    (character) => JSON.stringify(character).slice(1, -1).replace("\x7f", "\\u007f"),
  );
}

function fieldsText(record: LogRecord): string {
  let text = "";
  for (const [name, value] of Object.entries(record.properties)) {
    if (value !== undefined) text += `  ${name}=${fieldText(value)}`;
  }
  return text;
}

function fieldText(value: unknown): string {
  if (typeof value === "string" && /^[\w.:/\\@+%-]+$/.test(value)) return value;
  if (typeof value === "object" && value !== null && "message" in value && "name" in value) {
    // An error: its sentence is enough for people; the JSON format and files in it have the stack.
    return JSON.stringify(`${value.name}: ${value.message}`);
  }
  return JSON.stringify(value) ?? String(value);
}
