/** What the rest of the program says to people, without knowing where it goes. `telemetry` implements it. */

/** Structured fields beside a message. Never put a secret here. */
export type Fields = Readonly<Record<string, unknown>>;

/** A log that levels, formats and redacts. Messages are plain sentences; data goes into the fields. */
export interface Log {
  /** For those who look for a fault. */
  debug(message: string, fields?: Fields): void;
  /** What happens. */
  info(message: string, fields?: Fields): void;
  /** What went wrong and is taken care of. */
  warn(message: string, fields?: Fields): void;
  /** What a person should look at. */
  error(message: string, fields?: Fields): void;
}

/** A log that says nothing; for tests and tools. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
