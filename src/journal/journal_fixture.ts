/** What the tests of this folder share: a directory that goes away, and events to put into a journal. */
import { join } from "node:path";
import type { JournalEntry, JournalReader } from "./journal.ts";

/** Runs `body` with a new directory and removes it afterwards; what is open in it has to be closed by then. */
export async function inDirectory(body: (dir: string) => void | Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await body(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** Path of the journal in a test's directory. */
export function journalIn(dir: string): string {
  return join(dir, "journal.sqlite");
}

/** `count` events that follow `after`, a second apart, in turn on the streams given. */
export function entries(
  after: number,
  count: number,
  options: { streams?: readonly string[]; type?: string; startMs?: number } = {},
): JournalEntry[] {
  const { streams = ["host"], type = "tick", startMs = 0 } = options;
  return Array.from({ length: count }, (_, i) => {
    const seq = after + 1 + i;
    const stream = streams[i % streams.length] ?? "host";
    return { seq, at: startMs + seq * 1_000, stream, type, data: { n: seq } };
  });
}

/** Numbers of all events kept. */
export function seqs(journal: JournalReader): number[] {
  return journal.read({ limit: 100_000 }).rows.map((row) => row.seq);
}
