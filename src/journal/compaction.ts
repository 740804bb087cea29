/** Deletes events that nobody needs any more, a bite at a time, inside the caller's transaction. */
import type { DatabaseSync } from "node:sqlite";
import type { Seq } from "../model/ids.ts";
import type { CompactRequest } from "./journal.ts";

const DAY_MS = 86_400_000;

/** One sweep after another over a journal; remembers how far the present one has come. */
export class Compaction {
  readonly #db: DatabaseSync;
  /** Events up to here were looked at in this sweep, those of open streams included. */
  #looked: Seq = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Looks at the next rows of the sweep and deletes those that may go. */
  bite(request: CompactRequest): { deleted: number; done: boolean } {
    const maxRows = request.maxRows ?? 500;
    const rows = this.#db.prepare(
      "SELECT seq, at, stream FROM events WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    )
      .all(this.#looked, this.#covered(request.snapshotSeq), maxRows);
    const { now, keepDays, keepJobsDays = keepDays } = request;
    const before = { others: now - keepDays * DAY_MS, jobs: now - keepJobsDays * DAY_MS };
    // Nothing after this time goes, whatever its stream.
    const cutoff = Math.max(before.others, before.jobs);
    const old: { seq: Seq; at: number }[] = [];
    let looked = this.#looked;
    let young = false;
    for (const row of rows) {
      const { seq, at } = { seq: Number(row["seq"]), at: Number(row["at"]) };
      // Time follows seq, so the first young event ends the sweep. One from the future (the clock was wrong
      // then) says nothing about those after it.
      young = at >= cutoff && at <= request.now;
      if (young) break;
      looked = seq;
      const stream = String(row["stream"]);
      const limit = stream.startsWith("job/") ? before.jobs : before.others;
      if (at < limit && !request.openStreams.has(stream)) old.push({ seq, at });
    }
    this.#delete(old);
    const done = young || rows.length < maxRows;
    this.#looked = done ? 0 : looked;
    return { deleted: old.length, done };
  }

  /** The last event that the older kept snapshot has in it: either of the two must still lead to the state. */
  #covered(snapshotSeq: Seq): Seq {
    const row = this.#db.prepare("SELECT coalesce(min(seq), 0) AS seq FROM snapshots").get();
    return Math.min(snapshotSeq, Number(row?.["seq"]));
  }

  #delete(old: readonly { seq: Seq; at: number }[]): void {
    const last = old.at(-1);
    if (last === undefined) return;
    this.#db.prepare("UPDATE compaction SET allowed = ?").run(last.seq);
    const statement = this.#db.prepare("DELETE FROM events WHERE seq = ?");
    for (const { seq } of old) statement.run(seq);
    const latest = old.reduce((time, { at }) => Math.max(time, at), 0);
    this.#db.prepare(
      "UPDATE compaction SET allowed = 0, through = max(through, ?), through_at = max(through_at, ?)",
    ).run(last.seq, latest);
  }
}
