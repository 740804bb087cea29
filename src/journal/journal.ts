/**
 * The event log: what the controller decided, in order, durable before anything acts on it.
 *
 * One file, one writer (the data directory's lock sees to that), any number of readers beside it.
 */
import type { Ms, Seq } from "../model/ids.ts";
import { SqliteJournal } from "./sqlite_journal.ts";

/** An event on its way into the journal. `data` becomes JSON; no secret may be in it. */
export interface JournalEntry {
  /** Exactly one more than the entry before. */
  readonly seq: Seq;
  readonly at: Ms;
  /** `host`, `pool/<name>`, `cycle/<pool>/<slot>.<n>`, … */
  readonly stream: string;
  readonly type: string;
  readonly data: object;
}

/** An event as it is kept. */
export interface JournalRow extends JournalEntry {
  /** Position in its stream, from 1. Starts again when compaction has deleted the whole of an ended stream. */
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The state after some event, as text that only the caller understands. */
export interface Snapshot {
  /** The last event that is in it; 0 when there was none. */
  readonly seq: Seq;
  readonly at: Ms;
  /** Version of the text's form. */
  readonly schema: number;
  readonly data: string;
}

/** Which events to read; what is absent does not narrow. */
export interface ReadQuery {
  /** Only events after this one. */
  readonly after?: Seq;
  /** Only events at or after this time. */
  readonly since?: Ms;
  /** At most so many. */
  readonly limit: number;
  /** Only this stream. With `streamPrefix` as well: events that match either. */
  readonly stream?: string;
  /** Only streams that begin so. */
  readonly streamPrefix?: string;
  /** Only types that begin so: `op` finds `op.opened`. */
  readonly type?: string;
}

/** What a reader can do, beside a running writer or with nothing running. Every method throws JournalError. */
export interface JournalReader {
  /**
   * Oldest first. `reset` says that events were asked for (by `after` or `since`) of which some are no longer
   * kept.
   */
  read(query: ReadQuery): { rows: JournalRow[]; reset: boolean };
  /** Calls `visit` for every event after `after`, in order; throws `corrupt` when one is missing. */
  replay(after: Seq, visit: (row: JournalRow) => void): void;
  /** The oldest event kept; 0 when there is none. */
  firstSeq(): Seq;
  /** The last event committed, also when compaction has deleted it since; 0 when there never was one. */
  lastSeq(): Seq;
  latestSnapshot(): Snapshot | undefined;
  close(): void;
  [Symbol.dispose](): void;
}

/** What may go, and how much of it in one call. */
export interface CompactRequest {
  /** Events younger than this stay. */
  readonly keepDays: number;
  /**
   * Events of the streams `job/…` younger than this stay.
   * @default keepDays
   */
  readonly keepJobsDays?: number;
  readonly now: Ms;
  /** Streams of what has not ended; their events stay. */
  readonly openStreams: ReadonlySet<string>;
  /** Events after this one stay, and those after the older of the two kept snapshots. */
  readonly snapshotSeq: Seq;
  /**
   * How many events one call looks at: this bounds how long the caller waits.
   * @default 500
   */
  readonly maxRows?: number;
}

/** The one writer. */
export interface Journal extends JournalReader {
  /** The file was made by this call: there was no journal, or an empty file. */
  readonly created: boolean;
  /**
   * Writes the events, and the state after them if given, in one durable transaction: all or nothing.
   * @throws JournalError when a `seq` does not follow, the disk is full or fails. The caller's state is then
   *   ahead of the journal, so the program must end.
   */
  commit(entries: readonly JournalEntry[], extra?: { snapshot?: Omit<Snapshot, "seq"> }): void;
  /** Frees what is remembered of a stream that has ended. */
  forget(stream: string): void;
  /**
   * Deletes one bite of old events. Call again, after other work, until `done`.
   * @returns `done` when the sweep came to the end of what may go.
   */
  compact(request: CompactRequest): { deleted: number; done: boolean };
}

/** How to open. */
export interface OpenOptions {
  /**
   * How long to wait for another program that holds the file.
   * @default 2000
   */
  readonly timeoutMs?: number;
  /** Lets the file grow to so many pages of 4 KiB only; then commits fail with `full`, as on a full disk. */
  readonly maxPages?: number;
}

/**
 * Opens the journal, making or migrating it as needed; with `readOnly`, opens what is there and changes nothing.
 * @throws JournalError: `missing` (readers only), `locked`, `read_only`, `full`, `corrupt`, `newer`, `older`
 *   (readers only) or `io`.
 */
export function openJournal(path: string, options: OpenOptions & { readOnly: true }): JournalReader;
export function openJournal(path: string, options?: OpenOptions & { readOnly?: false }): Journal;
export function openJournal(path: string, options: OpenOptions & { readOnly?: boolean } = {}): JournalReader {
  return new SqliteJournal(path, options);
}
