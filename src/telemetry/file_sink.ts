/** The log on disk: one file a day, another part when one grows too long, old ones deleted. */
import { getTimeRotatingFileSink } from "@logtape/file";
import type { LogRecord, Sink, TextFormatter } from "@logtape/logtape";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where and how much. */
export interface FileSinkOptions {
  readonly directory: string;
  readonly formatter: TextFormatter;
  /**
   * A file that is longer gets a successor, `<day>.2.log` and so on.
   * @default 20 MB
   */
  readonly maxBytes?: number;
  /**
   * Files of days longer ago are deleted.
   * @default 14 days
   */
  readonly maxAgeMs?: number;
  /** Hears of a disk that does not take lines: once when it begins, with the reason. */
  readonly onFailure: (reason: string) => void;
}

/** After a write failed, the next try is this much later. */
const RETRY_AFTER_MS = 30_000;
/** So many characters are not kept back. */
const BATCH = 65_536;
const FILE_NAME = /^(\d{4}-\d{2}-\d{2})(?:\.(\d+))?\.log$/;

/** Name of a day's file in UTC: `2026-03-01.log`, `2026-03-01.2.log`. */
export function logFileName(date: Date, part: number): string {
  return `${date.toISOString().slice(0, 10)}${part > 1 ? `.${part}` : ""}.log`;
}

/**
 * A sink that writes lines before anything else is waited for, and those of trouble at once, and never throws: a full
 * disk must not stop the program. The lines of one turn are written together, since each write waits for the disk.
 * It opens its first file now, so that a folder that cannot be written is an error at the start.
 */
export function openFileSink(options: FileSinkOptions): Sink & Disposable {
  const { directory, maxBytes = 20_000_000, maxAgeMs = 14 * 86_400_000 } = options;
  const encoder = new TextEncoder();
  let day = "";
  let part = 1;
  let bytes = 0;
  let failing = false;
  let retryAt = 0;
  /** Lines that are not written yet, with the first one's record: the library writes none without. */
  let waiting: { text: string; readonly record: LogRecord } | undefined;

  /** The day's newest part and its length, for a program that starts again in the middle of a day. */
  function findEnd(date: Date): void {
    day = logFileName(date, 1);
    bytes = 0;
    for (part = 1;; part++) {
      const next = statSync(join(directory, logFileName(date, part + 1)), { throwIfNoEntry: false });
      if (next === undefined) break;
    }
    bytes = statSync(join(directory, logFileName(date, part)), { throwIfNoEntry: false })?.size ?? 0;
  }

  function open(): Sink & Disposable {
    const now = new Date();
    mkdirSync(directory, { recursive: true });
    if (logFileName(now, 1) !== day) findEnd(now);
    return getTimeRotatingFileSink({
      directory,
      filename: () => logFileName(now, part),
      parseFilename: (name) => {
        const found = FILE_NAME.exec(name)?.[1];
        return found === undefined ? null : new Date(`${found}T23:59:59.999Z`);
      },
      maxAgeMs,
      bufferSize: 0,
      formatter: () => {
        const text = waiting?.text ?? "";
        bytes += encoder.encode(text).length;
        return text;
      },
    }) as Sink & Disposable;
  }

  let sink: (Sink & Disposable) | undefined = open();

  function write(record: LogRecord): void {
    if (sink !== undefined && (bytes >= maxBytes || logFileName(new Date(), 1) !== day)) {
      sink[Symbol.dispose]();
      sink = undefined;
      if (bytes >= maxBytes) {
        part++;
        bytes = 0;
      }
    }
    sink ??= open();
    sink(record);
  }

  function drop(): void {
    try {
      sink?.[Symbol.dispose]();
    } catch {
      // The disk failed already, which was said; the handle is gone with it.
    }
    sink = undefined;
  }

  /** Writes what waits. */
  function flush(): void {
    if (waiting === undefined) return;
    try {
      if (!failing || Date.now() >= retryAt) {
        write(waiting.record);
        failing = false;
      }
    } catch (error) {
      drop();
      retryAt = Date.now() + RETRY_AFTER_MS;
      if (!failing) options.onFailure(error instanceof Error ? error.message : String(error));
      failing = true;
    } finally {
      waiting = undefined;
    }
  }

  const take = (record: LogRecord): void => {
    if (waiting === undefined) queueMicrotask(flush);
    waiting ??= { text: "", record };
    waiting.text += options.formatter(record);
    const trouble = record.level !== "info" && record.level !== "debug";
    const { length } = waiting.text;
    if (trouble || bytes + length >= maxBytes || length >= BATCH) flush();
  };
  function close(): void {
    flush();
    drop();
  }
  return Object.assign(take, { [Symbol.dispose]: close });
}
