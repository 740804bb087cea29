/** The only place that writes logs: to stderr, and to files when a directory is named. */
import { compareLogLevel, type LogLevel, type LogRecord } from "@logtape/logtape";
import type { Fields, Log } from "../ports/log.ts";
import { openFileSink } from "./file_sink.ts";
import { jsonLine, textLine } from "./format.ts";
import { createRedactor } from "./redact.ts";

/** Levels of the configuration, from talkative to quiet. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
/** One of {@linkcode LOG_LEVELS}. */
export type Level = typeof LOG_LEVELS[number];

/** How to log. */
export interface LogOptions {
  /** Messages below this level are dropped. */
  readonly level: Level;
  readonly format: "text" | "json";
  /** Folder for daily files; none when absent or empty. It is made when missing. */
  readonly directory?: string;
  /**
   * Where console lines go; each ends with a newline.
   * @default this process's stderr
   */
  readonly stderr?: (line: string) => void;
  /**
   * Colour on the console, for the text format only.
   * @default stderr is a terminal and NO_COLOR is not set
   */
  readonly colors?: boolean;
  /** Limits of the files, for tests. See `file_sink.ts` for the defaults. */
  readonly maxBytes?: number;
  readonly maxAgeMs?: number;
}

/** An open log. */
export interface OpenLog {
  readonly log: Log;
  /** From now on this value never appears in a line, whole or line by line. */
  addSecret(value: string): void;
  /** Closes the files. Console lines still appear afterwards. */
  close(): void;
}

const LOGTAPE_LEVEL: Readonly<Record<Level, LogLevel>> = {
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

/**
 * Opens a log.
 *
 * LogTape's sinks and formatters are used without its process-wide configuration, so that several logs can be
 * open at once, and messages with braces stay what they are.
 *
 * @throws Error when the directory cannot be made or written
 */
export function openLog(options: LogOptions): OpenLog {
  const redactor = createRedactor();
  const colors = options.colors ?? (Deno.stderr.isTerminal() && !Deno.noColor);
  const writeLine = options.stderr ?? writeToStderr;
  const json = options.format === "json";
  const consoleLine = json ? jsonLine : textLine(colors);
  let toFile = openFiles(options, (reason) => {
    writeLine(
      consoleLine(
        record("error", `Cannot write the log to ${options.directory}: ${reason}. It is tried again.`),
      ),
    );
  });

  function emit(level: Level, message: string, fields: Fields = {}): void {
    if (compareLogLevel(LOGTAPE_LEVEL[level], LOGTAPE_LEVEL[options.level]) < 0) return;
    const entry = record(level, redactor.text(message), redactor.data(fields));
    writeLine(consoleLine(entry));
    toFile?.(entry);
  }

  return {
    log: {
      debug: (message, fields) => emit("debug", message, fields),
      info: (message, fields) => emit("info", message, fields),
      warn: (message, fields) => emit("warn", message, fields),
      error: (message, fields) => emit("error", message, fields),
    },
    addSecret: (value) => redactor.addSecret(value),
    close() {
      toFile?.[Symbol.dispose]();
      toFile = undefined;
    },
  };
}

function record(level: Level, message: string, properties: Record<string, unknown> = {}): LogRecord {
  return {
    category: ["hvpool"],
    level: LOGTAPE_LEVEL[level],
    message: [message],
    rawMessage: message,
    timestamp: Date.now(),
    properties,
  };
}

function openFiles(
  options: LogOptions,
  onFailure: (reason: string) => void,
): ReturnType<typeof openFileSink> | undefined {
  const { directory, maxBytes, maxAgeMs } = options;
  if (directory === undefined || directory === "") return undefined;
  try {
    return openFileSink({
      directory,
      formatter: options.format === "json" ? jsonLine : textLine(false),
      onFailure,
      ...(maxBytes === undefined ? {} : { maxBytes }),
      ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(
      `Cannot write logs to ${directory}: ${reason}. Name a folder that can be written in logging.directory, or leave it empty.`,
      { cause },
    );
  }
}

const encoder = new TextEncoder();

/** A closed stderr must not end the program: whoever watched has gone. */
function writeToStderr(line: string): void {
  const bytes = encoder.encode(line);
  try {
    for (let written = 0; written < bytes.length;) written += Deno.stderr.writeSync(bytes.subarray(written));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
